import type { Errands } from './connector.js';
import { PoolClosedError } from './errors.js';
import type { Lease } from './lease.js';
import type { PoolState, PoolStats } from './stats.js';

/** The pool, as far as errands look at it. */
interface ErrandPool {
  readonly name: string;
  readonly state: PoolState;
  stats(): PoolStats;
}

/** What it does for them. */
interface ErrandActs<C, L> {
  /** Lends what lies idle and suits; has it pinged when that is due, so that it comes by `take` later. */
  sendIdle(suits: (connection: C) => boolean, label: string, looks: boolean): L | undefined;
  processQueue(): void;
}

interface Errand<C, L> {
  readonly label: string;
  readonly looks: boolean;
  suits(connection: C): boolean;
  resolve(lease: L): void;
  reject(error: unknown): void;
}

/** The connector's own borrowing, ahead of all who wait in line. There is hardly ever one, and no more than a few. */
export class ErrandList<C, L extends Lease<C>> implements Errands<C> {
  readonly #pool: ErrandPool;
  readonly #acts: ErrandActs<C, L>;
  readonly #waiting = new Set<Errand<C, L>>();
  #isTaking = false;

  constructor(pool: ErrandPool, acts: ErrandActs<C, L>) {
    this.#pool = pool;
    this.#acts = acts;
  }

  /** How many wait for a connection. */
  get size(): number {
    return this.#waiting.size;
  }

  /** How many of them one may be opened for. */
  get wanting(): number {
    let wanting = 0;
    for (const { looks } of this.#waiting) if (!looks) wanting++;
    return wanting;
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  async acquire(
    label: string,
    signal: AbortSignal,
    suits: (connection: C) => boolean,
    looks: boolean = false,
  ): Promise<L> {
    const { name, state } = this.#pool;
    signal.throwIfAborted();
    if (state === 'closing' || state === 'closed') throw new PoolClosedError(name);
    const lease = this.#acts.sendIdle(suits, label, looks);
    if (lease !== undefined) return lease;
    // What lies idle may have shown that none is needed.
    signal.throwIfAborted();
    let errand!: Errand<C, L>;
    const loan = new Promise<L>((resolve, reject) => (errand = { label, looks, suits, resolve, reject }));
    const giveUp = (): void => {
      if (!this.#waiting.delete(errand)) return;
      errand.reject(signal.reason);
      // What was opened for it alone is wanted no more. A connection that is being offered is still to find its place.
      if (!this.#isTaking) this.#acts.processQueue();
    };
    signal.addEventListener('abort', giveUp);
    this.#waiting.add(errand);
    this.#acts.processQueue();
    try {
      return await loan;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** The errand that a free connection goes on, if there is one. */
  take(connection: C): Errand<C, L> | undefined {
    this.#isTaking = true;
    try {
      for (const errand of this.#waiting) {
        if (!errand.suits(connection)) continue;
        this.#waiting.delete(errand);
        return errand;
      }
      return undefined;
    } finally {
      this.#isTaking = false;
    }
  }

  rejectAll(why: () => Error): void {
    for (const errand of this.#waiting) errand.reject(why());
    this.#waiting.clear();
  }
}
