import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Absent, type Bench, type Effort, type Figure } from './bench.js';
import { CASES, ROUND } from './cycle-loop.js';
import { FLOOR, OURS } from './subjects/index.js';

const run = promisify(execFile);

// Converts effort in ms, as other benchmarks use it, to rounds: the assumed duration of a round, in ms.
const ROUND_TAKES = 10;

const UNIT = 'instructions/loan';

/** How many instructions a process executes in total when it makes `rounds` rounds of loans. */
async function count(subject: string, caseName: string, rounds: number): Promise<number> {
  const valgrind = [
    '--tool=cachegrind',
    '--cache-sim=no',
    '--cachegrind-out-file=/dev/null',
    '--smc-check=all-non-file',
  ];
  // Without the compiler's and the garbage collector's threads, whose timing would change the count.
  const program = [process.execPath, '--single-threaded', join(__dirname, 'instructions-program.js')];
  const { stderr } = await run('valgrind', [
    ...valgrind,
    ...program,
    subject === FLOOR ? 'floor' : 'ours',
    caseName,
    String(rounds),
  ]).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Absent('needs valgrind') : error;
  });
  const told = /I\s+refs:\s+([\d,]+)/.exec(stderr);
  if (told === null) throw new Error(`valgrind counted nothing: ${stderr.slice(-500)}`);
  return Number(told[1]!.replaceAll(',', ''));
}

/** Runs one process that only warms up and one that also measures: the difference is the cost of the measured loans. */
async function sample(subject: string, caseName: string, { warmUp, measure }: Effort): Promise<readonly Figure[]> {
  const [before, rounds] = [Math.ceil(warmUp / ROUND_TAKES), Math.ceil(measure / ROUND_TAKES)];
  const warm = await count(subject, caseName, before);
  const whole = await count(subject, caseName, before + rounds);
  return [{ value: (whole - warm) / (rounds * ROUND), unit: UNIT }];
}

/** For comparing commits on a machine of varying speed: counts instructions instead of measuring time. */
export const instructions: Bench = {
  name: 'instructions',
  about:
    'what cycle executes for each loan once its code is optimized, counted by valgrind: the same on a busy machine',
  measures: [{ unit: UNIT, better: 'less' }],
  cases: CASES,
  subjects: [OURS, FLOOR],
  wanted: [],
  sample,
};
