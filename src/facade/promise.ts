import { exportAsDefault } from './default-export.js';

// What is not named below is mysql2's own.
export * from 'mysql2/promise';
// Named again, since an ES module cannot see by name what mysql2 defines with getters.
export { Charsets, CharsetToEncoding, TypedParameter, Types } from 'mysql2/promise';
export {
  createConnectionPromise as createConnection,
  createPoolClusterPromise as createPoolCluster,
  createPoolPromise as createPool,
} from './index.js';
export type { PoolOptions, PromisePool as Pool, PromisePoolCluster as PoolCluster } from './types.js';

exportAsDefault(exports as object);
