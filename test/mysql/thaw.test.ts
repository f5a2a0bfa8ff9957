/**
 * After a process was stopped, an answer that it reads may be old: the server may have closed the connection since
 * then.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachServer } from '../support/servers/shared.js';
import { idOf, poolOn, runs } from './support.js';

/** Blocks the thread, like a stopped process: nothing is read meanwhile. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

eachServer('a process that stood still', (_kind, getServer) => {
  it('takes no answer that lay unread for a sign of life', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, {
      maxSize: 1,
      onConnect: (connection) => connection.promise().query('SET SESSION wait_timeout = 1'),
    });
    await pool.query('SELECT 1');
    const text = 'SELECT SLEEP(0.3) /* before it stood still */';
    const next = pool.query(text).then(() => pool.query('SELECT 2 AS n'));
    await runs(server, 'before it stood still');
    // Meanwhile the server answers, waits 1 s for the next command, and closes the connection.
    standStill(2_600);
    assert.deepEqual((await next)[0], [{ n: 2 }]);
  });

  it('in the middle of a ping takes the answer that lay unread for one', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1, ping: 'always', pingTimeout: 200 });
    const id = await idOf(pool);
    let isServed = false;
    const next = pool.acquire().finally(() => (isServed = true));
    // The ping was sent, but its answer is not read yet.
    await Promise.resolve();
    assert.equal(isServed, false);
    standStill(1_000);
    await using lease = await next;
    assert.equal(await idOf(lease), id);
    assert.equal(pool.stats().total.opened, 1);
  });

  it('takes no connection for alive that it has used before', async (t) => {
    const pool = poolOn(t, await getServer(), {
      maxSize: 1,
      onConnect: (connection) => connection.promise().query('SET SESSION wait_timeout = 1'),
    });
    await pool.query('SELECT 1');
    await new Promise((resolve) => setImmediate(resolve));
    standStill(2_200);
    assert.deepEqual((await pool.query('SELECT 2 AS n'))[0], [{ n: 2 }]);
  });
});
