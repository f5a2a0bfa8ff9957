import type { Clock } from '../pool/index.js';
import type { Borrower, Held } from './borrower.js';
import { ScopedLease } from './scoped-lease.js';

/** How long somebody waits for what another is about to get. */
export interface Patience {
  readonly clock: Clock;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly lateError: () => Error;
}

/** Waits until it has come to something, whatever that is. */
function settledWithin(pending: Promise<unknown>, end: number, { clock, signal, lateError }: Patience): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      if (timer !== undefined) clock.clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const abort = (): void => {
      leave();
      reject(signal?.reason as Error);
    };
    const settled = (): void => {
      leave();
      resolve();
    };
    const late = (): void => {
      leave();
      reject(lateError());
    };
    const timer = end === Infinity ? undefined : clock.setTimeout(late, end - clock.now());
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
    void pending.catch(() => undefined).then(settled);
  });
}

/**
 * Lets several callers share one loan: those of one scope (`contextLocal`), or all of them (StaticPool). Each gets a
 * lease of its own, on the account of its own scope; the connection goes back with the last.
 */
export class Sharing<C, L extends ScopedLease<C>> {
  readonly #lender: unknown;
  readonly #pending = new Map<Set<Held>, Promise<L>>();

  constructor(lender: unknown) {
    this.#lender = lender;
  }

  /**
   * A further lease on the loan that is among `held`; without one `first` takes it, once for all who ask meanwhile. Who
   * waits for that does so for no longer than `patience`, of which `first` is told what is left.
   */
  async acquire(
    held: Set<Held>,
    borrower: Borrower | undefined,
    first: (left?: number) => Promise<L>,
    patience: Patience,
  ): Promise<L> {
    let left: number | undefined;
    let end: number | undefined;
    for (;;) {
      const shared = this.#share(held, borrower);
      if (shared !== undefined) return shared;
      const pending = this.#pending.get(held);
      if (pending === undefined) break;
      end ??= patience.clock.now() + (patience.timeout > 0 ? patience.timeout : Infinity);
      await settledWithin(pending, end, patience);
      left = end - patience.clock.now();
    }
    const acquiring = first(left === undefined ? undefined : Math.max(1, left));
    this.#pending.set(held, acquiring);
    try {
      return this.keep(held, await acquiring);
    } finally {
      this.#pending.delete(held);
    }
  }

  /** The same without waiting: undefined also while somebody else waits for the first lease. */
  tryAcquire(held: Set<Held>, borrower: Borrower | undefined, first: () => L | undefined): L | undefined {
    const shared = this.#share(held, borrower);
    if (shared !== undefined || this.#pending.has(held)) return shared;
    const lease = first();
    return lease === undefined ? undefined : this.keep(held, lease);
  }

  #share(held: Set<Held>, borrower: Borrower | undefined): L | undefined {
    const lease = this.#find(held)?.shareWith(borrower);
    return lease === undefined ? undefined : this.keep(held, lease);
  }

  /** From now on the lease is one of those that are shared. */
  keep(held: Set<Held>, lease: L): L {
    held.add(lease);
    lease.sharers = held;
    return lease;
  }

  #find(held: Set<Held>): L | undefined {
    for (const lease of held) {
      if (!(lease instanceof ScopedLease) || lease.lender !== this.#lender) continue;
      if (lease.active) return lease as unknown as L;
      held.delete(lease);
    }
    return undefined;
  }
}
