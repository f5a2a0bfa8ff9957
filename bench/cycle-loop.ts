import { turn } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import type { Subject, SubjectFactory } from './subjects/subject.js';

interface Setting {
  readonly tasks: number;
  readonly resources: number;
  /** Whether each loan lasts for one microtask, so that the other tasks have to wait in the queue. */
  readonly hold: boolean;
}

/** The cases, by name: how many tasks borrow from how many resources. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  uncontended: { tasks: 1, resources: 10, hold: false },
  contended: { tasks: 32, resources: 16, hold: true },
};

/** The names of the cases. */
export const CASES: readonly string[] = Object.keys(SETTINGS);

/** Loans per round. Between rounds the event loop gets a turn. */
export const ROUND = 16_000;
const SETTLED = Promise.resolve();

/** Acquires and releases `loans` times, with promises. */
async function borrow(pool: Subject, watch: LoanWatch, loans: number, hold: boolean): Promise<void> {
  for (let i = 0; i < loans; i++) {
    const handle = await pool.acquire();
    const resource = pool.resourceOf(handle);
    watch.take(resource);
    if (hold) await SETTLED;
    watch.give(resource);
    pool.release(handle);
  }
}

/** Like `borrow`, but with callbacks: there is no promise in the loop. */
function borrowBy(pool: Subject, watch: LoanWatch, loans: number, hold: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = loans;
    const next = (): void => {
      if (left-- > 0) pool.acquireBy!(taken);
      else resolve();
    };
    const taken = (handle: unknown): void => {
      try {
        watch.take(pool.resourceOf(handle));
        if (hold) queueMicrotask(() => giveBack(handle));
        else giveBack(handle);
      } catch (error) {
        reject(error as Error);
      }
    };
    const giveBack = (handle: unknown): void => {
      watch.give(pool.resourceOf(handle));
      pool.release(handle);
      next();
    };
    next();
  });
}

/** Opens all resources, so that none is opened during the measurement. */
async function open(pool: Subject, watch: LoanWatch, resources: number): Promise<void> {
  const handles = await Promise.all(Array.from({ length: resources }, () => pool.acquire()));
  for (const handle of handles) watch.take(pool.resourceOf(handle));
  for (const handle of handles) {
    watch.give(pool.resourceOf(handle));
    pool.release(handle);
  }
  watch.expect(resources);
}

/** Makes a pool with all its resources open. The function returned makes one round of loans per call. */
export async function loansOf(make: SubjectFactory, caseName: string): Promise<() => Promise<void>> {
  const { tasks, resources, hold } = SETTINGS[caseName]!;
  let opened = 0;
  const pool = make({
    max: resources,
    min: 0,
    dialMs: 0,
    onOpen: () => void opened++,
  });
  const watch = new LoanWatch(resources);
  await open(pool, watch, resources);

  const one = pool.acquireBy === undefined ? borrow : borrowBy;
  return async () => {
    await Promise.all(Array.from({ length: tasks }, () => one(pool, watch, ROUND / tasks, hold)));
    watch.expect(ROUND);
    await turn();
    if (opened !== resources) throw new Error(`${opened} resources were opened instead of ${resources}`);
  };
}
