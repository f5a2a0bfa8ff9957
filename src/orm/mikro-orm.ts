import { MySqlConnection, MySqlDriver } from '@mikro-orm/mysql';
import type { Configuration } from '@mikro-orm/core';
import { KnexPoolConnection } from './mikro-orm-knex.js';
import { KyselyPoolConnection } from './mikro-orm-kysely.js';
import type { MikroOrmPoolOptions } from './mikro-orm-options.js';
import { schemaOnOneConnection } from './mikro-orm-schema.js';
import { warnUnlessTested } from './tested-versions.js';

export type { MikroOrmPoolOptions } from './mikro-orm-options.js';

const TESTED = {
  name: 'MikroORM',
  packageName: '@mikro-orm/core',
  versions: ['6.6.16', '7.2.1'],
  lines: ['6.', '7.'],
};

type ConnectionClass = new (...args: unknown[]) => MySqlConnection & { own: MikroOrmPoolOptions };

/** MikroORM 6 is built on Knex, 7 on Kysely. */
const Connection = ('createKyselyDialect' in MySqlConnection.prototype
  ? KyselyPoolConnection
  : KnexPoolConnection) as unknown as ConnectionClass;

/**
 * MikroORM 6 or 7 on our pool: `MikroORM.init({ driver: MysqlPoolDriver, … })`. MikroORM's mapping of options stays, and
 * its `pool` options are understood; for more, `driver: MysqlPoolDriver.with({ maxLifetime: 600_000 })`. Each replica has
 * a pool of its own.
 * @throws PoolOptionError when an option is unknown or out of range, and when `driverOptions` brings another pool
 * @since 0.1.0
 */
export class MysqlPoolDriver extends MySqlDriver {
  /** The options of our own that `with` has set. */
  static readonly poolOptions: MikroOrmPoolOptions = {};
  declare protected readonly connection: MySqlConnection;

  constructor(config: Configuration) {
    super(config);
    warnUnlessTested(TESTED);
    schemaOnOneConnection(config);
    Object.assign(this, { connection: connect(this, config) });
  }

  /** The driver with options of node-mysqlpool, which stay as they are: MikroORM copies what its configuration holds. */
  static with(options: MikroOrmPoolOptions): typeof MysqlPoolDriver {
    return class extends this {
      static override readonly poolOptions: MikroOrmPoolOptions = options;
    };
  }

  /** Called by MikroORM while the driver is made: each replica, too, gets a connection of ours. */
  protected override createReplicas<C>(): C[] {
    return super.createReplicas((options) => connect(this, this.config, options, 'read')) as unknown[] as C[];
  }
}

/** The driver's own methods are not there yet while MikroORM makes it. */
function connect(driver: MysqlPoolDriver, ...args: unknown[]): MySqlConnection {
  const { poolOptions } = driver.constructor as typeof MysqlPoolDriver;
  return Object.assign(new Connection(...args), { own: poolOptions });
}
