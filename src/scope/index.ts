export { autoCloseDb, type AutoCloseDb, type AutoClosed, type RunOptions } from './auto-close-db.js';
export { Borrower, callerHere, currentBorrower, labelThrough, runAs, type Held, type RunAs } from './borrower.js';
export { AlreadyTakenError, ScopeConnectionLostError, ScopeEndedError, SelfDeadlockError } from './errors.js';
export { ScopedLease } from './scoped-lease.js';
export {
  POOL_CLASSES,
  SCOPED_OPTION_NAMES,
  ScopedPool,
  type PoolClass,
  type ScopedPoolOptions,
} from './scoped-pool.js';
