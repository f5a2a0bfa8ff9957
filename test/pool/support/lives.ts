import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolOptions } from 'node-mysqlpool/pool';
import { Model } from './model.js';
import type { Operation } from './model-operations.js';

/** The life of a pool as data: its options, and the operations performed on it. */
export interface Life {
  readonly options: PoolOptions;
  /** How many permits the issuer has. */
  readonly permits: number;
  readonly operations: readonly Operation[];
}

/** A life that once revealed a fault, kept as a regression test. */
export interface KeptLife extends Life {
  readonly file: string;
  readonly description: string;
}

// JSON cannot represent Infinity.
const written = (_: string, value: unknown): unknown => (value === Infinity ? 'Infinity' : value);
const read = (_: string, value: unknown): unknown => (value === 'Infinity' ? Infinity : value);

// In the source tree: the compiler does not copy JSON files.
const folder = join(__dirname, '..', '..', '..', '..', 'test', 'pool', 'lives');

/** The content of a file in `test/pool/lives`. */
export function textOf({ options, permits, operations }: Life, description = 'what went wrong'): string {
  const each = operations.map((operation) => `    ${JSON.stringify(operation, written)}`).join(',\n');
  const head = { description, options, permits };
  return `${JSON.stringify(head, written, 2).slice(0, -2)},\n  "operations": [\n${each}\n  ]\n}\n`;
}

export function keptLives(): KeptLife[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({
      file,
      ...(JSON.parse(readFileSync(join(folder, file), 'utf8'), read) as Omit<KeptLife, 'file'>),
    }));
}

/** Performs all operations of a life; rejects if a rule of the model is violated. */
export async function live({ options, permits, operations }: Life): Promise<void> {
  const model = new Model(options, permits);
  for (const operation of operations) await model.step(operation);
  await model.end();
}
