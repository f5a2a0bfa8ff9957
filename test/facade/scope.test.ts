import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PoolConnection } from 'mysql2';
import { autoCloseDb, SelfDeadlockError } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { first, firstOf, poolOn, promisePoolOn, take } from './support.js';

eachServer('autoCloseDb reaches what is taken through the facade', (_kind, getServer) => {
  it('by callback, clean and without the listeners of the function', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    let left: PoolConnection | undefined;
    const released: unknown[] = [];
    pool.on('release', (connection) => released.push(connection));
    await autoCloseDb.run(async () => {
      left = await take(pool);
      left.on('error', function ofTheFunction() {});
      await left.promise().query("SET time_zone = '+05:00'");
    });
    assert.deepEqual(released, [left]);
    const again = await take(pool);
    assert.equal(again, left);
    assert.ok(!again.listeners('error').some(({ name }) => name === 'ofTheFunction'));
    assert.notEqual((await first(again, 'SELECT @@time_zone AS zone'))['zone'], '+05:00');
    // The function that kept it gives it back late: nobody can tell by the object.
    again.release();
    left!.release();
    assert.equal(pool.mysqlpool.stats().idle, 1);
  });

  it('by promise, and what is out of date does nothing', async (t) => {
    const pool = promisePoolOn(t, await getServer(), { connectionLimit: 1 });
    const left = await autoCloseDb.run(async () => {
      const connection = await pool.getConnection();
      await connection.beginTransaction();
      return connection;
    });
    const next = await pool.getConnection();
    left.release();
    await assert.rejects(left.query('SELECT 1'), { code: 'POOL_LEASE_ENDED' });
    assert.equal((await firstOf(next, 'SELECT 1 AS n'))['n'], 1);
    next.release();
  });

  it('and a caller that waits for itself is told so', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    await autoCloseDb.run(async () => {
      await take(pool);
      await assert.rejects(take(pool), SelfDeadlockError);
    });
    assert.equal(pool.mysqlpool.stats().idle, 1);
  });

  it('and shares one connection in it where that is asked for', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 2, contextLocal: true });
    await autoCloseDb.run(async () => {
      const [one, two] = [await take(pool), await pool.promise().getConnection()];
      assert.equal(two.connection, one);
      two.release();
      assert.equal(pool.mysqlpool.stats().inUse, 1);
      assert.equal((await first(one, 'SELECT 1 AS n'))['n'], 1);
      one.release();
      assert.equal(pool.mysqlpool.stats().inUse, 0);
    });
  });
});
