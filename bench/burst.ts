import { Absent, repeat, turn, type Bench, type Effort, type Figure } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import { PROMISED, SQLALCHEMY, SUBJECTS } from './subjects/index.js';
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
// Where a borrower is a thread.
const MOST_THREADS = 1_000;

/** All resources are out, so many callers get in line, then the resources come back and everybody is served. */
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
  const pool = SUBJECTS[subject]!({ max: RESOURCES, min: 0, dialMs: 0, onOpen: () => undefined });
  const watch = new LoanWatch(RESOURCES);
  // Short lines warm up as well as long ones: what is wanted is compiled code, not a large heap.
  await repeat(effort.warmUp, () => burstOf(pool, watch, FEWEST));
  const { rounds, cpu, wall } = await repeat(effort.measure, () => burstOf(pool, watch, waiters));
  return figures({ done: rounds * waiters, cpu, wall });
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
  subjects: [...PROMISED, SQLALCHEMY],
  wanted: [
    ofCase(LONGEST, SHORTEST, CPU, { most: 1.2 }),
    ...Object.keys(CASES).map((caseName) => ofBest(caseName, CPU, { most: 0.5 })),
  ],
  sample,
};
