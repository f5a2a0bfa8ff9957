/** What a fleet does to the sessions of its account: their set-up, and what it learns from them. */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import * as mysql2 from 'mysql2';
import type { MysqlConnection, MysqlPoolOptions } from 'node-mysqlpool';
import { CreatorSource } from '#internal/mysql/creator-source.js';
import { watchedDriver } from '#internal/mysql/watched-driver.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { limitedAccount, nextEvent, one, poolOn } from './support.js';
import { memberOf, type FleetPool } from './support-fleet.js';

// The background work of a fleet keeps no process alive, so that this timer has to.
const alive = setInterval(() => undefined, 1_000);
after(() => clearInterval(alive));

eachServer('the sessions of a fleet', (kind, getServer) => {
  const time = kind === 'mysql' ? 'max_execution_time' : 'max_statement_time';
  const inUnits = (ms: number): number => (kind === 'mysql' ? ms : ms / 1000);

  async function limits(pool: Pick<FleetPool, 'use'>): Promise<readonly [wait: number, time: number]> {
    return pool.use(async (lease) => {
      const row = await one(lease, `SELECT @@wait_timeout AS wait, @@${time} AS time`);
      return [Number(row['wait']), Number(row['time'])];
    });
  }

  const hook = (sql: string): MysqlPoolOptions => ({ onConnect: (connection) => connection.promise().query(sql) });

  it('end when they were silent for the lease, and their statements within the limit; both again after every reset', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const { pool } = memberOf(t, url, { lease: 7_900, statementLimit: 2_500 }, { maxSize: 1 });
    const own = [7, inUnits(2_500)] as const;
    assert.deepEqual(await limits(pool), own);
    for (const left of ['SET wait_timeout = 1000', `SET ${time} = 0`, 'SET @a = 1', 'SET @b = 2, wait_timeout = 3']) {
      await pool.use((lease) => lease.query(left));
      assert.deepEqual(await limits(pool), own, left);
    }
    assert.equal(pool.stats().total.opened, 1);
  });

  it('keep what the user has made shorter, by the server or by a hook, and not what a hook has made longer', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const wanted = { lease: 60_000, statementLimit: 5_000 };
    for (const [set, wait, statement] of [
      ['SET wait_timeout = 20', 20, 5_000],
      ['SET wait_timeout = 100000', 60, 5_000],
      [`SET ${time} = 0, @a = 1`, 60, 5_000],
      [`SET ${time} = ${inUnits(9_000)}`, 60, 5_000],
      [`SET ${time} = ${inUnits(1_000)}, wait_timeout = 28800`, 60, 1_000],
    ] as const) {
      const { pool } = memberOf(t, url, wanted, { maxSize: 1, ...hook(set) });
      assert.deepEqual(await limits(pool), [wait, inUnits(statement)], set);
      // A first reset, and further ones, for which the values after a reset are already known.
      for (const left of ['SET @b = 1', 'SET @c = 1', 'SET wait_timeout = 50000']) {
        await pool.use((lease) => lease.query(left));
        assert.deepEqual(await limits(pool), [wait, inUnits(statement)], `${set}; ${left}`);
      }
      assert.equal(pool.stats().total.opened, 1, set);
    }
  });

  it('keep to the lease where a returned connection is left as it is, or only a transaction is ended', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    for (const reset of ['none', 'rollback', 'commit'] as const) {
      const { pool } = memberOf(t, url, { lease: 60_000 }, { maxSize: 1, reset });
      await pool.use(async (lease) => {
        await lease.query('SET wait_timeout = 5000, lock_wait_timeout = 77');
        if (reset !== 'none') await lease.query('BEGIN');
      });
      const row = await pool.use((lease) => one(lease, 'SELECT @@wait_timeout AS w, @@lock_wait_timeout AS l'));
      assert.deepEqual([row['w'], row['l']], [60, 77], reset);
      const cleaned: unknown[] = [];
      pool.on('cleaned', ({ kind: how }) => cleaned.push(how));
      await limits(pool);
      assert.deepEqual(cleaned, [], 'it is said once');
    }
  });

  it('whose connections somebody else makes are set up the same way', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const driver = watchedDriver(mysql2);
    const create = async (): Promise<MysqlConnection> => {
      const connection = driver.createConnection(url);
      await connection.promise().query("SET NAMES utf8mb4, wait_timeout = 100000, time_zone = '+01:00'");
      return connection;
    };
    const close = (connection: MysqlConnection): Promise<void> =>
      new Promise((resolve) => connection.end(() => resolve()));
    const source = new CreatorSource({ driver, create, close });
    const { pool, admitted } = memberOf(t, url, { lease: 60_000, statementLimit: 4_000 }, { maxSize: 1 }, source);
    assert.deepEqual(await limits(pool), [60, inUnits(4_000)]);
    for (let n = 0; n < 2; n++) await pool.use((lease) => lease.query('SET @a = 1, wait_timeout = 99999'));
    assert.deepEqual(await limits(pool), [60, inUnits(4_000)]);
    assert.deepEqual([admitted.length, pool.stats().total.opened], [1, 1]);
  });

  it('are as ever without one', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const row = await one(poolOn(t, url), 'SELECT @@wait_timeout = @@global.wait_timeout AS same');
    assert.equal(row['same'], 1);
  });

  it('tell the limit of the account as it is when they are admitted, and as it is when they are refused', async (t) => {
    const server = await getServer();
    const { user, url } = await limitedAccount(t, server, 2);
    const { pool, admitted, refused } = memberOf(t, url, {}, { maxSize: 3, acquireTimeout: 60_000 });
    const loans = [await pool.acquire(), await pool.acquire()];
    assert.deepEqual(admitted, [2, 2]);
    const waiting = pool.acquire();
    await nextEventOf(pool);
    assert.deepEqual(refused.slice(0, 1), [2]);
    await server.admin(`ALTER USER '${user}'@'%' WITH MAX_USER_CONNECTIONS 5`);
    loans.push(await waiting);
    assert.equal(admitted.at(-1), 5);
    for (const loan of loans) loan.release();
  });

  it('tell no limit where there is none', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const { pool, admitted, refused } = memberOf(t, url);
    await limits(pool);
    assert.deepEqual([admitted, refused], [[0], []]);
  });

  it('are counted over one that lies idle, without those that are refused, and without its being used', async (t) => {
    const server = await getServer();
    const { url } = await limitedAccount(t, server, 3);
    const { pool, count } = memberOf(t, url, {}, { maxSize: 3 });
    assert.equal(await count(), undefined, 'there is none to ask over');
    assert.equal(pool.stats().total.opened, 0, 'and none is opened for it');
    await limits(pool);
    assert.equal(await count(), 1);
    const other = memberOf(t, url, {}, { maxSize: 3, acquireTimeout: 60_000 });
    const loans = [await other.pool.acquire(), await other.pool.acquire()];
    const refused = other.pool.acquire();
    await nextEventOf(other.pool);
    const counts = await Promise.all([count(), count(), count()]);
    assert.deepEqual(counts, [3, 3, 3]);
    // All connections are lent: the count waits for one, but only for a short time.
    const held = await pool.acquire();
    assert.equal(await count(), undefined);
    const asked = count();
    held.release();
    assert.equal(await asked, 3);
    assert.equal(pool.stats().size, 1);
    await pool.close();
    for (const loan of [...loans, await refused]) loan.release();
  });

  it('are told how many logins the server has refused, when that is asked', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 1);
    const { pool, counted } = memberOf(t, url);
    await limits(pool);
    const before = (await counted(true))!.refusals!;
    const other = memberOf(t, url, {}, { acquireTimeout: 60_000 });
    const waiting = other.pool.acquire();
    await nextEventOf(other.pool);
    assert.ok((await counted(true))!.refusals! > before);
    assert.deepEqual(await counted(false), { sessions: 1, refusals: undefined });
    await pool.close();
    (await waiting).release();
  });

  it('that were only looked over by a count close when they have been idle for long', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const { pool, count } = memberOf(t, url, { lease: 3_000 }, { maxSize: 1, idleTimeout: 300 });
    await limits(pool);
    const closed = nextEvent(pool as never, 'closed') as Promise<{ reason: string }>;
    let isClosed = false;
    void closed.then(() => (isClosed = true));
    await until(async () => {
      await count();
      return isClosed;
    });
    assert.equal((await closed).reason, 'idle');
  });
});

/** Resolves with the next failed dial. */
const nextEventOf = (pool: FleetPool): Promise<unknown> => nextEvent(pool as never, 'openFailed');
