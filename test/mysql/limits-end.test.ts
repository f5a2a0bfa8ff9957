import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { it } from 'node:test';
import { createPool as createMysql2Pool } from 'node-mysqlpool/mysql2/promise';
import { assertNoGrowth } from '../support/growth.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { databaseFor, gone, one, poolOn, proxyTo, runs, type Rows } from './support.js';

const listenersOf = (emitter: { eventNames(): (string | symbol)[]; listenerCount(event: string | symbol): number }) =>
  Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));

eachServer('what limits leave behind', (_kind, getServer) => {
  it('is nothing on a signal under which statements, streams and transactions ran', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 2 });
    const { signal } = new AbortController();
    const round = async (): Promise<void> => {
      await pool.query('SELECT 1', [], { signal, timeout: 60_000 });
      await pool.execute('SELECT 1', [], { signal });
      for await (const row of pool.stream('SELECT 1', [], { signal })) assert.ok(row);
      await pool.transaction((tx) => tx.query('SELECT 1', [], { signal }), { signal });
      await assert.rejects(pool.query('SELECT nothing', [], { signal }));
    };
    await assertNoGrowth(round, () => ({ abort: getEventListeners(signal, 'abort').length }));
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('is one listener on a signal at a time, and no warning, however many run under it', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 2 });
    const warnings: string[] = [];
    const warn = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', warn);
    t.after(() => process.off('warning', warn));
    const { signal } = new AbortController();
    await pool.use(async (lease) => {
      const running = Array.from({ length: 30 }, () => lease.query('SELECT 1', [], { signal }));
      assert.equal(getEventListeners(signal, 'abort').length, 1);
      await Promise.all(running);
      const read = async (): Promise<void> => {
        for await (const row of lease.stream('SELECT 1', [], { signal })) assert.ok(row);
      };
      await Promise.all(Array.from({ length: 30 }, read));
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(warnings, []);
  });

  it('is nothing on a connection that rows were read from', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    await using lease = await pool.acquire();
    const round = async (): Promise<void> => {
      for await (const row of lease.stream('SELECT 1 UNION SELECT 2')) if (row !== undefined) break;
    };
    await assertNoGrowth(round, () => listenersOf(lease.connection));
  });

  it('is no clock that ends the connection later, when COMMIT was answered late, but in time', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    await using proxy = await proxyTo(server);
    const pool = poolOn(t, proxy.url(database.url), { maxSize: 1 });
    const closed: unknown[] = [];
    pool.on('closed', (event) => closed.push(event));
    const controller = new AbortController();
    await pool.transaction(
      async (tx) => {
        await tx.query("INSERT INTO t VALUES (1, 'x')");
        proxy.delay(100);
        // Aborts after COMMIT was sent but before its answer arrives.
        setImmediate(() => controller.abort(new Error('too late')));
      },
      { signal: controller.signal },
    );
    proxy.delay(0);
    // The next loan takes longer than the time limit of an unanswered COMMIT, which must no longer apply to it.
    const [[row]] = await pool.query<Rows>('SELECT SLEEP(1.3) AS slept, COUNT(*) AS n FROM t');
    assert.deepEqual([row!['slept'], Number(row!['n']), closed], [0, 1, []]);
  });

  it('is no connection whose network has gone silent, when ROLLBACK is not answered either', async (t) => {
    await using proxy = await proxyTo(await getServer());
    const pool = poolOn(t, proxy.url((await getServer()).url()), { maxSize: 1, resetTimeout: 60_000 });
    const closed: unknown[] = [];
    pool.on('closed', ({ reason }) => closed.push(reason));
    const silent = pool.transaction(
      async (tx) => {
        await tx.query('SELECT 1');
        proxy.blackhole();
        await new Promise(() => undefined);
      },
      { timeout: 200 },
    );
    await assert.rejects(silent, { code: 'MYSQL_QUERY_TIMEOUT' });
    // Long before the pool's time limit for cleaning.
    await until(() => closed.length > 0);
    assert.deepEqual(closed, ['dead']);
  });

  it('is nothing of what a stopped statement has changed by a trigger of another database', async (t) => {
    const server = await getServer();
    const [own, other] = [await databaseFor(t, server), await databaseFor(t, server)];
    await server.admin(
      `CREATE TRIGGER ${other.name}.slow BEFORE INSERT ON ${other.name}.t FOR EACH ROW BEGIN SET @left = 5; DO SLEEP(60); END`,
    );
    const pool = poolOn(t, own.url, { maxSize: 2 });
    await pool.warmUp(2);
    for (let round = 0; round < 2; round++) {
      const insert = pool.query(`INSERT INTO ${other.name}.t VALUES (1, 'x')`, [], { timeout: 50 });
      await assert.rejects(insert, { code: 'MYSQL_QUERY_TIMEOUT' });
    }
    const leases = [await pool.acquire(), await pool.acquire()];
    for (const lease of leases) {
      assert.equal((await one(lease, 'SELECT @left AS was'))['was'], null);
      lease.release();
    }
  });

  it('does not include a statement that has a signal of its own from its transaction', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2 });
    const own = new AbortController();
    const slow = pool.transaction((tx) => tx.query("SELECT SLEEP(60), 'own signal'", [], { signal: own.signal }), {
      // Long enough to see the statement run, even on a busy server.
      timeout: 1_000,
    });
    const over = assert.rejects(slow, { code: 'MYSQL_QUERY_TIMEOUT' });
    await runs(server, "'own signal'");
    // The statement is stopped long before it would end by itself.
    await gone(server, "'own signal'");
    await over;
    await until(() => pool.stats().inUse === 0);
  });

  it('does not end a statement of the drop-in pool at once whose time limit is longer than a timer can count', async (t) => {
    const server = await getServer();
    const pool = createMysql2Pool({ uri: server.url(), connectionLimit: 1 });
    t.after(() => pool.end());
    const statement = { sql: 'SELECT SLEEP(0.05) AS slept', timeout: 2_592_000_000 };
    const connection = await pool.getConnection();
    t.after(() => connection.release());
    for (const on of [connection] as const) {
      assert.deepEqual((await on.query(statement))[0], [{ slept: 0 }]);
      assert.deepEqual((await on.execute(statement))[0], [{ slept: 0 }]);
    }
    connection.release();
    assert.deepEqual((await pool.query(statement))[0], [{ slept: 0 }]);
    assert.deepEqual((await pool.execute(statement))[0], [{ slept: 0 }]);
  });
});
