import type { Entries } from './entries.js';
import type { PermitHolder } from './permits.js';

/** What an issuer may ask a pool, besides what its entries tell. */
interface Acts {
  waiters(): number;
  floor(): number;
  retry(): void;
  shed(count: number): number;
}

/** A pool, as an issuer of permits sees it. */
export class PoolAsHolder<C> implements PermitHolder {
  readonly name: string;
  readonly #entries: Entries<C>;
  readonly #acts: Acts;

  constructor(name: string, entries: Entries<C>, acts: Acts) {
    this.name = name;
    this.#entries = entries;
    this.#acts = acts;
  }

  get size(): number {
    return this.#entries.size;
  }

  get closing(): number {
    return this.#entries.closing;
  }

  get waiters(): number {
    return this.#acts.waiters();
  }

  get demand(): number {
    return this.#entries.inUse + this.#acts.waiters();
  }

  get floor(): number {
    return this.#acts.floor();
  }

  retry(): void {
    this.#acts.retry();
  }

  shed(count: number): number {
    return this.#acts.shed(count);
  }
}
