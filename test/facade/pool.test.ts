import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as mysql2 from 'mysql2';
import * as mysql2Promise from 'mysql2/promise';
import { eachServer } from '../support/servers/shared.js';
import { first, firstOf, poolOn, promisePoolOn, take } from './support.js';

// Exported by mysql2 without a type.
const { Pool } = mysql2 as unknown as { readonly Pool: new () => object };
const { PromisePool } = mysql2Promise as unknown as { readonly PromisePool: new () => object };

eachServer('the drop-in pool', (_kind, getServer) => {
  it('answers statements by callback', async (t) => {
    const pool = poolOn(t, await getServer());
    assert.equal((await first(pool, 'SELECT ? AS n', [7]))['n'], 7);
    const rows = await new Promise((resolve, reject) => {
      pool.execute('SELECT ? AS n', [8], (error, result) => (error ? reject(error) : resolve(result)));
    });
    assert.deepEqual(JSON.parse(JSON.stringify(rows)), [{ n: 8 }]);
  });

  it('answers statements by promise', async (t) => {
    const pool = promisePoolOn(t, await getServer());
    assert.equal((await firstOf(pool, 'SELECT 7 AS n'))['n'], 7);
    const [rows] = await pool.execute('SELECT ? AS n', [8]);
    assert.deepEqual(JSON.parse(JSON.stringify(rows)), [{ n: 8 }]);
    const connection = await pool.getConnection();
    assert.equal((await firstOf(connection, 'SELECT 9 AS n'))['n'], 9);
    connection.release();
  });

  it('is made of mysql2 classes', async (t) => {
    const pool = poolOn(t, await getServer());
    const promised = pool.promise();
    const connection = await take(pool);
    const wrapper = await promised.getConnection();
    assert.ok(pool instanceof Pool);
    assert.ok(promised instanceof PromisePool);
    assert.equal(promised.pool, pool);
    assert.ok(connection instanceof mysql2.PoolConnection);
    assert.ok(connection instanceof mysql2.Connection);
    assert.ok(wrapper instanceof mysql2Promise.PoolConnection);
    assert.ok(connection.promise() instanceof mysql2Promise.PoolConnection);
    assert.ok(wrapper.connection instanceof mysql2.PoolConnection);
    connection.release();
    wrapper.release();
  });
});
