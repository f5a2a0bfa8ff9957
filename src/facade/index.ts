import * as mysql2 from 'mysql2';
import * as mysql2Promise from 'mysql2/promise';
import { refuseOldDriver } from '../mysql/driver-version.js';
import { exportAsDefault } from './default-export.js';
import { facadeOf } from './facade.js';
import type { CoreModule, PromiseModule } from './mysql2-module.js';
import { checkingTls } from './single-connection.js';
import type { Pool, PoolCluster, PoolOptions, PromisePool, PromisePoolCluster } from './types.js';

refuseOldDriver('node-mysqlpool/mysql2');
const core = mysql2 as unknown as CoreModule;
const facade = facadeOf(core, () => mysql2Promise as unknown as PromiseModule);

// What is not named below is mysql2's own.
export * from 'mysql2';
// Named again, since an ES module cannot see by name what mysql2 defines with getters.
export { Charsets, CharsetToEncoding, TypedParameter, Types } from 'mysql2';
/** mysql2's own, but that a misspelt name in `ssl` is refused. @throws PoolOptionError @since 0.1.0 */
export const createConnection: typeof mysql2.createConnection = checkingTls(core, mysql2.createConnection);
/** The same by another name. @throws PoolOptionError @since 0.1.0 */
export const connect: typeof mysql2.createConnection = createConnection;
/** The same with mysql2's promise API. @throws PoolOptionError @since 0.1.0 */
export const createConnectionPromise: typeof mysql2Promise.createConnection = checkingTls(
  core,
  mysql2Promise.createConnection,
  (error) => Promise.reject(error as Error),
);
export type { Pool, PoolCluster, PoolOptions } from './types.js';

/**
 * Creates a pool with mysql2's callback API over one of ours.
 * @throws PoolOptionError
 * @since 0.1.0
 */
export function createPool(options: string | PoolOptions): Pool {
  return facade.createPool(options) as unknown as Pool;
}

/** The same with mysql2's promise API. @throws PoolOptionError @since 0.1.0 */
export function createPoolPromise(options: string | PoolOptions): PromisePool {
  return facade.createPoolPromise(options) as PromisePool;
}

/**
 * Creates a cluster of pools with mysql2's callback API; each node is a pool of ours.
 * @throws PoolOptionError
 * @since 0.1.0
 */
export function createPoolCluster(options?: mysql2.PoolClusterOptions): PoolCluster {
  return facade.createPoolCluster(options) as unknown as PoolCluster;
}

/** The same with mysql2's promise API. @throws PoolOptionError @since 0.1.0 */
export function createPoolClusterPromise(options?: mysql2.PoolClusterOptions): PromisePoolCluster {
  return facade.createPoolClusterPromise(options) as unknown as PromisePoolCluster;
}

exportAsDefault(exports as object);
