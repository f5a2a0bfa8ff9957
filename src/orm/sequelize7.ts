import { createRequire } from 'node:module';
import { ConnectionAcquireTimeoutError, ConnectionError, type Sequelize } from '@sequelize/core';
import { MySqlDialect, type MySqlDialectOptions } from '@sequelize/mysql';
import { watchedDriver } from '../mysql/watched-driver.js';
import type { CreatorPoolOptions } from '../api/creator-pool.js';
import type { MysqlConnection } from '../mysql/driver.js';
import {
  connectErrorOf,
  SEQUELIZE_7,
  SequelizeLending,
  SequelizePool,
  type SequelizePoolOptions,
} from './sequelize-pool.js';
import { warnUnlessTested } from './tested-versions.js';

declare module '@sequelize/core/_non-semver-use-at-your-own-risk_/abstract-dialect/replication-pool.js' {
  interface ReplicationPoolOptions {
    /** Options of node-mysqlpool, when it is the pool. */
    mysqlpool?: CreatorPoolOptions;
  }
}

const TESTED = {
  name: 'Sequelize',
  packageName: '@sequelize/core',
  versions: ['7.0.0-alpha.48'],
  lines: ['7.0.0-alpha.48'],
};

/** What Sequelize's own pool is made of: how it makes, checks and ends connections. */
interface Factory {
  create(): Promise<MysqlConnection>;
  destroy(connection: MysqlConnection): Promise<unknown>;
  validate(connection: MysqlConnection): boolean;
}

interface ReplicationPool {
  readonly write: { readonly _factory: Factory };
  readonly read: { readonly _factory: Factory } | null;
}

interface AcquireOptions {
  type?: 'read' | 'write';
  useMaster?: boolean;
}

/** As Sequelize 7 has it: with its hooks, and a pool for each kind of access. */
class HookedPool extends SequelizePool {
  readonly #sequelize: Sequelize;

  constructor(sequelize: Sequelize, { write, read }: ReplicationPool, driver: object) {
    const options = (sequelize.rawOptions.pool ?? {}) as SequelizePoolOptions;
    const lend = (name: string, { _factory: factory }: ReplicationPool['write']): SequelizeLending =>
      new SequelizeLending(
        name,
        SEQUELIZE_7,
        options,
        { driver, create: () => factory.create(), close: (connection) => factory.destroy(connection) },
        {
          validate: (connection) => factory.validate(connection),
          timeoutError,
          connectError: connectErrorOf(ConnectionError),
          tellsLoss: true,
        },
      );
    super(lend('sequelize:write', write), read === null ? null : lend('sequelize:read', read));
    this.#sequelize = sequelize;
  }

  async acquire(given?: AcquireOptions): Promise<MysqlConnection> {
    const options: AcquireOptions = { ...given };
    const { hooks } = this.#sequelize;
    await hooks.runAsync('beforePoolAcquire', options);
    Object.freeze(options);
    const { type = 'write', useMaster = false } = options;
    if (type !== 'read' && type !== 'write') {
      throw new Error(`Expected queryType to be either read or write. Received ${String(type)}`);
    }
    const { lending } = this.of(type === 'read' && !useMaster);
    const connection = await lending.acquire();
    await lending.hooked(
      'afterPoolAcquire',
      connection,
      hooks.runAsync('afterPoolAcquire', connection as never, options),
    );
    return connection;
  }

  getPool(type: 'read' | 'write'): SequelizeLending {
    return this.of(type === 'read');
  }

  /** Called by applications to close what lies idle, and by Sequelize to close for good. */
  override destroyAllNow(): Promise<void> {
    return this.#sequelize.isClosed() ? this.drain() : super.destroyAllNow();
  }
}

/** With the text of Sequelize's pool, which Sequelize 7.0.0-alpha.48 loses on the way. */
function timeoutError(): Error {
  const text = 'Pool acquire operation timeout';
  return new ConnectionAcquireTimeoutError(text, new Error(text));
}

/**
 * Sequelize 7 on our pool: `new Sequelize({ dialect: MySqlPoolDialect })`. Connections are made as Sequelize makes them;
 * its own pools are not used. The options of its `pool` are understood, and ours go into `pool.mysqlpool`. The pool
 * itself is `sequelize.pool.write.mysqlpool`, and with replicas also `sequelize.pool.read.mysqlpool`.
 * @throws PoolOptionError for an option that is unknown or out of range
 * @since 0.1.0
 */
export class MySqlPoolDialect extends MySqlDialect {
  constructor(sequelize: Sequelize, options: MySqlDialectOptions) {
    warnUnlessTested(TESTED);
    const mysql2 = options.mysql2Module ?? createRequire(require.resolve('@sequelize/mysql'))('mysql2');
    const driver = watchedDriver(mysql2 as NonNullable<typeof options.mysql2Module>);
    super(sequelize, { ...options, mysql2Module: driver });
    let pool: HookedPool;
    // Sequelize assigns its pool after it has made the dialect.
    Object.defineProperty(sequelize, 'pool', {
      configurable: true,
      enumerable: true,
      get: () => pool,
      set: (theirs: ReplicationPool) => {
        pool = new HookedPool(sequelize, theirs, driver);
      },
    });
  }
}
