import type { Knex } from 'knex';
import { usePool, type KnexClient } from './knex-pool.js';

export type { KnexPoolOptions } from './knex-pool.js';

interface Mysql2Client extends KnexClient {
  initializePool(config?: Knex.Config): void;
}

const { prototype } = require('knex/lib/dialects/mysql2/index.js') as { readonly prototype: Mysql2Client };
const theirs: (this: Mysql2Client, config: Knex.Config) => void = Reflect.get(prototype, 'initializePool');

/** Gives every mysql2 client of Knex our pool, unless it is given another pool (`connectionPool`). */
prototype.initializePool = function (this: Mysql2Client, config: Knex.Config = this.config): void {
  const { connectionPool } = config as { readonly connectionPool?: unknown };
  if (this.pool !== undefined || connectionPool !== undefined) theirs.call(this, config);
  else usePool(this, config);
};
