/**
 * The engine: a pool of connections that knows no MySQL. pool.ts reads in the order of a connection's life; what it asks
 * (opener, housekeeper, admission) only says what to do. Its words:
 *
 * - **entry**: one physical connection and its dates. It is `connecting`, `idle`, `checking` (being pinged or cleaned for
 *   the caller at the head of the line), `inUse`, `closing`, then gone: `size` is the sum of the first five.
 * - **loan, lease**: an entry is out on loan under a number; a lease is what its borrower holds, given back exactly once.
 * - **waiter, line**: a caller who waits for the pool, first come, first served, never for a particular dial.
 * - **hand off, put back**: a connection with nothing to do goes to the head of the line, else back among the idle ones.
 * - **process the queue, fill**: hand out what lies idle and have made ready what is not; dial for the rest.
 * - **retire, evict**: close one entry; have all of them replaced, by raising the **generation** that each is born into.
 * - **permit, denial**: leave to hold one connection under a limit over several pools, and why there is none.
 * - **errand**: a loan of the connector's own, ahead of the line.
 * - **back-off**: the pause after failures to connect; **broken**: so many of them that nobody need wait.
 */
export { callSiteOf, captureCallSite, stackOf } from './call-site.js';
export {
  acquireTrace,
  channels,
  openTrace,
  POOL_EVENTS,
  type AcquireTrace,
  type OpenTrace,
  type TraceChannel,
  type TraceSubscribers,
} from './channels.js';
export * as checks from './checks.js';
export { didYouMean, type Check, type Checks, type OptionFault } from './checks.js';
export { systemClock, within, type Clock, type Timer } from './clock.js';
export {
  RESET_MODES,
  type Connector,
  type Errands,
  type OpenContext,
  type OpenFailure,
  type PoolParts,
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
export type { CloseReason, PoolEventName, PoolEvents, PoolListener } from './events.js';
export { Lease, type LeaseClass, type LeaseHost } from './lease.js';
export {
  faultOf,
  ORDERS,
  POOL_OPTION_NAMES,
  resolveOptions,
  type AcquireOptions,
  type CloseOptions,
  type Order,
  type PingPolicy,
  type PoolOptions,
  type ResizeOptions,
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
export { Pool } from './pool.js';
export type {
  Borrowers,
  Leak,
  LimitedBy,
  Loan,
  LoanEvent,
  PoolCounters,
  PoolState,
  PoolStats,
  WaitingCaller,
} from './stats.js';
export { Refusal } from './waiters.js';
export { once, warnOnce } from './once.js';
export { codeOf, cutLabel, hookOf, hooksOfErrors, messageOf, originOf, printable, shown, thrown } from './shown.js';
