import { stackOf } from '../pool/index.js';
import type { Borrower } from './borrower.js';
import { SelfDeadlockError } from './errors.js';
import { ScopedLease } from './scoped-lease.js';

/** A limit that may keep a caller waiting. */
export interface Bottleneck {
  /** Its name in the advice that the error gives. */
  readonly name: string;
  readonly limit: number;
  /** How many connections under it are taken, for whatever purpose. */
  readonly taken: number;
  /** Whether a lease counts towards it, and no command is running on its connection. */
  readonly isQuiet: (lease: ScopedLease<unknown>) => boolean;
}

/**
 * The error for a caller that waits for a connection which only the caller itself can give back: the limit is reached,
 * every connection is held by the caller's own scope or an enclosing one, and no command is running on any. Undefined
 * when somebody else may still give one back.
 */
export function deadlockOf(
  pool: string,
  { name, limit, taken, isQuiet }: Bottleneck,
  borrower: Borrower,
  waitedFrom: Error,
): SelfDeadlockError | undefined {
  if (taken < limit) return undefined;
  const around = new Set(borrower.lineage());
  // Keyed by connection, since several leases may share one.
  const own = new Map<unknown, ScopedLease<unknown>>();
  for (const { held } of around) {
    for (const lease of held) {
      // A lease held by another, concurrent call of `use` will be released without this caller doing anything.
      if (!(lease instanceof ScopedLease) || lease.borrower === undefined || !around.has(lease.borrower)) continue;
      if (lease.active && isQuiet(lease)) own.set(lease.connection, lease);
    }
  }
  if (own.size < taken) return undefined;
  const [oldest] = own.values();
  return new SelfDeadlockError(pool, own.size, stackOf(oldest?.takenFrom), stackOf(waitedFrom), name);
}
