import { setTimeout as sleep } from 'node:timers/promises';
import { Stopwatch, type Bench, type Figure } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import { EAGER, PROMISED, SUBJECTS } from './subjects/index.js';
import { eagerMysqlpool } from './subjects/mysqlpool.js';
import type { Subject } from './subjects/subject.js';
import { figure } from './wanted.js';

const DIAL = 150;
const WARM = 5;
const MOST = 50;
/**
 * How long each borrower keeps its resource, in ms: short, so that waiting beats dialling; and long, so that it does
 * not.
 */
const USE: Readonly<Record<string, number>> = { 'burst of 2 ms': 2, 'load of 200 ms': 200 };
// Time in ms in which all dials that a burst has started are done.
const AFTERWARDS = 500;

async function borrow(pool: Subject, watch: LoanWatch, use: number): Promise<void> {
  const handle = await pool.acquire();
  watch.take(pool.resourceOf(handle));
  await sleep(use);
  watch.give(pool.resourceOf(handle));
  pool.release(handle);
}

/** Brings the pool to exactly `WARM` idle resources, with all dials and preparations of its own done. */
async function warm(pool: Subject, watch: LoanWatch): Promise<void> {
  await Promise.all(Array.from({ length: WARM }, () => borrow(pool, watch, 1)));
  await sleep(AFTERWARDS);
  // Warms up the code, so that the compiler is not measured.
  for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: WARM }, () => borrow(pool, watch, 1)));
  await sleep(AFTERWARDS);
  watch.expect(21 * WARM);
}

async function sample(subject: string, caseName: string): Promise<Figure[]> {
  const use = USE[caseName]!;
  let opened = 0;
  const pool = (subject === EAGER ? eagerMysqlpool : SUBJECTS[subject]!)({
    max: MOST,
    min: WARM,
    dialMs: DIAL,
    onOpen: () => void opened++,
  });
  const watch = new LoanWatch(MOST);
  await warm(pool, watch);
  if (opened !== WARM) throw new Error(`${opened} resources were opened for the warm-up instead of ${WARM}`);

  const time = new Stopwatch();
  await Promise.all(Array.from({ length: MOST }, () => borrow(pool, watch, use)));
  const { wall, cpu } = time;
  watch.expect(MOST);
  await sleep(AFTERWARDS);
  return [
    { value: wall, unit: SERVED },
    { value: opened - WARM, unit: OPENED },
    { value: cpu, unit: CPU },
  ];
}

const SERVED = 'ms until all were served';
const OPENED = 'connections opened';
const CPU = 'CPU-ms';
const [SHORT, LONG] = Object.keys(USE) as [string, string];

export const spike: Bench = {
  name: 'spike',
  about: 'dial 150 ms, 5 warm, at most 50; 50 borrowers at once',
  measures: [
    { unit: SERVED, better: 'less' },
    { unit: OPENED, better: 'less' },
    { unit: CPU, better: 'less' },
  ],
  cases: Object.keys(USE),
  subjects: [PROMISED[0]!, EAGER, ...PROMISED.slice(1)],
  wanted: [figure(SHORT, SERVED, { most: 25 }), figure(SHORT, OPENED, { most: 1 }), figure(LONG, OPENED, { least: 2 })],
  sample,
};
