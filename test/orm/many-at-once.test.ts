import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { knex as knexFactory } from 'knex';
import { CompiledQuery, Kysely, MysqlDialect } from 'kysely';
import { createPool } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createKyselyPool } from 'node-mysqlpool/kysely';
import { createPool as createMysql2Pool } from 'node-mysqlpool/mysql2';
import 'node-mysqlpool/sequelize';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';
import { take } from '../facade/support.js';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor } from './support/database.js';
import type { OrmOptions } from './support/orm-driver.js';

const MANY = Array.from({ length: 30 }, (_, n) => n);
const all = (work: (n: number) => Promise<unknown>): Promise<unknown> => Promise.all(MANY.map(work));

/** Reads a stream to its end. */
const drain = (rows: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve, reject) => {
    rows.on('data', () => undefined).on('end', resolve).on('error', reject);
  }); // prettier-ignore

async function exhaust(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of rows);
}

interface Opened {
  /** More statements at once than a listener each would be borne, on as few connections as the door has. */
  readonly work: () => Promise<unknown>;
  readonly close: () => unknown;
}

const DOORS: Readonly<Record<string, (options: OrmOptions) => Opened | Promise<Opened>>> = {
  createPool: ({ url }) => {
    const pool = createPool(url, { maxSize: 2 });
    const { signal } = new AbortController();
    const work = async (): Promise<void> => {
      await all(() => pool.query('SELECT 1', [], { signal }));
      await all(async () => (await pool.acquire({ signal })).release());
      await pool.use(async (lease) => {
        await all(() => exhaust(lease.stream('SELECT 1')));
        await all(() => lease.query('SELECT 1', [], { signal }));
      });
    };
    return { work, close: () => pool.close() };
  },
  mysql2: ({ url: uri }) => {
    const pool = createMysql2Pool({ uri, connectionLimit: 2 });
    const work = async (): Promise<void> => {
      await all(() => pool.promise().query('SELECT 1'));
      await all(() => drain(pool.query('SELECT 1').stream()));
      const connection = await take(pool);
      await all(() => drain(connection.query('SELECT 1').stream()));
      await all(() => connection.promise().execute('SELECT 1'));
      connection.release();
      for (const _ of MANY) (await pool.promise().getConnection()).release();
    };
    return { work, close: () => pool.promise().end() };
  },
  Knex: ({ host, port, user, password, database }) => {
    const connection = { host, port, user, password, database };
    const knex = knexFactory({ client: MysqlPoolClient, connection, pool: { min: 0, max: 2 } });
    const work = async (): Promise<void> => {
      await all(() => Promise.resolve(knex.raw('SELECT 1')));
      await all(() => drain(knex.raw('SELECT 1').stream()));
      await knex.transaction((trx) => all(() => Promise.resolve(trx.raw('SELECT 1'))));
      await knex.transaction((trx) => all(() => drain(trx.raw('SELECT 1').stream())));
    };
    return { work, close: () => knex.destroy() };
  },
  Sequelize: ({ host, port, user, password, database }) => {
    const options = { dialect: 'mysql', host, port, logging: false, pool: { max: 2 } } as const;
    const sequelize = new Sequelize(database, user, password, options);
    const work = async (): Promise<void> => {
      await all(() => sequelize.query('SELECT 1'));
      await sequelize.transaction((transaction) => all(() => sequelize.query('SELECT 1', { transaction })));
    };
    return { work, close: () => sequelize.close() };
  },
  Kysely: ({ url }) => {
    const pool = createKyselyPool(url, { maxSize: 2 });
    const db = new Kysely<{ many: { n: number } }>({ dialect: new MysqlDialect({ pool }) });
    const work = async (): Promise<void> => {
      await all(() => db.executeQuery(CompiledQuery.raw('SELECT 1')));
      await all(() => exhaust(db.selectFrom('many').selectAll().limit(2).stream()));
      await db.transaction().execute((trx) => all(() => trx.executeQuery(CompiledQuery.raw('SELECT 1'))));
    };
    return { work, close: () => db.destroy() };
  },
  TypeORM: async ({ kind: type, host, port, user: username, password, database }) => {
    const access = { type, driver: mysqlpool, host, port, username, password, database, poolSize: 2 };
    const source = await new DataSource(access).initialize();
    const work = async (): Promise<void> => {
      await all(() => source.query('SELECT 1'));
      await source.transaction((manager) => all(() => manager.query('SELECT 1')));
      const runner = source.createQueryRunner();
      await all(async () => drain((await runner.stream('SELECT 1')) as unknown as NodeJS.ReadableStream));
      await runner.release();
    };
    return { work, close: () => source.destroy() };
  },
};

eachServer('many statements and streams at once', (_kind, getServer) => {
  for (const [name, open] of Object.entries(DOORS)) {
    it(`${name}: nobody is warned of listeners that pile up`, async (t: TestContext) => {
      const warnings: string[] = [];
      const note = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
      process.on('warning', note);
      t.after(() => process.off('warning', note));
      const options = await databaseFor(t, await getServer());
      const { work, close } = await open(options);
      options.closeFirst(close);
      for (let round = 0; round < 3; round++) await work();
      // A warning is told in a turn of its own.
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual([...new Set(warnings)], []);
    });
  }
});
