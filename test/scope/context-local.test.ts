import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { fakePool } from './support/scoped-pool.js';

describe('contextLocal', () => {
  it('gives the same connection again and again within a scope, and gives it back once at the end', async (t) => {
    const fake = fakePool(t, { contextLocal: true });
    await autoCloseDb(async () => {
      const first = await fake.pool.acquire();
      const second = await fake.pool.acquire();
      assert.equal(second.connection, first.connection);
      assert.notEqual(second, first);
      first.release();
      assert.equal(second.active, true, 'it goes back with the last');
      assert.equal(fake.pool.stats().inUse, 1);
      await fake.pool.use((lease) => assert.equal(lease.connection, second.connection));
      assert.equal(second.active, true);
    })();
    assert.deepEqual(fake.counts(), { size: 1, idle: 1, inUse: 0, connecting: 0, closing: 0, waiters: 0 });
    assert.equal(fake.connector.calls('clean'), 1);
  });

  it('shares one among branches that run side by side, also when they ask before it is there', async (t) => {
    const fake = fakePool(t, { contextLocal: true });
    await autoCloseDb(async () => {
      const branch = async (): Promise<object> => {
        const lease = await fake.pool.acquire();
        await turn();
        return lease.connection;
      };
      const connections = await Promise.all([branch(), branch(), branch(), fake.pool.use((lease) => lease.connection)]);
      assert.equal(new Set(connections).size, 1);
    })();
    assert.equal(fake.connector.calls('open'), 1);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('has the next branch try again when the first one’s dial fails', async (t) => {
    const fake = fakePool(t, { contextLocal: true, acquireTimeout: Infinity });
    const stop = new AbortController();
    await autoCloseDb(async () => {
      fake.connector.opening.next({ hang: true });
      const first = fake.pool.acquire({ signal: stop.signal });
      const second = fake.pool.acquire();
      stop.abort(new Error('enough'));
      await assert.rejects(first, /enough/);
      await fake.clock.advance(60_000);
      assert.equal((await second).active, true);
    })();
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('gives each scope its own: side by side, and one inside the other', async (t) => {
    const fake = fakePool(t, { contextLocal: true });
    const take = autoCloseDb(async (inside?: () => Promise<object>): Promise<object> => {
      const lease = await fake.pool.acquire();
      await turn();
      if (inside !== undefined) assert.notEqual(await inside(), lease.connection);
      assert.equal(lease.active, true);
      return lease.connection;
    });
    const [one, two] = await Promise.all([take(), take()]);
    assert.notEqual(one, two);
    await take(() => take());
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('shares nothing outside of scopes, where there is no context', async (t) => {
    const { pool } = fakePool(t, { contextLocal: true });
    const [one, two] = await Promise.all([pool.acquire(), pool.acquire()]);
    assert.notEqual(one.connection, two.connection);
    one.release();
    two.release();
  });

  it('is what SingletonThreadPool means', async (t) => {
    const { pool } = fakePool(t, { poolClass: 'SingletonThreadPool' });
    await autoCloseDb(async () => {
      const first = await pool.acquire();
      assert.equal((await pool.acquire()).connection, first.connection);
    })();
    assert.equal(pool.stats().inUse, 0);
  });
});
