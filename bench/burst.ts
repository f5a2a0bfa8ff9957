import { cpuMs, turn, type Bench, type Effort, type Figure } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import { BY_CALLBACK, SUBJECTS } from './subjects/index.js';
import type { Subject, SubjectFactory } from './subjects/subject.js';

const RESOURCES = 10;
const CASES: Readonly<Record<string, number>> = {
  '1,000 waiters': 1_000,
  '10,000 waiters': 10_000,
  '100,000 waiters': 100_000,
};
const FEWEST = 1_000;

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

async function sample(subject: SubjectFactory, caseName: string, effort: Effort): Promise<Figure[]> {
  const waiters = CASES[caseName]!;
  const pool = subject({ max: RESOURCES, min: 0, dialMs: 0, onOpen: () => undefined });
  const watch = new LoanWatch(RESOURCES);
  // Short lines warm up as well as long ones: what is wanted is compiled code, not a large heap.
  for (const start = cpuMs(); cpuMs() - start < effort.warmUp;) await burstOf(pool, watch, FEWEST);
  let bursts = 0;
  let spent = 0;
  for (const start = cpuMs(); spent < effort.measure; spent = cpuMs() - start, bursts++) {
    await burstOf(pool, watch, waiters);
  }
  return [{ value: (1_000 * spent) / (bursts * waiters), unit: 'CPU-µs/waiter' }];
}

export const burst: Bench = {
  name: 'burst',
  about: 'so many callers get in line behind 10 resources, then all are served',
  better: 'less',
  cases: Object.keys(CASES),
  subjects: Object.keys(SUBJECTS).filter((name) => !BY_CALLBACK.has(name)),
  sample,
};
