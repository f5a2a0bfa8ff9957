import type { Connector } from './connector.js';
import type { Entry } from './entries.js';
import type { LostLeases } from './lease.js';

/**
 * Calls `reclaim` when nobody has a lease any more, and it was not given back. While something still runs on its
 * connection somebody waits for that: such a one is looked at again when more garbage is collected.
 */
export function watchLostLeases<C>(connector: Connector<C>, reclaim: (entry: Entry<C>) => void): LostLeases<C> {
  const registry: LostLeases<C> = new FinalizationRegistry((lost) => {
    const { entry, loan } = lost;
    if (entry.loan !== loan) return;
    if (connector.busy?.(entry.connection) === true) registry.register({}, lost);
    else reclaim(entry);
  });
  return registry;
}
