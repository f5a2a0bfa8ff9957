/**
 * The engine: a connection pool that knows no MySQL. pool.ts reads in the order of a connection's life; its helpers
 * (opener, housekeeper, wait queue) only decide what is to be done. Terms:
 *
 * - **entry**: one physical connection and its dates. It is `connecting`, `idle`, `checking` (being pinged or cleaned
 *   for the first waiter in the queue), `inUse`, `closing`, then gone: `size` is the sum of the first five.
 * - **loan, lease**: a loan is one use of an entry, with a number; a lease is the object its borrower holds, given back
 *   exactly once.
 * - **waiter, queue** (or line): a caller that waits for the pool, first come, first served, never for a particular
 *   dial.
 * - **hand off, put back**: a free connection goes to the first waiter in the queue, or else back to the idle ones.
 * - **process the queue, fill**: hand out idle connections, prepare those that are not ready; open connections for the
 *   rest.
 * - **dial**: an attempt to open a connection, from name look-up to set-up.
 * - **retire, evict**: close one entry; have all entries replaced, by raising the pool's **generation**.
 * - **permit, denial**: leave to hold one connection under a limit over several pools, and the reason why there is
 *   none.
 * - **errand**: a loan of the connector's own, served before the queue.
 * - **back-off**: the pause after failures to connect; **broken**: so many failures that callers are rejected at once.
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
export { codeOf, cutLabel, hookOf, hooksOfErrors, originOf } from './shown.js';
export { kindOf, messageOf, printable, shown, thrown } from './shown.js';
