import { createRequire } from 'node:module';
import * as core from '@sequelize/core';
import { MySqlDialect } from '@sequelize/mysql';
import type { CreatorPoolOptions } from '../api/creator-pool.js';
import { pooled } from './sequelize7-dialect.js';

declare module '@sequelize/core/_non-semver-use-at-your-own-risk_/abstract-dialect/replication-pool.js' {
  interface ReplicationPoolOptions {
    /** Options of node-mysqlpool, if it is the pool. */
    mysqlpool?: CreatorPoolOptions;
  }
}

const mysql2 = (): unknown => createRequire(require.resolve('@sequelize/mysql'))('mysql2');

/**
 * Sequelize 7 with our pool: `new Sequelize({ dialect: MySqlPoolDialect })`. Connections are created as Sequelize
 * creates them; its own pools are not used. Its `pool` options are supported, and ours go in `pool.mysqlpool`. The pool
 * itself is `sequelize.pool.write.mysqlpool`, and with replicas also `sequelize.pool.read.mysqlpool`.
 * @throws PoolOptionError for an option that is unknown or out of range
 * @since 0.1.0
 */
export const MySqlPoolDialect: typeof MySqlDialect = pooled(MySqlDialect, core, mysql2);

/** The type of its instances. @since 0.1.0 */
export type MySqlPoolDialect = MySqlDialect;
