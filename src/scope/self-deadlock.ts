import { stackOf } from '../pool/index.js';
import type { Borrower } from './borrower.js';
import { SelfDeadlockError } from './errors.js';
import { ScopedLease } from './scoped-lease.js';

/** A limit that keeps a caller waiting. */
export interface Bottleneck {
  /** What it is called in advice. */
  readonly name: string;
  readonly limit: number;
  /** How many connections under it are taken, in whatever way. */
  readonly taken: number;
  /** Whether a lease is under it, and nothing runs on its connection. */
  readonly isQuiet: (lease: ScopedLease<unknown>) => boolean;
}

/**
 * The error for a caller who waits for what only it can give back: all that a limit allows is taken, every connection is
 * held by the caller's own scope, and none of them is doing anything. Undefined when somebody else may still give one
 * back.
 */
export function deadlockOf(
  pool: string,
  { name, limit, taken, isQuiet }: Bottleneck,
  borrower: Borrower,
  waitedFrom: Error,
): SelfDeadlockError | undefined {
  if (taken < limit) return undefined;
  const around = new Set(borrower.lineage());
  // By connection: several leases may share one.
  const own = new Map<unknown, ScopedLease<unknown>>();
  for (const { held } of around) {
    for (const lease of held) {
      // What another call of `use` in the same scope holds comes back without us.
      if (!(lease instanceof ScopedLease) || lease.borrower === undefined || !around.has(lease.borrower)) continue;
      if (lease.active && isQuiet(lease)) own.set(lease.connection, lease);
    }
  }
  if (own.size < taken) return undefined;
  const [oldest] = own.values();
  return new SelfDeadlockError(pool, own.size, stackOf(oldest?.takenFrom), stackOf(waitedFrom), name);
}
