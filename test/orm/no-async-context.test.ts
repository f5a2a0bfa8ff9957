import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { dirname, join, sep } from 'node:path';
import { before, it } from 'node:test';
import { MikroORM } from '@mikro-orm/mysql';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/mysql2';
import { knex as knexFactory } from 'knex';
import { CompiledQuery, Kysely, MysqlDialect } from 'kysely';
import { autoCloseDb, createPool } from 'node-mysqlpool';
import { createPool as createDrizzlePool } from 'node-mysqlpool/drizzle';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createKyselyPool } from 'node-mysqlpool/kysely';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2/promise';
import 'node-mysqlpool/sequelize';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor } from './support/database.js';
import { configOf } from './support/mikro-orm.js';
import type { OrmOptions } from './support/orm-driver.js';

interface Opened {
  readonly query: () => PromiseLike<unknown>;
  readonly transaction: (query: string) => PromiseLike<unknown>;
  readonly close: () => unknown;
}

const DOORS: Readonly<Record<string, (options: OrmOptions) => Opened | Promise<Opened>>> = {
  createPool: ({ url }) => {
    const pool = createPool(url);
    return {
      query: () => pool.query('SELECT 1'),
      transaction: (text) => pool.transaction((tx) => tx.query(text)),
      close: () => pool.close(),
    };
  },
  'drop-in': ({ url: uri }) => {
    const pool = createFacadePool({ uri });
    const transaction = async (text: string): Promise<void> => {
      const connection = await pool.getConnection();
      try {
        await connection.beginTransaction();
        await connection.query(text);
        await connection.commit();
      } finally {
        connection.release();
      }
    };
    return { query: () => pool.query('SELECT 1'), transaction, close: () => pool.end() };
  },
  Knex: ({ host, port, user, password, database }) => {
    const connection = { host, port, user, password, database };
    const knex = knexFactory({ client: MysqlPoolClient, connection, pool: { min: 0, max: 2 } });
    return {
      query: () => knex.raw('SELECT 1'),
      transaction: (text) => knex.transaction((trx) => trx.raw(text)),
      close: () => knex.destroy(),
    };
  },
  Sequelize: ({ host, port, user, password, database }) => {
    const options = { dialect: 'mysql', host, port, logging: false, pool: { max: 2 } } as const;
    const sequelize = new Sequelize(database, user, password, options);
    return {
      query: () => sequelize.query('SELECT 1'),
      transaction: (text) => sequelize.transaction((transaction) => sequelize.query(text, { transaction })),
      close: () => sequelize.close(),
    };
  },
  TypeORM: async ({ kind: type, host, port, user: username, password, database }) => {
    const access = { type, driver: mysqlpool, host, port, username, password, database, poolSize: 2 };
    const source = await new DataSource(access).initialize();
    return {
      query: () => source.query('SELECT 1'),
      transaction: (text) => source.transaction((manager) => manager.query(text)),
      close: () => source.destroy(),
    };
  },
  MikroORM: async (options) => {
    const orm = await MikroORM.init(configOf(options));
    return {
      query: () => orm.em.fork().execute('SELECT 1'),
      transaction: (text) => orm.em.fork().transactional((em) => em.execute(text)),
      close: () => orm.close(true),
    };
  },
  Kysely: ({ url }) => {
    const db = new Kysely<object>({ dialect: new MysqlDialect({ pool: createKyselyPool(url, { maxSize: 2 }) }) });
    return {
      query: () => db.executeQuery(CompiledQuery.raw('SELECT 1')),
      transaction: (text) => db.transaction().execute((trx) => trx.executeQuery(CompiledQuery.raw(text))),
      close: () => db.destroy(),
    };
  },
  Drizzle: ({ url }) => {
    const pool = createDrizzlePool(url);
    const db = drizzle({ client: pool });
    return {
      query: () => db.execute('SELECT 1'),
      transaction: (text) => db.transaction((tx) => tx.execute(sql.raw(text))),
      close: () => pool.promise().end(),
    };
  },
};

/** Where async contexts were entered. Before Node 24 the first one makes every promise of the process dearer, for good. */
const entered: string[] = [];
const root = dirname(dirname(require.resolve('node-mysqlpool')));
// Stacks show the one or the other, as source maps are in use or not.
const ours = ['dist', 'src'].map((folder) => join(root, folder) + sep);

const enteredByUs = (): string[] => entered.filter((caller) => ours.some((folder) => caller.includes(folder)));

eachServer('without scopes no async context is entered', (_kind, getServer) => {
  before(() => {
    const storage = AsyncLocalStorage.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const method of ['run', 'enterWith']) {
      const enter = storage[method]!;
      storage[method] = function (this: unknown, ...args: unknown[]) {
        // Of the call itself, and not of what led to it: an ORM may enter one of its own around our pool.
        const [, , caller = ''] = new Error('entered').stack!.split('\n');
        entered.push(caller);
        return Reflect.apply(enter, this, args) as unknown;
      };
    }
  });

  for (const [name, open] of Object.entries(DOORS)) {
    it(`${name}: by its first loans, its transactions, and callers in line`, async (t) => {
      const options = await databaseFor(t, await getServer());
      entered.length = 0;
      const { query, transaction, close } = await open(options);
      options.closeFirst(close);
      await Promise.all(Array.from({ length: 12 }, query));
      await transaction('SELECT 2');
      await assert.rejects(async () => transaction('SELECT nonsense'));
      assert.deepEqual(enteredByUs(), []);
    });
  }

  it('and with one it is', async (t) => {
    const options = await databaseFor(t, await getServer());
    entered.length = 0;
    const pool = createPool(options.url);
    options.closeFirst(() => pool.close());
    await autoCloseDb.run(() => pool.query('SELECT 1'));
    assert.notEqual(enteredByUs().length, 0);
  });
});
