import { stackOf, type PoolStats } from '../pool/index.js';
import type { Borrower } from './borrower.js';
import { SelfDeadlockError } from './errors.js';
import { ScopedLease } from './scoped-lease.js';

/**
 * The error for a caller who waits for what only it can give back: the pool is full, every connection is held by the
 * caller's own scope, and none of them is doing anything. Undefined when somebody else may still give one back.
 */
export function deadlockOf<C>(
  stats: PoolStats,
  borrower: Borrower,
  isIdle: (lease: ScopedLease<C>) => boolean,
  waitedFrom: Error,
): SelfDeadlockError | undefined {
  if (stats.inUse < stats.maxSize) return undefined;
  const around = new Set(borrower.lineage());
  const own = new Map<number, ScopedLease<C>>();
  for (const { held } of around) {
    for (const lease of held) {
      // What another call of `use` in the same scope holds comes back without us.
      if (!(lease instanceof ScopedLease) || lease.borrower === undefined || !around.has(lease.borrower)) continue;
      if (lease.active && isIdle(lease)) own.set(lease.id, lease);
    }
  }
  if (own.size < stats.inUse) return undefined;
  const [oldest] = own.values();
  return new SelfDeadlockError(stats.name, own.size, stackOf(oldest?.takenFrom), stackOf(waitedFrom));
}
