export type { Logger, StructuredLogger } from '../log/index.js';
export type { MysqlConnection } from '../mysql/driver.js';
export {
  CommitUnknownError,
  ConnectionLostError,
  DriverTooOldError,
  FleetFullError,
  NamedLockHeldError,
  QueryTimeoutError,
  TransactionEndedError,
  TransactionLostError,
  TransactionOpenError,
  UncleanConnectionError,
} from '../mysql/errors.js';
export type { ConnectHook } from '../mysql/connect-hook.js';
export { MysqlLease } from './lease.js';
export type { Labelled, QueryLimits } from './limits.js';
export type { PasswordSource } from '../mysql/options-source.js';
export type { MysqlPoolOptions } from './options.js';
export { createPool, MysqlPool } from './pool.js';
export type { StreamLimits } from './row-stream.js';
export { placed, type Answer, type Place, type StatementOptions } from './statements.js';
export { Transaction } from './transaction.js';
export { ISOLATION_LEVELS, type IsolationLevel, type TransactionOptions } from './transaction-options.js';
