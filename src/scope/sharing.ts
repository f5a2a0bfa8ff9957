import type { Held } from './borrower.js';
import { ScopedLease } from './scoped-lease.js';

/**
 * Lets several callers share one loan: those of one scope (`contextLocal`), or all of them (StaticPool). Each gets a
 * lease of its own; the connection goes back with the last.
 */
export class Sharing<C, L extends ScopedLease<C>> {
  readonly #lender: unknown;
  readonly #pending = new Map<Set<Held>, Promise<L>>();

  constructor(lender: unknown) {
    this.#lender = lender;
  }

  /** A further lease on the loan that is among `held`; without one `first` takes it, once for all who ask meanwhile. */
  async acquire(held: Set<Held>, first: () => Promise<L>): Promise<L> {
    for (;;) {
      const shared = this.#find(held)?.share();
      if (shared !== undefined) {
        held.add(shared);
        return shared;
      }
      const pending = this.#pending.get(held);
      if (pending === undefined) break;
      await pending.catch(() => undefined);
    }
    const acquiring = first();
    this.#pending.set(held, acquiring);
    try {
      const lease = await acquiring;
      held.add(lease);
      return lease;
    } finally {
      this.#pending.delete(held);
    }
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
