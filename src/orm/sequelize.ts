import { createRequire } from 'node:module';
import type { CreatorPoolOptions } from '../mysql/creator-pool.js';
import { installOn, type SequelizeModule, type SequelizeTimeoutError } from './sequelize-install.js';

// Not its own types: they do not pass a compiler as strict as ours.
const sequelize = require('sequelize') as SequelizeModule;
const { TimeoutError } = createRequire(require.resolve('sequelize'))('sequelize-pool') as {
  readonly TimeoutError: SequelizeTimeoutError;
};

installOn(sequelize, TimeoutError);

/**
 * For TypeScript: the options of Sequelize's `pool` with ours in them, `pool: poolOptions({ max: 10, mysqlpool: {…} })`.
 * Answers what it is given.
 * @since 0.1.0
 */
export function poolOptions<T extends { readonly mysqlpool?: CreatorPoolOptions }>(options: T): T & { max?: number } {
  return options;
}
