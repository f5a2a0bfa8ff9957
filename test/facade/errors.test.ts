import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AcquireTimeoutError, PoolClosedError } from 'node-mysqlpool/pool';
import { internals } from '#internal/mysql/driver.js';
import { eachServer } from '../support/servers/shared.js';
import { proxyTo } from '../mysql/support.js';
import { first, poolOn, promisePoolOn, take } from './support.js';

eachServer('errors of the drop-in pool', (_kind, getServer) => {
  it('have the text of mysql2 and a code when the pool is closed', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const held = await take(pool);
    const waiting = [take(pool), first(pool, 'SELECT 1')];
    pool.end();
    const expected = { message: 'Pool is closed.', code: 'POOL_CLOSED' };
    for (const each of waiting) await assert.rejects(each, expected);
    await assert.rejects(take(pool), expected);
    await assert.rejects(take(pool), (error: Error) => error.cause instanceof PoolClosedError);
    await assert.rejects(pool.promise().getConnection(), expected);
    await assert.rejects(pool.promise().execute('SELECT 1'), expected);
    held.release();
  });

  it('tell of a loss from the moment when the server has hung up, before its socket is closed', async (t) => {
    const server = await getServer();
    const pool = promisePoolOn(t, server, { connectionLimit: 1 });
    const connection = await pool.getConnection();
    const { stream } = internals(connection.connection as never);
    // The pool hears of it in this tick.
    const hungUp = new Promise<void>((resolve) => stream.once('end', () => process.nextTick(resolve)));
    const told = hungUp.then(() => Promise.allSettled([connection.query('SELECT 1'), connection.execute('SELECT 1')]));
    await server.admin(`KILL ${connection.threadId}`);
    for (const outcome of await told) {
      assert.ok(outcome.status === 'rejected');
      assert.match((outcome.reason as Error).message, /closed the connection|was lost|was killed|ECONNRESET/i);
    }
  });

  it('tell who forgets the callback', async (t) => {
    const pool = poolOn(t, await getServer());
    assert.throws(() => pool.getConnection(undefined as never), /expected a callback, got undefined; pool.promise\(\)/);
  });

  it('come at once when nobody is to wait', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1, waitForConnections: false });
    const held = await take(pool);
    await assert.rejects(take(pool), { message: 'No connections available.', code: 'POOL_CONNLIMIT' });
    pool.config.waitForConnections = true;
    const waiting = take(pool);
    held.release();
    (await waiting).release();
  });

  it('come at once when the line is full, and not before', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 3, queueLimit: 2 });
    // Three are being opened: whoever waits for one of those is in nobody's line.
    const served = Array.from({ length: 5 }, () => take(pool));
    await assert.rejects(take(pool), { message: 'Queue limit reached.', code: 'POOL_ENQUEUELIMIT' });
    const held = await Promise.all(served.slice(0, 3));
    await assert.rejects(take(pool), { code: 'POOL_ENQUEUELIMIT' });
    pool.config.queueLimit = 0;
    const more = take(pool);
    for (const connection of held) connection.release();
    for (const connection of await Promise.all([...served.slice(3), more])) connection.release();
    const strict = poolOn(t, await getServer(), { maxSize: 1, maxWaiters: 0 });
    const one = await take(strict);
    await assert.rejects(take(strict), { message: 'Queue limit reached.', code: 'POOL_ENQUEUELIMIT' });
    one.release();
  });

  it('name the time-out, with all we know as cause', async (t) => {
    const pool = promisePoolOn(t, await getServer(), { connectionLimit: 1, name: 'shop' });
    const held = await pool.getConnection();
    // Only now: the first connection may take longer to be opened.
    pool.pool.mysqlpool.resize({ acquireTimeout: 20 });
    await assert.rejects(pool.getConnection(), (error: Error & { code?: unknown }) => {
      assert.equal(error.code, 'POOL_ACQUIRE_TIMEOUT');
      assert.ok(error.cause instanceof AcquireTimeoutError);
      assert.match(error.message, /^shop: no connection within \d+ ms \(waiting; size 1\/1/);
      return true;
    });
    await assert.rejects(pool.query('SELECT 1'), { code: 'POOL_ACQUIRE_TIMEOUT' });
    held.release();
  });

  it('are the own of the server when it does not let us in', async (t) => {
    const server = await getServer();
    const wrong = promisePoolOn(t, server, { user: 'nobody', password: 'wrong' });
    await assert.rejects(wrong.query('SELECT 1'), (error: Error & Record<string, unknown>) => {
      assert.equal(error['code'], 'ER_ACCESS_DENIED_ERROR');
      assert.equal(error['errno'], 1045);
      assert.match(error.message, /^Access denied for user 'nobody'@/);
      return true;
    });
    const missing = poolOn(t, server, { database: 'not_there' });
    await assert.rejects(take(missing), { code: 'ER_BAD_DB_ERROR', errno: 1049 });
  });

  it('are the own of the driver when nothing answers', async (t) => {
    const proxy = await proxyTo(await getServer());
    t.after(() => proxy.close());
    const pool = poolOn(t, `mysql://app@127.0.0.1:${proxy.port}/x`, { acquireTimeout: 300, connectTimeout: 100 });
    proxy.blackhole();
    await assert.rejects(take(pool), { message: 'connect ETIMEDOUT', code: 'ETIMEDOUT', syscall: 'connect' });
    await proxy.close();
    const refused = poolOn(t, `mysql://app@127.0.0.1:${proxy.port}/x`, { acquireTimeout: 100 });
    await assert.rejects(first(refused, 'SELECT 1'), { code: 'ECONNREFUSED', syscall: 'connect' });
  });
});
