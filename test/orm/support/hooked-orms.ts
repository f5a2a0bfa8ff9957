import { Sequelize as Sequelize7 } from '@sequelize/core';
import { knex as knexFactory, type Knex } from 'knex';
import { CompiledQuery, Kysely, MysqlDialect, type MysqlDialectConfig } from 'kysely';
import type { MysqlPool } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createKyselyPool, type KyselyPool } from 'node-mysqlpool/kysely';
import 'node-mysqlpool/sequelize';
import { MySqlPoolDialect } from 'node-mysqlpool/sequelize7';
import { Sequelize } from 'sequelize';
import type { SequelizePool } from '#internal/orm/sequelize-pool.js';
import type { TarnPool } from '#internal/orm/tarn-pool.js';
import type { OrmOptions } from './orm-driver.js';

/** An ORM with a pool of one connection, whose hooks call the application's code. */
export interface Opened {
  readonly pool: Pick<MysqlPool, 'stats'>;
  readonly query: () => Promise<unknown>;
  readonly close: () => unknown;
}

// Acquire time-out in ms. Short, since some ORMs retry for that long while a hook throws.
export const ACQUIRE = 300;

export function knexOf(
  { host, port, user, password, database }: OrmOptions,
  plant: () => unknown,
  more: Knex.PoolConfig,
): [Knex, Opened] {
  // A connection counts as expired if `plant` throws; the provider of connections throws then, too.
  const hasExpired = (): boolean => {
    try {
      plant();
      return false;
    } catch {
      return true;
    }
  };
  const expirationChecker = more.name === 'expires' ? hasExpired : undefined;
  const provide = async (): Promise<object> => {
    await plant();
    return { host, port, user, password, database, ...(expirationChecker === undefined ? {} : { expirationChecker }) };
  };
  const pool = { min: 0, max: 1, acquireTimeoutMillis: ACQUIRE, ...more };
  const knex = knexFactory({ client: MysqlPoolClient, connection: provide as never, pool, log: { warn() {} } });
  const { pool: tarn } = knex.client as { readonly pool: TarnPool };
  const query = async (): Promise<unknown> => knex.raw('SELECT 1');
  return [knex, { pool: tarn.mysqlpool, query, close: () => knex.destroy() }];
}

export const knexWith = (...given: Parameters<typeof knexOf>): Opened => knexOf(...given)[1];

export function sequelizeWith({ host, port, user, password, database }: OrmOptions, pool: object): [Sequelize, Opened] {
  const options = {
    dialect: 'mysql',
    host,
    port,
    logging: false,
    pool: { max: 1, acquire: ACQUIRE, ...pool },
  } as const;
  const sequelize = new Sequelize(database, user, password, options);
  const { write } = (sequelize.connectionManager as unknown as { readonly pool: SequelizePool }).pool;
  return [
    sequelize,
    { pool: write.mysqlpool, query: () => sequelize.query('SELECT 1'), close: () => sequelize.close() },
  ];
}

export function sequelize7With(
  { host, port, user, password, database }: OrmOptions,
  pool: object,
): readonly [Sequelize7, Opened] {
  const options = { dialect: MySqlPoolDialect, host, port, user, password, database };
  const sequelize = new Sequelize7({ ...options, pool: { max: 1, acquire: ACQUIRE, ...pool } });
  const { write } = sequelize.pool as unknown as SequelizePool;
  const opened: Opened = {
    pool: write.mysqlpool,
    query: () => sequelize.query('SELECT 1'),
    close: () => sequelize.close(),
  };
  return [sequelize, opened] as const;
}

export function kyselyWith({ url }: OrmOptions, hooks: (pool: KyselyPool) => Partial<MysqlDialectConfig>): Opened {
  const pool = createKyselyPool(url, { maxSize: 1, acquireTimeout: ACQUIRE });
  const db = new Kysely({ dialect: new MysqlDialect({ pool, ...hooks(pool) }) });
  return { pool, query: () => db.executeQuery(CompiledQuery.raw('SELECT 1')), close: () => pool.close({ timeout: 0 }) };
}
