import type { PoolClusterOptions } from 'mysql2';
import * as facade from '../facade/index.js';
import type { FacadePool } from '../facade/pool.js';
import { viewPerLease } from './view-per-lease.js';
import { warnUnlessTested } from './tested-versions.js';

/** The label of the loans. */
const VIA = 'typeorm';

const TESTED = { name: 'TypeORM', packageName: 'typeorm', versions: ['1.1.1'], lines: ['1.'] };

/**
 * TypeORM with our pool: `new DataSource({ type: 'mysql', driver: mysqlpool, … })`, also with `type: 'mariadb'` and
 * with `replication`. It is mysql2's module with our pools in place of its own. TypeORM's `poolSize` and
 * `acquireTimeout` are supported; other pool options go in `extra`, under mysql2's names or ours. The pool itself is
 * `dataSource.driver.pool.mysqlpool`.
 * @since 0.1.0
 */
export const mysqlpool: typeof facade = {
  ...facade,
  createPool(options) {
    warnUnlessTested(TESTED);
    const pool = facade.createPool(options);
    pool.mysqlpool.via = VIA;
    return viewPerLease(pool);
  },
  createPoolCluster(replication) {
    warnUnlessTested(TESTED);
    const cluster = facade.createPoolCluster(clusterOptionsOf(replication));
    Object.assign(cluster, { onPool: (pool: FacadePool) => (pool.mysqlpool.via = VIA) });
    return viewPerLease(cluster);
  },
};

/** TypeORM passes all of its `replication` options; its `selector` is mysql2's `defaultSelector`. */
function clusterOptionsOf(replication: object = {}): PoolClusterOptions {
  const { master: _m, slaves: _s, defaultMode: _d, selector, ...options } = replication as Record<string, unknown>;
  return selector === undefined ? options : { defaultSelector: selector as string, ...options };
}
