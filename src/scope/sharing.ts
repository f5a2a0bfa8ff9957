import type { Clock } from '../pool/index.js';
import type { Borrower, Held } from './borrower.js';
import { ScopedLease } from './scoped-lease.js';

/** How long a caller waits for a loan that another caller is already acquiring. */
export interface Patience {
  readonly clock: Clock;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly lateError: () => Error;
}

/** Waits until `pending` has settled either way. Rejects when the time is up or the signal aborts. */
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
 * Lets several callers share one loan: those of one scope (`contextLocal`), or all callers (StaticPool). Each gets a
 * lease of its own, held by its own scope; the connection goes back when the last of them is released.
 */
export class Sharing<C, L extends ScopedLease<C>> {
  readonly #owner: unknown;
  readonly #pending = new Map<Set<Held>, Promise<L>>();

  constructor(owner: unknown) {
    this.#owner = owner;
  }

  /**
   * Returns a further lease on the loan that is among `held`. If there is none, `first` acquires it, once for all
   * callers that ask meanwhile. They wait for that no longer than `patience` allows; `first` is told how much time (ms)
   * its caller has left.
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

  /** Like `acquire` without waiting: undefined also while another caller waits for the first lease. */
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

  /** Adds the lease to those that share the loan. */
  keep(held: Set<Held>, lease: L): L {
    held.add(lease);
    lease.sharers = held;
    return lease;
  }

  #find(held: Set<Held>): L | undefined {
    for (const lease of held) {
      if (!(lease instanceof ScopedLease) || lease.owner !== this.#owner) continue;
      if (lease.active) return lease as unknown as L;
      held.delete(lease);
    }
    return undefined;
  }
}
