import { turn } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import type { Subject, SubjectFactory } from './subjects/subject.js';

interface Setting {
  readonly tasks: number;
  readonly resources: number;
  /** Whether each loan lasts for one microtask, so that the others come to wait in line. */
  readonly hold: boolean;
}

/** The cases: how many borrow from how many. */
export const SETTINGS: Readonly<Record<string, Setting>> = {
  uncontended: { tasks: 1, resources: 10, hold: false },
  contended: { tasks: 32, resources: 16, hold: true },
};

/** The cases, by name. */
export const CASES: readonly string[] = Object.keys(SETTINGS);

/** Loans in a round; the event loop turns between two of them. */
export const ROUND = 16_000;
const SETTLED = Promise.resolve();

/** Borrows and gives back `loans` times, by promises. */
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

/** The same by callbacks, with no promise in the loop. */
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

/** Opens every resource, so that none is opened while it is measured. */
async function open(pool: Subject, watch: LoanWatch, resources: number): Promise<void> {
  const handles = await Promise.all(Array.from({ length: resources }, () => pool.acquire()));
  for (const handle of handles) watch.take(pool.resourceOf(handle));
  for (const handle of handles) {
    watch.give(pool.resourceOf(handle));
    pool.release(handle);
  }
  watch.expect(resources);
}

/** A pool with all its resources open, and so many loans of it at each call. */
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
