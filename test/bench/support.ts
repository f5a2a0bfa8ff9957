import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '..', '..', '..');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Outcome> {
  return promisify(execFile)(process.execPath, args, { cwd: root }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: Outcome) => ({ code, stdout, stderr }),
  );
}

/** Runs `npm run bench`, which compiles the benchmarks first. */
export const bench = (...args: string[]): Promise<Outcome> =>
  run(join(root, 'scripts', 'bench.mjs'), '--no-setup', ...args);

/** Runs the compiled benchmarks; unlike `bench`, several at the same time do not disturb each other. */
export const compiledBench = (...args: string[]): Promise<Outcome> =>
  run(join(root, '.build', 'bench', 'run.js'), ...args);

/** Imports a module of the benchmarks by name: the TypeScript project of the tests does not refer to theirs. */
export const moduleOf = <T>(name: string): Promise<T> =>
  import(join(root, '.build', 'bench', `${name}.js`)) as Promise<T>;

export interface JsonRow {
  readonly bench: string;
  readonly subject: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
}

export const rowsIn = ({ stdout }: Outcome): JsonRow[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonRow);
