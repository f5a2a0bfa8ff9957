import type { Held } from './borrower.js';
import { Lease } from './lease.js';

/**
 * Lets several callers share one loan: those of one scope (`contextLocal`), or all of them (StaticPool). Each gets a
 * lease of its own; the connection goes back with the last.
 */
export class Sharing<C, L extends Lease<C>> {
  readonly #isOurs: (lease: Lease<C>) => boolean;
  readonly #pending = new Map<Set<Held>, Promise<L>>();

  constructor(isOurs: (lease: Lease<C>) => boolean) {
    this.#isOurs = isOurs;
  }

  /** A further lease on the loan that is among `held`; without one `first` takes it, once for all who ask meanwhile. */
  async acquire(held: Set<Held>, first: () => Promise<L>): Promise<L> {
    for (;;) {
      const shared = this.#find(held);
      if (shared !== undefined) return shared.share();
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
      if (!(lease instanceof Lease) || !this.#isOurs(lease as Lease<C>)) continue;
      if (lease.active) return lease as L;
      held.delete(lease);
    }
    return undefined;
  }
}
