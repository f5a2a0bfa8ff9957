import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Absent, type Bench, type Effort, type Figure } from './bench.js';
import { CASES, ROUND } from './cycle-loop.js';
import { FLOOR, OURS } from './subjects/index.js';

const run = promisify(execFile);

// A sample lasts for so many rounds as it lasts ms elsewhere, by this: in ms, what a round takes.
const ROUND_TAKES = 10;

const UNIT = 'instructions/loan';

/** How many instructions a process executes that makes so many rounds of loans. */
async function count(subject: string, caseName: string, rounds: number): Promise<number> {
  const valgrind = [
    '--tool=cachegrind',
    '--cache-sim=no',
    '--cachegrind-out-file=/dev/null',
    '--smc-check=all-non-file',
  ];
  // Threads of the compiler and the garbage collector would each have a say in when the others go on.
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

/** A process that only warms up is counted as well: what the other executes more are loans alone. */
async function sample(subject: string, caseName: string, { warmUp, measure }: Effort): Promise<readonly Figure[]> {
  const [before, rounds] = [Math.ceil(warmUp / ROUND_TAKES), Math.ceil(measure / ROUND_TAKES)];
  const warm = await count(subject, caseName, before);
  const whole = await count(subject, caseName, before + rounds);
  return [{ value: (whole - warm) / (rounds * ROUND), unit: UNIT }];
}

/** For comparing commits on a machine whose speed changes from one second to the next: it counts, and measures no time. */
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
