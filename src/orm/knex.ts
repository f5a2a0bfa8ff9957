import type { Knex } from 'knex';
import { PoolOptionError } from '../pool/index.js';
import { usePool, type KnexClient } from './knex-pool.js';

// Knex does not export it, but it has had this path since Knex 0.95.
const Mysql2Client: typeof Knex.Client = require('knex/lib/dialects/mysql2/index.js') as typeof Knex.Client;

/**
 * Knex with our pool: `knex({ client: MysqlPoolClient, connection })`. Connections are created as Knex creates them
 * (`afterCreate`, credentials that change, `validate`); tarn is not used. Knex's `pool` options are supported, and ours
 * go in `pool.mysqlpool`. The pool itself is `knex.client.pool.mysqlpool`.
 * @throws PoolOptionError for an option that is unknown or out of range, and if `connectionPool` supplies another pool
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
