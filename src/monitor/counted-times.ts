import type { Histogram } from './report.js';

/** How many durations fell between which bounds, in ms, since it was made. */
export class CountedTimes {
  readonly #bounds: readonly number[];
  readonly #counts: number[];

  /** @param bounds upper ones, ascending */
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
