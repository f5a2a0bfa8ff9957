import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Sequelize as Sequelize7 } from '@sequelize/core';
import { knex as knexFactory } from 'knex';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createMysql2Pool } from 'node-mysqlpool/mysql2';
import { createPool as createPromisePool } from 'node-mysqlpool/mysql2/promise';
import 'node-mysqlpool/sequelize';
import { MySqlPoolDialect } from 'node-mysqlpool/sequelize7';
import { Sequelize } from 'sequelize';
import { fullAtFirst } from '../mysql/fake-server.js';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor } from './support/database.js';
import type { OrmOptions } from './support/orm-driver.js';

interface Opened {
  readonly query: () => PromiseLike<unknown>;
  readonly close: () => unknown;
}

/** The doors whose pools tell a first failure to connect at once. */
const DOORS: Readonly<Record<string, (options: OrmOptions, port: number) => Opened>> = {
  Knex: ({ host, user, password, database }, port) => {
    const knex = knexFactory({ client: MysqlPoolClient, connection: { host, port, user, password, database } });
    return { query: () => knex.raw('SELECT 1'), close: () => knex.destroy() };
  },
  'Sequelize 6': ({ host, user, password, database }, port) => {
    const sequelize = new Sequelize(database, user, password, { dialect: 'mysql', host, port, logging: false });
    return { query: () => sequelize.query('SELECT 1'), close: () => sequelize.close() };
  },
  'Sequelize 7': ({ host, user, password, database }, port) => {
    const sequelize = new Sequelize7({ dialect: MySqlPoolDialect, host, port, user, password, database });
    return { query: () => sequelize.query('SELECT 1'), close: () => sequelize.close() };
  },
  'drop-in': ({ url: uri }, port) => {
    const pool = createMysql2Pool({ uri, port });
    return { query: () => pool.promise().query('SELECT 1'), close: () => pool.promise().end() };
  },
  'drop-in, promises': ({ url: uri }, port) => {
    const pool = createPromisePool({ uri, port });
    return { query: () => pool.query('SELECT 1'), close: () => pool.end() };
  },
};

eachServer('a server that is full at the very first dial', (_kind, getServer) => {
  for (const [door, open] of Object.entries(DOORS)) {
    it(`is waited for: ${door}`, async (t) => {
      const server = await getServer();
      const options = await databaseFor(t, server);
      for (const errno of [1040, 1203, 1226]) {
        const { query, close } = open(options, await fullAtFirst(t, server, 1, errno));
        options.closeFirst(close);
        await query();
      }
    });
  }

  it('is told in time, with what the server has said', async (t) => {
    const server = await getServer();
    const port = await fullAtFirst(t, server, Infinity, 1040);
    const pool = createMysql2Pool({ uri: server.url(), port, acquireTimeout: 300 });
    t.after(() => pool.mysqlpool.close());
    await assert.rejects(pool.promise().query('SELECT 1'), { errno: 1040 });
  });
});
