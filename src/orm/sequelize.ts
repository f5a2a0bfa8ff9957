import { createRequire } from 'node:module';
import type { PoolOptions } from 'sequelize';
import type { CreatorPoolOptions } from '../api/creator-pool.js';
import { installOn, type SequelizeModule, type SequelizeTimeoutError } from './sequelize-install.js';

declare module 'sequelize/types/sequelize' {
  interface PoolOptions {
    /** Options of node-mysqlpool, if it is the pool. */
    mysqlpool?: CreatorPoolOptions;
  }
}

/** The options of Sequelize's pool; ours are nested in `mysqlpool`. @since 0.1.0 */
export type SequelizePoolOptions = PoolOptions;

const sequelize = require('sequelize') as SequelizeModule;
const { TimeoutError } = createRequire(require.resolve('sequelize'))('sequelize-pool') as {
  readonly TimeoutError: SequelizeTimeoutError;
};

installOn(sequelize, TimeoutError);
