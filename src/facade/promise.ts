import { exportAsDefault } from './default-export.js';

// Everything that is not redefined below is mysql2's own.
export * from 'mysql2/promise';
// Named explicitly, because for ES modules Node cannot detect the names of exports that mysql2 defines with getters.
export { Charsets, CharsetToEncoding, TypedParameter, Types } from 'mysql2/promise';
export {
  createConnectionPromise as createConnection,
  createPoolClusterPromise as createPoolCluster,
  createPoolPromise as createPool,
} from './index.js';
export type { PoolOptions, PromisePool as Pool, PromisePoolCluster as PoolCluster } from './types.js';

exportAsDefault(exports as object);
