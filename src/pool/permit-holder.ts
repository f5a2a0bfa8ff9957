import type { Entries } from './entries.js';
import type { PermitHolder } from './permits.js';

/** What an issuer may ask a pool to do. */
interface Acts {
  retry(): void;
  spareOne(): boolean;
}

/** A pool, as an issuer of permits sees it. */
export class PoolAsHolder<C> implements PermitHolder {
  readonly name: string;
  readonly #entries: Entries<C>;
  readonly #waiting: () => number;
  readonly #acts: Acts;

  constructor(name: string, entries: Entries<C>, waiting: () => number, acts: Acts) {
    this.name = name;
    this.#entries = entries;
    this.#waiting = waiting;
    this.#acts = acts;
  }

  get closing(): number {
    return this.#entries.closing;
  }

  get waiters(): number {
    return this.#waiting();
  }

  retry(): void {
    this.#acts.retry();
  }

  spareOne(): boolean {
    return this.#acts.spareOne();
  }
}
