import { MySqlConnection, MySqlDriver, type AbstractSqlConnection } from '@mikro-orm/mysql';
import type { Configuration } from '@mikro-orm/core';
import { KnexPoolConnection } from './mikro-orm-knex.js';
import { KyselyPoolConnection } from './mikro-orm-kysely.js';
import { warnUnlessTested } from './tested-versions.js';

const TESTED = {
  name: 'MikroORM',
  packageName: '@mikro-orm/core',
  versions: ['6.6.16', '7.2.1'],
  lines: ['6.', '7.'],
};

type ConnectionClass = new (...args: unknown[]) => MySqlConnection;

/** MikroORM 6 is built on Knex, 7 on Kysely. */
const Connection = ('createKyselyDialect' in MySqlConnection.prototype
  ? KyselyPoolConnection
  : KnexPoolConnection) as unknown as ConnectionClass;

/**
 * MikroORM 6 or 7 on our pool: `MikroORM.init({ driver: MysqlPoolDriver, … })`. MikroORM's mapping of options stays, and
 * its `pool` options are understood; ours go into `driverOptions.mysqlpool`. Each replica has a pool of its own.
 * @throws PoolOptionError when an option is unknown or out of range, and when `driverOptions` brings another pool
 * @since 0.1.0
 */
export class MysqlPoolDriver extends MySqlDriver {
  declare protected readonly connection: MySqlConnection;

  constructor(config: Configuration) {
    super(config);
    warnUnlessTested(TESTED);
    Object.assign(this, { connection: new Connection(config) });
  }

  /** Called by MikroORM while the driver is made: each replica, too, gets a connection of ours. */
  protected override createReplicas<C>(): C[] {
    return super.createReplicas(
      (options) => new Connection(this.config, options, 'read'),
    ) as AbstractSqlConnection[] as C[];
  }
}
