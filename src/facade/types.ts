import type * as mysql2 from 'mysql2';
import type * as mysql2Promise from 'mysql2/promise';
import type { MysqlPool, MysqlPoolOptions } from '../api/index.js';

/**
 * The options of a pool: those of mysql2, plus those of our own pool, in milliseconds.
 * @since 0.1.0
 */
export interface PoolOptions
  extends
    Omit<mysql2.PoolOptions, 'password'>,
    Pick<
      MysqlPoolOptions,
      | 'acquireTimeout'
      | 'contextLocal'
      | 'failFast'
      | 'fleet'
      | 'keepaliveInterval'
      | 'leakThreshold'
      | 'logger'
      | 'maxConnecting'
      | 'maxLifetime'
      | 'maxSize'
      | 'maxWaiters'
      | 'minIdle'
      | 'name'
      | 'onConnect'
      | 'order'
      | 'password'
      | 'permits'
      | 'ping'
      | 'pingTimeout'
      | 'poolClass'
      | 'reset'
      | 'resetTimeout'
    > {}

interface OverMysqlPool {
  /** The underlying pool: `stats()`, events, `autoCloseDb`, and everything for which mysql2 has no equivalent. */
  readonly mysqlpool: MysqlPool;
}

/** mysql2's pool with callbacks, which borrows from one of ours. @since 0.1.0 */
export interface Pool extends mysql2.Pool, OverMysqlPool {
  promise(promiseImpl?: PromiseConstructor): PromisePool;
}

/** mysql2's pool with promises, which borrows from one of ours. @since 0.1.0 */
export interface PromisePool extends mysql2Promise.Pool {
  pool: Pool;
}

/** mysql2's cluster with callbacks, whose nodes also accept the options of our pools. @since 0.1.0 */
export interface PoolCluster extends mysql2.PoolCluster {
  add(config: PoolOptions): void;
  add(group: string, config: string | PoolOptions): void;
}

/** mysql2's cluster with promises, whose nodes also accept the options of our pools. @since 0.1.0 */
export interface PromisePoolCluster extends mysql2Promise.PoolCluster {
  add(config: PoolOptions): void;
  add(group: string, config: string | PoolOptions): void;
}
