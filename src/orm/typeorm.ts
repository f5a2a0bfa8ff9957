import * as facade from '../facade/index.js';
import { lendPerLoan } from './loans.js';
import { warnUnlessTested } from './tested-versions.js';

const TESTED = { name: 'TypeORM', packageName: 'typeorm', versions: ['1.1.1'], lines: ['1.'] };

/**
 * TypeORM on our pool: `new DataSource({ type: 'mysql', driver: mysqlpool, … })`, and the same with `type: 'mariadb'` and
 * with `replication`. It is mysql2's module with our pools in it. TypeORM's `poolSize` and `acquireTimeout` are
 * understood; the other options of the pool go into `extra`, with mysql2's names or ours. The pool itself is
 * `dataSource.driver.pool.mysqlpool`.
 * @since 0.1.0
 */
export const mysqlpool: typeof facade = {
  ...facade,
  createPool(options) {
    warnUnlessTested(TESTED);
    return lendPerLoan(facade.createPool(options));
  },
  createPoolCluster(options) {
    warnUnlessTested(TESTED);
    return lendPerLoan(facade.createPoolCluster(options));
  },
};
