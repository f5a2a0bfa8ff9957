import { repeat, turn, type Bench, type Effort, type Figure } from './bench.js';
import { LoanWatch } from './loan-watch.js';
import { floor } from './subjects/floor.js';
import { FLOOR, SQLALCHEMY, SUBJECTS } from './subjects/index.js';
import { askSqlalchemy, type Done } from './subjects/sqlalchemy.js';
import type { Subject } from './subjects/subject.js';
import { ofBest } from './wanted.js';

interface Setting {
  readonly tasks: number;
  readonly resources: number;
  /** Whether each loan lasts for one microtask, so that the others come to wait in line. */
  readonly hold: boolean;
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  uncontended: { tasks: 1, resources: 10, hold: false },
  contended: { tasks: 32, resources: 16, hold: true },
};

// Loans in a round; the event loop turns between two of them.
const ROUND = 16_000;
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

async function sample(subject: string, caseName: string, effort: Effort): Promise<readonly Figure[]> {
  const setting = SETTINGS[caseName]!;
  if (subject === SQLALCHEMY) return figures(await askSqlalchemy({ bench: 'cycle', ...setting, ...effort }));
  const { tasks, resources, hold } = setting;
  let opened = 0;
  const pool = (subject === FLOOR ? floor : SUBJECTS[subject]!)({
    max: resources,
    min: 0,
    dialMs: 0,
    onOpen: () => void opened++,
  });
  const watch = new LoanWatch(resources);
  await open(pool, watch, resources);

  const one = pool.acquireBy === undefined ? borrow : borrowBy;
  const round = async (): Promise<void> => {
    await Promise.all(Array.from({ length: tasks }, () => one(pool, watch, ROUND / tasks, hold)));
    watch.expect(ROUND);
    await turn();
  };
  await repeat(effort.warmUp, round);
  const { rounds, cpu, wall } = await repeat(effort.measure, round);
  if (opened !== resources) throw new Error(`${opened} resources were opened instead of ${resources}`);
  return figures({ done: rounds * ROUND, cpu, wall });
}

const CPU = 'cycles/CPU-ms';
const WALL = 'cycles/ms';

const figures = ({ done, cpu, wall }: Done): readonly Figure[] => [
  { value: done / cpu, unit: CPU },
  { value: done / wall, unit: WALL },
];

export const cycle: Bench = {
  name: 'cycle',
  about: 'acquire and release: one borrower on 10 resources; 32 on 16, each holding for a microtask',
  measures: [
    { unit: CPU, better: 'more' },
    { unit: WALL, better: 'more' },
  ],
  cases: Object.keys(SETTINGS),
  subjects: [...Object.keys(SUBJECTS), FLOOR, SQLALCHEMY],
  wanted: [ofBest('uncontended', CPU, { least: 3 }), ofBest('contended', CPU, { least: 2 })],
  sample,
};
