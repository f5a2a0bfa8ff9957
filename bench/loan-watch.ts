import type { Resource } from './subjects/resource.js';

/**
 * Checks that a pool really does the work that is measured: no resource is lent twice at a time, no more than the limit
 * are lent at once, and there are as many loans as expected. The check costs every pool the same few nanoseconds.
 */
export class LoanWatch {
  readonly #limit: number;
  #out = 0;
  #loans = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(resource: Resource): void {
    if (resource.held) throw new Error('a resource was lent to two borrowers at once');
    resource.held = true;
    this.#loans++;
    if (++this.#out > this.#limit) throw new Error(`${this.#out} resources out, above the limit of ${this.#limit}`);
  }

  /** To be called just before the resource is released. */
  give(resource: Resource): void {
    if (!resource.held) throw new Error('a resource was given back twice');
    resource.held = false;
    this.#out--;
  }

  /** Ends a round. Throws unless there were exactly `loans` loans and all of them have ended. */
  expect(loans: number): void {
    if (this.#loans !== loans) throw new Error(`${this.#loans} loans instead of ${loans}`);
    if (this.#out !== 0) throw new Error(`${this.#out} resources were not given back`);
    this.#loans = 0;
  }
}
