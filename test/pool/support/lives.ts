import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolOptions } from 'node-mysqlpool/pool';
import { Model } from './model.js';
import type { Operation } from './model-operations.js';

/** A life of a pool as data: what it is made with, and what happens to it. */
export interface Life {
  readonly options: PoolOptions;
  /** How many permits there are. */
  readonly permits: number;
  readonly operations: readonly Operation[];
}

/** A life that once found a fault. */
export interface KeptLife extends Life {
  readonly file: string;
  readonly description: string;
}

// JSON knows no end of numbers.
const written = (_: string, value: unknown): unknown => (value === Infinity ? 'Infinity' : value);
const read = (_: string, value: unknown): unknown => (value === 'Infinity' ? Infinity : value);

// The compiler copies no JSON: the lives are read where they are written.
const folder = join(__dirname, '..', '..', '..', '..', 'test', 'pool', 'lives');

/** What a file in `test/pool/lives` holds. */
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

/** Lives it from beginning to end; rejects when something was not as it must be. */
export async function live({ options, permits, operations }: Life): Promise<void> {
  const model = new Model(options, permits);
  for (const operation of operations) await model.step(operation);
  await model.end();
}
