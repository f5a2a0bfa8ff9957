import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as mysql2 from 'node-mysqlpool/mysql2/promise';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { accountFor, databaseFor, gone, one, poolOn, proxyTo, runs } from './support.js';

const LOANS = 30;

eachServer('closing a pool', (_kind, getServer) => {
  it('lets every transaction that has begun commit, and turns away those that come later', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    const pool = poolOn(t, database.url, { maxSize: LOANS, maxConnecting: 10 });
    const outcomes = Array.from({ length: LOANS }, (_, id) =>
      pool.transaction(async (tx) => {
        await tx.query('INSERT INTO t VALUES (?, ?)', [id, 'x']);
        await until(() => pool.state !== 'open');
        await tx.query('UPDATE t SET v = ? WHERE id = ?', ['y', id]);
      }),
    );
    await until(() => pool.stats().inUse === LOANS);
    const closed = pool.close();
    await assert.rejects(
      pool.transaction(() => undefined),
      { code: 'POOL_CLOSED' },
    );
    await Promise.all(outcomes);
    await closed;
    assert.equal(pool.stats().size, 0);
    const other = poolOn(t, database.url, { maxSize: 1 });
    assert.equal((await one(other, "SELECT COUNT(*) AS n FROM t WHERE v = 'y'"))['n'], LOANS);
  });

  it('ends what its loans have left running on the server, also when all of them have', async (t) => {
    const server = await getServer();
    const user = await accountFor(t, server, 'pw');
    for (const [maxSize, running] of [
      [4, 2],
      [3, 3],
    ] as const) {
      const pool = poolOn(t, server, { user, password: 'pw', maxSize });
      await pool.warmUp(maxSize);
      const left = Array.from({ length: running }, (_, n) => pool.query(`SELECT SLEEP(60), "on closing ${n}"`));
      const lost = Promise.allSettled(left);
      for (let n = 0; n < running; n++) await runs(server, `"on closing ${n}"`);
      await pool.close({ timeout: 0 });
      await lost;
      assert.equal(pool.stats().size, 0);
      // The connection that sent KILL has also sent COM_QUIT, which the server may not have read yet.
      const sessions = await server.admin(
        `SELECT INFO AS info FROM information_schema.PROCESSLIST WHERE USER = '${user}' AND INFO IS NOT NULL`,
      );
      assert.deepEqual(sessions, []);
      await until(async () => (await server.connections(user)) === 0);
    }
  });

  it('tells whose statements it cuts off that it was the pool, through every door', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 4 });
    const dropIn = mysql2.createPool({ uri: server.url(), name: 'shop' } as object);
    const sleep = 'SELECT SLEEP(60)';
    const lease = await pool.acquire();
    const told = [
      pool.query(sleep),
      lease.execute(sleep),
      pool.transaction((tx) => tx.query(sleep)),
      pool.stream(sleep).next(),
      dropIn.query(sleep),
    ].map((work) => work.then(() => assert.fail('it was carried out'), (error: Error) => error)); // prettier-ignore
    await until(() => pool.stats().inUse === 4 && dropIn.pool.mysqlpool.stats().inUse === 1);
    await Promise.all([pool.close({ timeout: 0 }), dropIn.pool.mysqlpool.close({ timeout: 0 })]);
    for (const error of await Promise.all(told)) {
      assert.match(error.message, /^(?:Connection lost: )?shop: loan \d+ was cut off because the pool was closed$/);
    }
  });

  it('ends a statement that was being stopped', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2 });
    const [lease, other] = [await pool.acquire(), await pool.acquire()];
    const stopped = lease.query('SELECT SLEEP(60), "stopped on closing"', [], { timeout: 100 });
    await assert.rejects(stopped, { code: 'MYSQL_QUERY_TIMEOUT' });
    const closed = pool.close({ timeout: 5_000 });
    await gone(server, '"stopped on closing"');
    assert.equal((await one(lease, 'SELECT 1 AS n'))['n'], 1);
    lease.release();
    other.release();
    await closed;
  });

  it('does not wait for long for a server that is silent', async (t) => {
    const server = await getServer();
    const proxy = await proxyTo(server);
    t.after(() => proxy.close());
    const pool = poolOn(t, proxy.url(server.url()), { maxSize: 2 });
    const lost = pool.query('SELECT SLEEP(2), "silent on closing"').catch(() => undefined);
    await runs(server, '"silent on closing"');
    proxy.blackhole();
    const started = performance.now();
    await pool.close({ timeout: 100 });
    await lost;
    // The time-out of close, a second for the KILL, and time for a busy machine.
    assert.ok(performance.now() - started < 3_000);
    assert.equal(pool.stats().size, 0);
  });
});
