import { Absent, repeat, turn, type Bench, type Effort, type Figure } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import { floor } from './subjects/floor.js';
import { FLOOR, PROMISED, SQLALCHEMY, SUBJECTS } from './subjects/index.js';
import { askSqlalchemy, type Done } from './subjects/sqlalchemy.js';
import type { Subject } from './subjects/subject.js';
import { ofBest, ofCase } from './wanted.js';

const RESOURCES = 10;
const CASES: Readonly<Record<string, number>> = {
  '1,000 waiters': 1_000,
  '10,000 waiters': 10_000,
  '100,000 waiters': 100_000,
};
const FEWEST = 1_000;
// The range of the burst lengths, relative to the mean length.
const SPREAD = 0.5;
const GOLDEN = (1 + Math.sqrt(5)) / 2;
// The largest burst for subjects in which each borrower is a thread.
const MOST_THREADS = 1_000;

/**
 * With all resources lent, `waiters` callers join the queue; then the resources are released and all callers are
 * served.
 */
async function burstOf(pool: Subject, watch: LoanWatch, waiters: number): Promise<void> {
  const held = await Promise.all(Array.from({ length: RESOURCES }, () => pool.acquire()));
  for (const handle of held) watch.take(pool.resourceOf(handle));
  const served: Promise<void>[] = [];
  const giveBack = (handle: unknown): void => {
    watch.give(pool.resourceOf(handle));
    pool.release(handle);
  };
  const serve = (handle: unknown): void => {
    watch.take(pool.resourceOf(handle));
    giveBack(handle);
  };
  for (let i = 0; i < waiters; i++) served.push(pool.acquire().then(serve));
  for (const handle of held) giveBack(handle);
  await Promise.all(served);
  watch.expect(RESOURCES + waiters);
  await turn();
}

async function sample(subject: string, caseName: string, effort: Effort): Promise<readonly Figure[]> {
  const waiters = CASES[caseName]!;
  if (subject === SQLALCHEMY) {
    if (waiters > MOST_THREADS) throw new Absent('a waiter is a thread');
    return figures(await askSqlalchemy({ bench: 'burst', waiters, resources: RESOURCES, ...effort }));
  }
  const pool = (subject === FLOOR ? floor : SUBJECTS[subject]!)({
    max: RESOURCES,
    min: 0,
    dialMs: 0,
    onOpen: () => undefined,
  });
  const watch = new LoanWatch(RESOURCES);
  // Short queues will do for the warm-up, which is for the compiler.
  await repeat(effort.warmUp, () => burstOf(pool, watch, FEWEST));
  let done = 0;
  let rounds = 0;
  const { cpu, wall } = await repeat(effort.measure, async () => {
    // The length varies (by the golden ratio, evenly): bursts of one length may fall in step with the garbage
    // collector.
    const length = Math.round(waiters * (1 + SPREAD * (((rounds++ * GOLDEN) % 1) - 0.5)));
    await burstOf(pool, watch, length);
    done += length;
  });
  return figures({ done, cpu, wall });
}

const CPU = 'CPU-µs/waiter';
const WALL = 'µs/waiter';

const figures = ({ done, cpu, wall }: Done): readonly Figure[] => [
  { value: (1_000 * cpu) / done, unit: CPU },
  { value: (1_000 * wall) / done, unit: WALL },
];

const [SHORTEST, , LONGEST] = Object.keys(CASES) as [string, string, string];

export const burst: Bench = {
  name: 'burst',
  about: 'so many callers get in line behind 10 resources, then all are served',
  measures: [
    { unit: CPU, better: 'less' },
    { unit: WALL, better: 'less' },
  ],
  cases: Object.keys(CASES),
  subjects: [...PROMISED, FLOOR, SQLALCHEMY],
  wanted: [
    ofCase(LONGEST, SHORTEST, CPU, { most: 1.2 }),
    ...Object.keys(CASES).map((caseName) => ofBest(caseName, CPU, { most: 0.5 })),
  ],
  sample,
};
