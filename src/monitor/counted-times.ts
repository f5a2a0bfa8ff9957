import type { Histogram } from './report.js';

/** A histogram: counts durations in ms by the bounds that they lie between. */
export class CountedTimes {
  readonly #bounds: readonly number[];
  readonly #counts: number[];

  /** @param bounds upper bounds in ms, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(ms: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && ms > bounds[at]!) at++;
    this.#counts[at]!++;
  }

  report(): Histogram {
    return { bounds: this.#bounds, counts: [...this.#counts] };
  }
}
