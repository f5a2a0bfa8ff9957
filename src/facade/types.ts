import type * as mysql2 from 'mysql2';
import type * as mysql2Promise from 'mysql2/promise';
import type { MysqlPool, MysqlPoolOptions } from '../api/index.js';

/**
 * Options of a pool: mysql2's, and beside them those of our own pool, in milliseconds.
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
  /** The pool that lends: `stats()`, events, `autoCloseDb`, and all else that mysql2 has no word for. */
  readonly mysqlpool: MysqlPool;
}

/** mysql2's pool with callbacks, over one of ours. @since 0.1.0 */
export interface Pool extends mysql2.Pool, OverMysqlPool {
  promise(promiseImpl?: PromiseConstructor): PromisePool;
}

/** mysql2's pool with promises, over one of ours. @since 0.1.0 */
export interface PromisePool extends mysql2Promise.Pool {
  pool: Pool;
}

/** mysql2's cluster with callbacks; its nodes take the options of our pools as well. @since 0.1.0 */
export interface PoolCluster extends mysql2.PoolCluster {
  add(config: PoolOptions): void;
  add(group: string, config: string | PoolOptions): void;
}

/** mysql2's cluster with promises; its nodes take the options of our pools as well. @since 0.1.0 */
export interface PromisePoolCluster extends mysql2Promise.PoolCluster {
  add(config: PoolOptions): void;
  add(group: string, config: string | PoolOptions): void;
}
