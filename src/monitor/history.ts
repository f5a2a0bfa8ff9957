import { rounded } from './numbers.js';
import type { PoolHistory, PoolStatsReport } from './report.js';

/** How many samples are kept, one per second: those of five minutes. */
export const MOST_SAMPLES = 300;

/** The number of loans and of failed acquires up to a point in time (monotonic ms). */
interface Mark {
  readonly now: number;
  readonly acquired: number;
  readonly failed: number;
}

/** Samples of a pool's figures, one per second. */
export class History {
  readonly #columns: { readonly [column in keyof PoolHistory]: number[] } = emptyHistory();
  #last: Mark;

  constructor(stats: PoolStatsReport, now: number) {
    this.#last = markOf(stats, now);
  }

  /**
   * @param at time of day
   * @param now monotonic
   */
  add(stats: PoolStatsReport, at: number, now: number): void {
    const { idle, inUse, connecting, waiters } = stats;
    const mark = markOf(stats, now);
    // If the event loop was blocked, the sample covers more than a second: the rates are computed for its actual
    // length.
    const seconds = Math.max(0.001, (now - this.#last.now) / 1000);
    const acquired = rounded((mark.acquired - this.#last.acquired) / seconds);
    const failed = rounded((mark.failed - this.#last.failed) / seconds);
    this.#last = mark;
    const sample: Record<keyof PoolHistory, number> = { at, idle, inUse, connecting, waiters, acquired, failed };
    for (const [column, values] of Object.entries(this.#columns) as [keyof PoolHistory, number[]][]) {
      values.push(sample[column]);
      if (values.length > MOST_SAMPLES) values.shift();
    }
  }

  report(): PoolHistory {
    return sliceHistory(this.#columns, 0);
  }
}

const markOf = ({ total }: PoolStatsReport, now: number): Mark => ({
  now,
  acquired: total.acquired,
  failed: total.failed,
});

const emptyHistory = (): { [column in keyof PoolHistory]: number[] } => ({
  at: [],
  idle: [],
  inUse: [],
  connecting: [],
  waiters: [],
  acquired: [],
  failed: [],
});

/** Maps each column of a history. */
export function mapHistory(
  history: PoolHistory,
  make: (column: keyof PoolHistory, values: readonly number[]) => readonly number[],
): PoolHistory {
  const columns = Object.entries(history) as [keyof PoolHistory, readonly number[]][];
  return Object.fromEntries(
    columns.map(([column, values]) => [column, make(column, values)]),
  ) as unknown as PoolHistory;
}

/** The samples from the index `from` on. */
export const sliceHistory = (history: PoolHistory, from: number): PoolHistory =>
  mapHistory(history, (_, values) => values.slice(from));
