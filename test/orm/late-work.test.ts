import assert from 'node:assert/strict';
import { it } from 'node:test';
import { knex as knexFactory } from 'knex';
import { CompiledQuery, Kysely, MysqlDialect } from 'kysely';
import { autoCloseDb } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createKyselyPool } from 'node-mysqlpool/kysely';
import 'node-mysqlpool/sequelize';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { openPools } from 'node-mysqlpool/pool';
import { Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor } from './support/database.js';
import type { OrmOptions } from './support/orm-driver.js';

interface Opened {
  readonly query: () => PromiseLike<unknown>;
  readonly close: () => unknown;
}

const ORMS: Readonly<Record<string, (options: OrmOptions) => Opened | Promise<Opened>>> = {
  Knex: ({ host, port, user, password, database }) => {
    const connection = { host, port, user, password, database };
    const log = { warn: () => undefined };
    const knex = knexFactory({ client: MysqlPoolClient, connection, pool: { min: 0, max: 2 }, log });
    return { query: () => knex.raw('SELECT 1'), close: () => knex.destroy() };
  },
  Sequelize: ({ host, port, user, password, database }) => {
    const options = { dialect: 'mysql', host, port, logging: false, pool: { max: 2 } } as const;
    const sequelize = new Sequelize(database, user, password, options);
    return { query: () => sequelize.query('SELECT 1'), close: () => sequelize.close() };
  },
  Kysely: ({ url }) => {
    const db = new Kysely<object>({ dialect: new MysqlDialect({ pool: createKyselyPool(url, { maxSize: 2 }) }) });
    return { query: () => db.executeQuery(CompiledQuery.raw('SELECT 1')), close: () => db.destroy() };
  },
  TypeORM: async ({ kind: type, host, port, user: username, password, database }) => {
    const access = { type, driver: mysqlpool, host, port, username, password, database, poolSize: 2 };
    const source = await new DataSource(access).initialize();
    return { query: () => source.query('SELECT 1'), close: () => source.destroy() };
  },
};

/** The codes in a chain of causes, as ORMs wrap what the pool says. */
function codesIn(error: unknown): unknown[] {
  const codes: unknown[] = [];
  for (let at = error as Record<string, unknown> | undefined; at !== undefined && codes.length < 10;) {
    codes.push(at['code']);
    at = (at['driverError'] ?? at['original'] ?? at['cause']) as Record<string, unknown> | undefined;
  }
  return codes;
}

const inUse = (): number => openPools().reduce((sum, pool) => sum + pool.stats().inUse, 0);

eachServer('an ORM that is used by what a scope has started', (_kind, getServer) => {
  for (const [name, open] of Object.entries(ORMS)) {
    it(`${name}: is lent nothing when that scope has ended, and all it wants in a scope of its own`, async (t) => {
      const options = await databaseFor(t, await getServer());
      const { query, close } = await open(options);
      options.closeFirst(close);
      await query();
      let go!: () => void;
      const over = new Promise<void>((resolve) => (go = resolve));
      const late = autoCloseDb(() => ({
        refused: over.then(query).then(
          () => undefined,
          (error: unknown) => error,
        ),
        served: over.then(() => autoCloseDb.run(async () => query())),
      }))();
      go();
      const error = await late.refused;
      assert.ok(codesIn(error).includes('POOL_SCOPE_ENDED'), String(error));
      await late.served;
      assert.equal(inUse(), 0);
    });
  }
});
