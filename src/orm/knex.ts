import type { Knex } from 'knex';
import { PoolOptionError } from '../pool/index.js';
import { usePool, type KnexClient } from './knex-pool.js';

// Not exported by Knex itself, but where it has been since Knex 0.95.
const Mysql2Client: typeof Knex.Client = require('knex/lib/dialects/mysql2/index.js') as typeof Knex.Client;

/**
 * Knex on our pool: `knex({ client: MysqlPoolClient, connection })`. Connections are made as Knex makes them
 * (`afterCreate`, credentials that change, `validate`); tarn is not used. The options of Knex's `pool` are understood,
 * and ours go into `pool.mysqlpool`. The pool itself is `knex.client.pool.mysqlpool`.
 * @throws PoolOptionError when an option is unknown or out of range, and when `connectionPool` brings another pool
 * @since 0.1.0
 */
export class MysqlPoolClient extends Mysql2Client {
  override initializePool(config: Knex.Config = this.config): void {
    if (this.pool !== undefined) {
      this.logger.warn?.('The pool has already been initialized');
      return;
    }
    if ((config as { readonly connectionPool?: unknown }).connectionPool !== undefined) {
      throw new PoolOptionError(
        'Knex',
        'connectionPool',
        "two pools are given: MysqlPoolClient is one, connectionPool another; give `connection`, or client: 'mysql2'",
      );
    }
    usePool(this as unknown as KnexClient, config);
  }
}
