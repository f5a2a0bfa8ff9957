export { faultOf, type AcquireOptions } from './acquire-options.js';
export type { Borrowers, Loan, WaitingCaller } from './borrowers.js';
export { callSiteOf, captureCallSite, stackOf } from './call-site.js';
export { acquireTrace, channels, openTrace, POOL_EVENTS, type AcquireTrace, type OpenTrace } from './channels.js';
export * as checks from './checks.js';
export type { Check, Checks, OptionFault } from './checks.js';
export { systemClock, within, type Clock, type Timer } from './clock.js';
export {
  RESET_MODES,
  type Connector,
  type Errands,
  type OpenContext,
  type OpenFailure,
  type ResetMode,
} from './connector.js';
export {
  AcquireTimeoutError,
  ConnectError,
  LeaseEndedError,
  OperationTimeoutError,
  PoolClosedError,
  PoolError,
  PoolOptionError,
  PoolUnavailableError,
  QueueFullError,
  type AcquirePhase,
} from './errors.js';
export type { CloseReason, LoanEvent, PoolEventName, PoolEvents, PoolListener } from './events.js';
export { Lease, type LeaseClass, type LeaseHost } from './lease.js';
export {
  ORDERS,
  POOL_OPTION_NAMES,
  resolveOptions,
  type Order,
  type PingPolicy,
  type PoolOptions,
  type ResolvedPoolOptions,
} from './options.js';
export {
  defaultPermits,
  type Denial,
  type PermitAccount,
  type PermitHolder,
  type PermitOutcome,
  type Permits,
} from './permits.js';
export { openPools, type AnyPool } from './any-pool.js';
export type { PoolParts } from './parts.js';
export { Pool, type CloseOptions, type ResizeOptions } from './pool.js';
export type { LimitedBy, PoolCounters, PoolState, PoolStats } from './stats.js';
export { once, warnOnce } from './once.js';
export { codeOf, cutLabel, messageOf, printable, shown, thrown } from './shown.js';
export { didYouMean } from './suggest.js';
