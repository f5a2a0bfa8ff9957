import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { callbackify, inspect } from 'node:util';
import type { Knex } from 'knex';
import type { Connection } from 'mysql2';
import { LeaseEndedError } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import type { TarnPool } from '#internal/orm/tarn-pool.js';
import { proxyTo } from '../mysql/support.js';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { databaseFor } from './support/database.js';
import { configOf, knexFactory } from './support/knex-driver.js';

const poolOf = (knex: Knex): TarnPool => (knex.client as { pool: TarnPool }).pool;

async function open(
  t: TestContext,
  server: TestServer,
  change: (config: Knex.Config) => Knex.Config = (config) => config,
) {
  const options = await databaseFor(t, server);
  const knex = knexFactory(change(configOf(options, MysqlPoolClient)));
  t.after(() => knex.destroy());
  return { knex, options };
}

const withPool =
  (pool: Knex.PoolConfig) =>
  (config: Knex.Config): Knex.Config => ({ ...config, pool });

async function valueOf(knex: Knex, sql: string): Promise<unknown> {
  const [[row]] = (await knex.raw(sql)) as [Record<string, unknown>[]];
  return Object.values(row!)[0];
}

eachServer("Knex's own ways", (_kind, getServer) => {
  it('keeps what afterCreate has made of a session, whatever a borrower does to it', async (t) => {
    let created = 0;
    const setUp = async (connection: Connection): Promise<void> => {
      created++;
      const promised = connection.promise();
      await promised.query("SET time_zone = '+03:00'");
      await promised.query('SET NAMES utf8mb4 COLLATE utf8mb4_bin');
      await promised.query('SET @app = 7');
      await promised.query('USE information_schema');
    };
    const afterCreate = callbackify(setUp);
    const { knex } = await open(t, await getServer(), withPool({ max: 1, afterCreate }));
    const look = 'SELECT @@time_zone AS tz, @@collation_connection AS c, @app AS app, @left AS was, DATABASE() AS d';
    const first = { tz: '+03:00', c: 'utf8mb4_bin', app: 7, was: null, d: 'information_schema' };
    const id = await valueOf(knex, 'SELECT CONNECTION_ID() AS id');
    for (const work of [
      'SELECT 1',
      'SET @left = 1',
      'SET @app = 8',
      "SET time_zone = '+05:00'",
      'SET NAMES latin1',
      'USE mysql',
    ]) {
      await knex.raw(work);
      const [[row]] = (await knex.raw(look)) as [object[]];
      assert.deepEqual({ ...row }, first, work);
    }
    assert.equal(await valueOf(knex, 'SELECT CONNECTION_ID() AS id'), id);
    assert.equal(created, 1);
  });

  it('replaces a connection that cannot be made as afterCreate left it', async (t) => {
    const afterCreate = (connection: Connection, done: (error?: unknown) => void): void => {
      connection.query('CREATE TEMPORARY TABLE mine (n INT)', done);
    };
    const { knex } = await open(t, await getServer(), withPool({ max: 1, afterCreate }));
    const id = await valueOf(knex, 'SELECT CONNECTION_ID() AS id');
    await knex('mine').insert({ n: 1 });
    assert.equal(await valueOf(knex, 'SELECT CONNECTION_ID() AS id'), id, 'nothing was done to the session');
    await knex.raw('SET @left = 1');
    assert.equal(await valueOf(knex, 'SELECT COUNT(*) AS n FROM mine'), 0);
    assert.notEqual(await valueOf(knex, 'SELECT CONNECTION_ID() AS id'), id);
  });

  it('asks for credentials again when they have expired', async (t) => {
    const server = await getServer();
    let asked = 0;
    let isExpired = false;
    const { knex } = await open(t, server, (config) => ({
      ...config,
      pool: { max: 1 },
      connection: async () => {
        asked++;
        isExpired = false;
        return { ...(config.connection as Knex.MySql2ConnectionConfig), expirationChecker: () => isExpired };
      },
    }));
    const id = await valueOf(knex, 'SELECT CONNECTION_ID() AS id');
    assert.equal(await valueOf(knex, 'SELECT CONNECTION_ID() AS id'), id);
    isExpired = true;
    assert.notEqual(await valueOf(knex, 'SELECT CONNECTION_ID() AS id'), id);
    assert.equal(asked, 2);
  });

  it('replaces what its own validate finds unfit', async (t) => {
    const unfit = new Set<number>();
    const validate = (connection: Connection): boolean => !unfit.has(connection.threadId);
    const { knex } = await open(t, await getServer(), withPool({ max: 1, validate }));
    const id = Number(await valueOf(knex, 'SELECT CONNECTION_ID() AS id'));
    assert.equal(await valueOf(knex, 'SELECT CONNECTION_ID() AS id'), id);
    unfit.add(id);
    assert.notEqual(await valueOf(knex, 'SELECT CONNECTION_ID() AS id'), id);
  });

  it('stops a statement at its timeout, and goes on', async (t) => {
    const { knex } = await open(t, await getServer(), withPool({ max: 1 }));
    const text = /Defined query timeout of 100ms exceeded/;
    const slow = (): Knex.Raw => knex.raw('SELECT SLEEP(5) AS slept');
    await assert.rejects(async () => slow().timeout(100, { cancel: true }), text);
    assert.equal(await valueOf(knex, 'SELECT 1 AS n'), 1);
    const id = await valueOf(knex, 'SELECT CONNECTION_ID() AS id');
    await assert.rejects(async () => slow().timeout(100), text);
    assert.notEqual(await valueOf(knex, 'SELECT CONNECTION_ID() AS id'), id, 'it still runs there');
  });

  it('shares its pool with a Knex that has user parameters', async (t) => {
    const { knex } = await open(t, await getServer(), withPool({ max: 1 }));
    const id = await valueOf(knex, 'SELECT CONNECTION_ID() AS id');
    const other = knex.withUserParams({ who: 'me' });
    assert.equal(await valueOf(other, 'SELECT CONNECTION_ID() AS id'), id);
    await other.transaction(async (trx) => void (await trx('t').insert({ id: 1, v: 'one' })));
    assert.equal(poolOf(knex).mysqlpool.stats().total.opened, 1);
  });

  it('knows its database: columnInfo', async (t) => {
    const { knex } = await open(t, await getServer());
    assert.deepEqual(Object.keys(await knex('t').columnInfo()), ['id', 'v']);
  });

  it('does no harm to the next borrower when a connection is given back twice', async (t) => {
    const { knex } = await open(t, await getServer(), withPool({ max: 1 }));
    const client = knex.client as { acquireConnection(): Promise<Connection>; pool: TarnPool };
    const first = await client.acquireConnection();
    const { threadId } = first;
    assert.equal(client.pool.release(first), true);
    const second = await client.acquireConnection();
    assert.equal(second.threadId, threadId);
    assert.equal(client.pool.release(first), false);
    assert.throws(() => first.query('SELECT 1'), LeaseEndedError);
    assert.equal(client.pool.numUsed(), 1);
    assert.equal(client.pool.release(second), true);
    assert.deepEqual([client.pool.numUsed(), client.pool.numFree()], [0, 1]);
  });

  it('lends no connection to two when streams end, and others wait', async (t) => {
    const { knex } = await open(t, await getServer(), withPool({ max: 2 }));
    const read = async (upTo: number): Promise<number> => {
      let count = 0;
      for await (const row of knex('many').stream() as AsyncIterable<object>) if (row && ++count === upTo) break;
      return count;
    };
    const busy = new Set<unknown>();
    const alone = (): Promise<void> =>
      knex.transaction(async (trx) => {
        const [[row]] = (await trx.raw('SELECT CONNECTION_ID() AS id')) as [{ id: number }[]];
        assert.ok(!busy.has(row!.id), 'two at a time');
        busy.add(row!.id);
        await trx.raw('SELECT SLEEP(0.002) AS slept');
        busy.delete(row!.id);
      });
    const work = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? alone() : read(n % 3 === 1 ? 1_000 : 5)));
    await Promise.all(work);
    assert.equal(poolOf(knex).numUsed(), 0);
  });

  it('can be destroyed and initialized again', async (t) => {
    const { knex } = await open(t, await getServer());
    const first = poolOf(knex);
    await knex.raw('SELECT 1');
    await knex.destroy();
    assert.deepEqual([first.destroyed, first.mysqlpool.state], [true, 'closed']);
    await assert.rejects(async () => knex.raw('SELECT 1'), /Unable to acquire a connection: .*the pool is closed/);
    knex.initialize();
    assert.equal(await valueOf(knex, 'SELECT 1 AS n'), 1);
    assert.notEqual(poolOf(knex), first);
  });

  it('tells at once, in the words of the driver, what waiting cannot mend', async (t) => {
    const { knex } = await open(t, await getServer(), (config) => ({
      ...config,
      connection: { ...(config.connection as Knex.MySql2ConnectionConfig), password: 'wrong-Secret1' },
    }));
    await assert.rejects(async () => knex.raw('SELECT 1'), { code: 'ER_ACCESS_DENIED_ERROR' });
  });

  it('shows no password', async (t) => {
    const { knex, options } = await open(t, await getServer());
    const client = knex.client as { acquireConnection(): Promise<Connection> };
    const connection = await client.acquireConnection();
    const shown = inspect([connection, poolOf(knex), knex.client], { depth: 4 });
    poolOf(knex).release(connection);
    assert.ok(shown.length > 1_000);
    assert.ok(!shown.includes(`'${options.password}'`));
  });

  it('drops a connection that does not come about in time', async (t) => {
    await using proxy = await proxyTo(await getServer());
    proxy.blackhole();
    const { knex } = await open(t, await getServer(), (config) => ({
      ...config,
      connection: { ...(config.connection as Knex.MySql2ConnectionConfig), host: proxy.host, port: proxy.port },
      acquireConnectionTimeout: 300,
      pool: { max: 1, createTimeoutMillis: 100 },
    }));
    await assert.rejects(async () => knex.raw('SELECT 1'), { code: 'ETIMEDOUT' });
    await until(() => poolOf(knex).mysqlpool.stats().connecting === 0 || proxy.accepted > 1);
    proxy.heal();
    assert.equal(await until(() => valueOf(knex, 'SELECT 1 AS n')), 1);
    assert.deepEqual([poolOf(knex).mysqlpool.stats().size], [1]);
  });
});
