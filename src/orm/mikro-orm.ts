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
 * MikroORM 6 or 7 with our pool: `MikroORM.init({ driver: MysqlPoolDriver, … })`. MikroORM maps its options as before,
 * and its `pool` options are supported; for more, use `driver: MysqlPoolDriver.with({ maxLifetime: 600_000 })`. Each
 * replica has its own pool.
 * @throws PoolOptionError for an option that is unknown or out of range, and if `driverOptions` supplies another pool
 * @since 0.1.0
 */
export class MysqlPoolDriver extends MySqlDriver {
  /** Our options, as set by `with`. */
  static readonly poolOptions: MikroOrmPoolOptions = {};
  declare protected readonly connection: MySqlConnection;

  constructor(config: Configuration) {
    super(config);
    warnUnlessTested(TESTED);
    schemaOnOneConnection(config);
    Object.assign(this, { connection: connect(this, config) });
  }

  /**
   * The driver with options of node-mysqlpool. They are passed by a subclass, because MikroORM clones what its
   * configuration contains, and objects such as permits would not survive that.
   */
  static with(options: MikroOrmPoolOptions): typeof MysqlPoolDriver {
    return class extends this {
      static override readonly poolOptions: MikroOrmPoolOptions = options;
    };
  }

  /** Called by MikroORM while the driver is constructed: replicas get our connection class as well. */
  protected override createReplicas<C>(): C[] {
    return super.createReplicas((options) => connect(this, this.config, options, 'read')) as unknown[] as C[];
  }
}

/**
 * A function rather than a private method: MikroORM calls `createReplicas` while the driver is still under
 * construction.
 */
function connect(driver: MysqlPoolDriver, ...args: unknown[]): MySqlConnection {
  const { poolOptions } = driver.constructor as typeof MysqlPoolDriver;
  return Object.assign(new Connection(...args), { own: poolOptions });
}
