/**
 * Who borrows: async contexts (AsyncLocalStorage), `autoCloseDb`, and SQLAlchemy's pool classes. Terms:
 *
 * - **scope**: one run of a function that `autoCloseDb` wraps. What it still **holds** at its end is given back.
 * - **borrower**: what acquires in an async context: a scope, or a **frame**, which is a call of `use` inside a scope.
 * - **sharing**: several leases on one loan, so on one connection, which goes back with the last of them.
 */
export { autoCloseDb, type AutoCloseDb, type AutoClosed, type RunOptions } from './auto-close-db.js';
export { Borrower, callerHere, currentBorrower, labelThrough, runAs, type Held, type RunAs } from './borrower.js';
export { calledAlone } from './called-alone.js';
export { AlreadyTakenError, ScopeConnectionLostError, ScopeEndedError, SelfDeadlockError } from './errors.js';
export { ScopedLease } from './scoped-lease.js';
export {
  POOL_CLASSES,
  SCOPED_OPTION_NAMES,
  ScopedPool,
  type PoolClass,
  type ScopedPoolOptions,
} from './scoped-pool.js';
