import { Stopwatch, turn, type Bench, type Effort, type Figure } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import { median, ratio, rowOf, type Row } from './results.js';
import { PROMISED, SUBJECTS } from './subjects/index.js';
import type { Subject } from './subjects/subject.js';
import { bestPeer, figure, type Wanted } from './wanted.js';

const TASKS = 64;
const RESOURCES = 4;
// Loans per ms of effort: enough for a p99.9, and for the spread of the turns to be more than a rounding error.
const LOANS_PER_MS = 512;

interface Outcome {
  /** How many loans each task had. */
  readonly turns: number[];
  /** The waiting time of each loan, in ms, in ascending order. */
  readonly waits: Float64Array;
  /** The longest wait, in ms, including waits that have not ended at the end of the measurement. */
  readonly longest: number;
}

/** The tasks borrow in a loop, each loan lasting one turn of the event loop, until `loans` loans were made. */
async function compete(pool: Subject, watch: LoanWatch, loans: number): Promise<Outcome> {
  const turns = Array.from({ length: TASKS }, () => 0);
  const waits = new Float64Array(loans);
  let begun = 0;
  let longest = 0;
  const task = async (number: number): Promise<void> => {
    while (begun < loans) {
      const called = performance.now();
      const handle = await pool.acquire();
      const now = performance.now();
      const resource = pool.resourceOf(handle);
      watch.take(resource);
      longest = Math.max(longest, now - called);
      if (begun < loans) {
        waits[begun++] = now - called;
        turns[number]!++;
      }
      await turn();
      watch.give(resource);
      pool.release(handle);
    }
  };
  await Promise.all(Array.from({ length: TASKS }, (_, number) => task(number)));
  return { turns, waits: waits.toSorted(), longest };
}

async function sample(subject: string, _caseName: string, effort: Effort): Promise<Figure[]> {
  const pool = SUBJECTS[subject]!({ max: RESOURCES, min: 0, dialMs: 0, onOpen: () => undefined });
  const watch = new LoanWatch(RESOURCES);
  await compete(pool, watch, effort.warmUp * LOANS_PER_MS);
  const loans = effort.measure * LOANS_PER_MS;
  const time = new Stopwatch();
  const { turns, waits, longest } = await compete(pool, watch, loans);
  const { cpu, wall } = time;
  return [
    { value: Math.max(...turns) / Math.max(1, Math.min(...turns)), unit: SPREAD },
    { value: waits[Math.floor(loans * 0.999)]!, unit: TAIL },
    { value: longest, unit: LONGEST },
    { value: waits[loans >> 1]!, unit: MIDDLE },
    { value: (1_000 * cpu) / loans, unit: CPU },
    { value: (1_000 * wall) / loans, unit: WALL },
  ];
}

const SPREAD = 'max/min turns';
const TAIL = 'ms of wait, p99.9';
const LONGEST = 'ms of wait, longest';
const MIDDLE = 'ms of wait, median';
const CPU = 'CPU-µs/loan';
const WALL = 'µs/loan';
const CASE = '64 tasks on 4';
const MOST_SPREAD = 1.01;

/** Only fair pools are compared: a pool that starves some callers has short waits for all others. */
const tail: Wanted = {
  text: `${CASE}: p99.9 <= 1 x the best fair peer`,
  most: 1,
  of: (rows) => {
    const isFair = ({ subject }: Row): boolean =>
      median(rowOf(rows, CASE, SPREAD, subject)?.values ?? [Infinity]) <= MOST_SPREAD;
    const ours = rowOf(rows, CASE, TAIL);
    const best = bestPeer(rows.filter(isFair), CASE, TAIL, 'less');
    return ours && best && { value: ratio(ours, best), against: best.subject };
  },
};

export const fair: Bench = {
  name: 'fair',
  about: '64 tasks on 4 connections, each loan held for one turn of the event loop',
  measures: [
    { unit: SPREAD, better: 'less' },
    { unit: TAIL, better: 'less' },
    { unit: LONGEST, better: 'less' },
    { unit: MIDDLE, better: 'less' },
    { unit: CPU, better: 'less' },
    { unit: WALL, better: 'less' },
  ],
  cases: [CASE],
  subjects: PROMISED,
  wanted: [figure(CASE, SPREAD, { most: MOST_SPREAD }), tail],
  sample,
};
