import type { Errands } from './connector.js';
import { PoolClosedError } from './errors.js';
import type { Lease } from './lease.js';
import type { PoolState, PoolStats } from './stats.js';

/** What errands see of the pool. */
interface ErrandPool {
  readonly name: string;
  readonly state: PoolState;
  stats(): PoolStats;
}

/** What the pool does for errands. */
interface ErrandActs<C, L> {
  /** Lends an idle connection that suits. If it needs a ping, returns undefined; after the ping, `take` is asked. */
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

/** The connector's own loans, served before all waiters. There is rarely an errand, and never more than a few. */
export class ErrandList<C, L extends Lease<C>> implements Errands<C> {
  readonly #pool: ErrandPool;
  readonly #acts: ErrandActs<C, L>;
  readonly #waiting = new Set<Errand<C, L>>();
  #isTaking = false;

  constructor(pool: ErrandPool, acts: ErrandActs<C, L>) {
    this.#pool = pool;
    this.#acts = acts;
  }

  /** How many errands wait for a connection. */
  get size(): number {
    return this.#waiting.size;
  }

  /** How many of them a connection may be opened for. */
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
    // `suits` may have learned from the idle connections that the errand is not needed, and have aborted the signal.
    signal.throwIfAborted();
    let errand!: Errand<C, L>;
    const loan = new Promise<L>((resolve, reject) => (errand = { label, looks, suits, resolve, reject }));
    const giveUp = (): void => {
      if (!this.#waiting.delete(errand)) return;
      errand.reject(signal.reason);
      // A dial for this errand alone is no longer wanted. While `take` is offering a connection, the queue is left
      // alone: that connection has to be placed first.
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

  /** The first errand that a free connection suits; it is taken off the list. Undefined when there is none. */
  take(connection: C): Errand<C, L> | undefined {
    this.#isTaking = true;
    try {
      // `suits` may have the errand given up.
      for (const errand of this.#waiting) if (errand.suits(connection) && this.#waiting.delete(errand)) return errand;
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
