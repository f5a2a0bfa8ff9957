import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Figure } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import { BY_CALLBACK, SUBJECTS } from './subjects/index.js';
import type { Subject, SubjectFactory } from './subjects/subject.js';

const DIAL = 150;
const WARM = 5;
const MOST = 50;
/** How long each borrower keeps its resource, in ms: short, where waiting is better than dialling; long, where it is not. */
const USE: Readonly<Record<string, number>> = { 'burst of 2 ms': 2, 'load of 200 ms': 200 };
// Long enough for every dial that a burst has started to be done.
const AFTERWARDS = 500;

async function borrow(pool: Subject, watch: LoanWatch, use: number): Promise<void> {
  const handle = await pool.acquire();
  watch.take(pool.resourceOf(handle));
  await sleep(use);
  watch.give(pool.resourceOf(handle));
  pool.release(handle);
}

/** Has so many resources idle, no more, and every pool's own preparations over. */
async function warm(pool: Subject, watch: LoanWatch): Promise<void> {
  await Promise.all(Array.from({ length: WARM }, () => borrow(pool, watch, 1)));
  await sleep(AFTERWARDS);
  // Once more over warm code, so that what is measured is the pool and not the compiler.
  for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: WARM }, () => borrow(pool, watch, 1)));
  await sleep(AFTERWARDS);
  watch.expect(21 * WARM);
}

async function sample(subject: SubjectFactory, caseName: string): Promise<Figure[]> {
  const use = USE[caseName]!;
  let opened = 0;
  const pool = subject({ max: MOST, min: WARM, dialMs: DIAL, onOpen: () => void opened++ });
  const watch = new LoanWatch(MOST);
  await warm(pool, watch);
  if (opened !== WARM) throw new Error(`${opened} resources were opened for the warm-up instead of ${WARM}`);

  const start = performance.now();
  await Promise.all(Array.from({ length: MOST }, () => borrow(pool, watch, use)));
  const served = performance.now() - start;
  watch.expect(MOST);
  await sleep(AFTERWARDS);
  return [
    { value: served, unit: 'ms until all were served' },
    { value: opened - WARM, unit: 'connections opened' },
  ];
}

export const spike: Bench = {
  name: 'spike',
  about: 'dial 150 ms, 5 warm, at most 50; 50 borrowers at once',
  better: 'less',
  cases: Object.keys(USE),
  subjects: Object.keys(SUBJECTS).filter((name) => !BY_CALLBACK.has(name)),
  sample,
};
