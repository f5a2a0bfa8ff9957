import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PoolConnection } from 'mysql2';
import { PoolError } from 'node-mysqlpool/pool';
import { eachServer } from '../support/servers/shared.js';
import { first, firstOf, poolOn, promisePoolOn, take } from './support.js';

const idOf = async (connection: PoolConnection): Promise<number> =>
  Number((await first(connection, 'SELECT CONNECTION_ID() AS id'))['id']);

eachServer('giving back', (_kind, getServer) => {
  it('hands the same object to one borrower after the other', async (t) => {
    const pool = poolOn(t, await getServer());
    const one = await take(pool);
    const two = await take(pool);
    Object.assign(two, { mark: 7 });
    one.release();
    two.release();
    const again = await take(pool);
    assert.equal(again, two);
    assert.equal((again as { mark?: unknown }).mark, 7);
    again.release();
  });

  it('and destroying it right after lends the dead connection to nobody, neither from the line nor later', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    for (const waits of [true, false]) {
      const connection = await take(pool);
      const id = await idOf(connection);
      const waiting = waits ? take(pool) : undefined;
      connection.release();
      connection.destroy();
      const next = await (waiting ?? take(pool));
      assert.notEqual(await idOf(next), id);
      next.release();
    }
  });

  it('twice is the same as once', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 2 });
    for (const give of ['release', 'releaseConnection', 'end', 'dispose'] as const) {
      const connection = await take(pool);
      for (let times = 0; times < 2; times++) {
        if (give === 'releaseConnection') pool.releaseConnection(connection);
        else if (give === 'dispose') connection[Symbol.dispose]();
        else connection[give]();
      }
      const [one, two] = [await take(pool), await take(pool)];
      assert.notEqual(one, two, give);
      assert.notEqual(await idOf(one), await idOf(two), give);
      one.release();
      two.release();
    }
    assert.deepEqual(counts(pool), { size: 2, idle: 2, inUse: 0 });
  });

  it('of a promise wrapper that is out of date does nothing to the next borrower', async (t) => {
    const pool = promisePoolOn(t, await getServer(), { connectionLimit: 1 });
    const old = await pool.getConnection();
    old.release();
    const next = await pool.getConnection();
    assert.notEqual(old, next);
    assert.equal(old.connection, next.connection);
    old.release();
    old.destroy();
    await old.end();
    pool.releaseConnection(old);
    await old[Symbol.asyncDispose]();
    assert.equal(pool.pool.mysqlpool.stats().inUse, 1);
    assert.equal((await firstOf(next, 'SELECT 1 AS n'))['n'], 1);
    next.release();
    assert.equal(pool.pool.mysqlpool.stats().inUse, 0);
  });

  it('of the wrapper that promise() gives ends that loan alone', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const connection = await take(pool);
    const wrapper = connection.promise();
    wrapper.release();
    const next = await take(pool);
    wrapper.release();
    assert.equal(pool.mysqlpool.stats().inUse, 1);
    next.release();
  });

  it('leaves a promise wrapper that refuses to work', async (t) => {
    const pool = promisePoolOn(t, await getServer());
    const connection = await pool.getConnection();
    connection.release();
    const calls = [
      () => connection.query('SELECT 1'),
      () => connection.execute('SELECT 1'),
      () => connection.prepare('SELECT 1'),
      () => connection.beginTransaction(),
      () => connection.commit(),
      () => connection.rollback(),
      () => connection.ping(),
      () => connection.reset(),
      () => connection.changeUser({}),
    ];
    for (const call of calls) {
      await assert.rejects(call(), (error) => error instanceof PoolError && error.code === 'POOL_LEASE_ENDED');
    }
  });

  it('by releaseConnection works for connections of the other kind too', async (t) => {
    const pool = poolOn(t, await getServer());
    const promised = pool.promise();
    pool.releaseConnection(await promised.getConnection());
    promised.releaseConnection((await take(pool)) as never);
    assert.equal(pool.mysqlpool.stats().inUse, 0);
  });

  it('by end() keeps the connection, unless gracefulEnd says otherwise', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server);
    const connection = await take(pool);
    let ended = 0;
    connection.end(() => ended++);
    assert.equal(ended, 1);
    assert.equal(await take(pool), connection);
    connection.release();
    const graceful = poolOn(t, server, { gracefulEnd: true });
    const other = await take(graceful);
    await new Promise<void>((resolve) => other.end(() => resolve()));
    const next = await take(graceful);
    assert.notEqual(next, other);
    next.release();
  });

  it('by destroy() makes room for another connection', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const connection = await take(pool);
    const waiting = take(pool);
    connection.destroy();
    connection.destroy();
    connection.release();
    const next = await waiting;
    assert.notEqual(next, connection);
    assert.equal((await first(next, 'SELECT 1 AS n'))['n'], 1);
    assert.equal(pool.mysqlpool.stats().size, 1);
    next.release();
  });

  it('by destroy() fails what was running', async (t) => {
    const pool = poolOn(t, await getServer());
    const connection = await take(pool);
    const running = first(connection, 'SELECT SLEEP(30)');
    connection.destroy();
    await assert.rejects(running, { code: 'PROTOCOL_CONNECTION_LOST', fatal: true });
  });

  it('rolls back what was left open', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const connection = await take(pool);
    await first(connection, "SELECT 1, @mark := 'left'");
    await connection.promise().beginTransaction();
    connection.release();
    assert.equal((await first(pool, 'SELECT @mark AS mark'))['mark'], null);
  });

  for (const resetOnRelease of [false, true]) {
    it(`takes the listeners of the borrower along (resetOnRelease ${resetOnRelease})`, async (t) => {
      const pool = poolOn(t, await getServer(), { connectionLimit: 1, resetOnRelease });
      const warnings: Error[] = [];
      const warn = (warning: Error): unknown => warnings.push(warning);
      process.on('warning', warn);
      t.after(() => process.off('warning', warn));
      pool.on('connection', (connection) => connection.on('error', function ofTheApplication() {}));
      const counted: unknown[] = [];
      for (let loan = 0; loan < 15; loan++) {
        const connection = await take(pool);
        const names = connection.listeners('error').map(({ name }) => name);
        counted.push([names.includes('ofTheApplication'), names.length, connection.eventNames().length]);
        for (const event of ['error', 'end', 'x']) connection.on(event, () => undefined);
        if (loan % 4 === 3) connection.removeAllListeners();
        connection.release();
      }
      for (const each of counted) assert.deepEqual(each, counted[0]);
      assert.equal((counted[0] as unknown[])[0], true);
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(warnings, []);
      assert.equal(pool.mysqlpool.stats().total.opened, 1);
    });
  }
});

function counts(pool: ReturnType<typeof poolOn>): object {
  const { size, idle, inUse } = pool.mysqlpool.stats();
  return { size, idle, inUse };
}
