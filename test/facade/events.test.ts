import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PoolConnection } from 'mysql2';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { first, poolOn, promisePoolOn, take } from './support.js';

const EVENTS = ['connection', 'acquire', 'release', 'enqueue'] as const;

eachServer('the events of the pool', (_kind, getServer) => {
  it('come for every loan, also when callers stand in line', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const count = { connection: 0, acquire: 0, release: 0, enqueue: 0 };
    for (const event of EVENTS) pool.on(event, () => count[event]++);
    const work = Array.from({ length: 5 }, async () => {
      const connection = await take(pool);
      await first(connection, 'SELECT 1');
      connection.release();
    });
    await Promise.all(work);
    assert.deepEqual(count, { connection: 1, acquire: 5, release: 5, enqueue: 4 });
  });

  it('come in order and carry the connection', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const seen: unknown[] = [];
    for (const event of EVENTS) pool.on(event, (connection: unknown) => seen.push([event, connection]));
    const connection = await take(pool);
    const waiting = take(pool);
    assert.deepEqual(seen.at(-1), ['enqueue', undefined]);
    connection.release();
    const next = await waiting;
    next.destroy();
    assert.deepEqual(seen, [
      ['connection', connection],
      ['acquire', connection],
      ['enqueue', undefined],
      ['release', connection],
      ['acquire', connection],
    ]);
  });

  it('reach the promise pool as well', async (t) => {
    const pool = promisePoolOn(t, await getServer(), { connectionLimit: 1 });
    const seen: string[] = [];
    for (const event of EVENTS) pool.on(event as 'enqueue', () => seen.push(event));
    const connection = await pool.getConnection();
    const waiting = pool.getConnection();
    connection.release();
    (await waiting).release();
    assert.deepEqual(seen, ['connection', 'acquire', 'enqueue', 'release', 'acquire', 'release']);
  });

  it('of a listener that throws are an uncaught exception, and nobody loses a connection', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const caught: unknown[] = [];
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => caught.push(error));
    t.after(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    });
    const thrown = new Error('of a listener');
    for (const event of EVENTS.slice(0, 3)) {
      pool.on(event, () => {
        throw thrown;
      });
    }
    const connection = await take(pool);
    connection.release();
    pool.getConnection((_error, again: PoolConnection) => {
      again.release();
      throw thrown;
    });
    await until(() => caught.length === 6);
    assert.deepEqual(new Set(caught), new Set([thrown]));
    assert.equal(pool.mysqlpool.stats().idle, 1);
  });
});

eachServer('listeners of the connection event', (_kind, getServer) => {
  it('set a connection up before it is first lent', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    pool.on('connection', (connection) => connection.query("SET time_zone = '+09:00'"));
    assert.equal((await first(pool, 'SELECT @@time_zone AS zone'))['zone'], '+09:00');
  });

  it('are waited for when they await one statement after the other', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const setUp = async (connection: PoolConnection): Promise<void> => {
      await connection.promise().query('SET @a = 1');
      await connection.promise().query('SET @b = @a + 1');
      await connection.promise().execute('SET @c = @b + ?', [1]);
      // Not without a pool of ours: what mysql2 returns here cannot be awaited.
      await (connection.query('SET @d = @c + 1') as unknown);
    };
    pool.on('connection', (connection) => void setUp(connection));
    const { a, b, c, d } = await first(pool, 'SELECT @a AS a, @b AS b, @c AS c, @d AS d');
    assert.deepEqual([Number(a), Number(b), Number(c), Number(d)], [1, 2, 3, 4]);
  });

  it('have what they set kept: by cleaning, and by a full reset', async (t) => {
    for (const reset of ['auto', 'session'] as const) {
      const pool = poolOn(t, await getServer(), { connectionLimit: 1, reset });
      let told = 0;
      pool.on('connection', (connection) => {
        told++;
        connection.query("SET time_zone = '+09:00'");
        connection.query('SET @mine = ?', ['kept']);
      });
      for (let loan = 0; loan < 3; loan++) {
        const connection = await take(pool);
        const row = await first(connection, 'SELECT @@time_zone AS zone, @mine AS mine');
        assert.deepEqual({ ...row }, { zone: '+09:00', mine: 'kept' }, `${reset} ${loan}`);
        await first(connection, "SELECT 1, @mine := 'of the borrower'");
        await new Promise((resolve) => connection.query("SET time_zone = '+01:00'", resolve));
        connection.release();
      }
      assert.equal(told, 1);
      assert.equal(pool.mysqlpool.stats().total.opened, 1);
    }
  });
});
