import * as mysql2 from 'mysql2';
import * as mysql2Promise from 'mysql2/promise';
import { refuseOldDriver } from '../mysql/driver-version.js';
import { exportAsDefault } from './default-export.js';
import { facadeOf } from './facade.js';
import type { CoreModule, PromiseModule } from './mysql2-module.js';
import { checkingTls, promising } from './single-connection.js';
import type { Pool, PoolCluster, PoolOptions, PromisePool, PromisePoolCluster } from './types.js';

refuseOldDriver('node-mysqlpool/mysql2');
const core = mysql2 as unknown as CoreModule;
const facade = facadeOf(core, () => mysql2Promise as unknown as PromiseModule);

// Everything that is not redefined below is mysql2's own.
export * from 'mysql2';
// Named explicitly, because for ES modules Node cannot detect the names of exports that mysql2 defines with getters.
export { Charsets, CharsetToEncoding, TypedParameter, Types } from 'mysql2';
const create = checkingTls(core, mysql2.createConnection as (options: unknown) => mysql2.Connection);
/**
 * mysql2's own `createConnection`, except that an unknown name in `ssl` is refused, and that `verifyIdentity` compares
 * the certificate with the host also if the host is an IP address.
 * @throws PoolOptionError
 * @since 0.1.0
 */
export const createConnection: typeof mysql2.createConnection = create as typeof mysql2.createConnection;
/** The same function under mysql2's other name. @throws PoolOptionError @since 0.1.0 */
export const connect: typeof mysql2.createConnection = createConnection;
/** `createConnection` with mysql2's promise API. @throws PoolOptionError @since 0.1.0 */
export const createConnectionPromise: typeof mysql2Promise.createConnection = promising(
  create,
) as typeof mysql2Promise.createConnection;
export type { Pool, PoolCluster, PoolOptions } from './types.js';

/**
 * Creates a pool with mysql2's callback API, which borrows from one of our pools.
 * @throws PoolOptionError
 * @since 0.1.0
 */
export function createPool(options: string | PoolOptions): Pool {
  return facade.createPool(options) as unknown as Pool;
}

/** `createPool` with mysql2's promise API. @throws PoolOptionError @since 0.1.0 */
export function createPoolPromise(options: string | PoolOptions): PromisePool {
  return facade.createPoolPromise(options) as PromisePool;
}

/**
 * Creates a cluster with mysql2's callback API; each node is one of our pools.
 * @throws PoolOptionError
 * @since 0.1.0
 */
export function createPoolCluster(options?: mysql2.PoolClusterOptions): PoolCluster {
  return facade.createPoolCluster(options) as unknown as PoolCluster;
}

/** `createPoolCluster` with mysql2's promise API. @throws PoolOptionError @since 0.1.0 */
export function createPoolClusterPromise(options?: mysql2.PoolClusterOptions): PromisePoolCluster {
  return facade.createPoolClusterPromise(options) as unknown as PromisePoolCluster;
}

exportAsDefault(exports as object);
