import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakePool } from './support/pool.js';

describe('acquire and release', () => {
  it('opens nothing, and sets no timer, before the first acquire', async (t) => {
    const { pool, clock, connector } = fakePool(t);
    await clock.advance(60_000);
    assert.deepEqual(connector.trace, []);
    assert.deepEqual(clock.timers(), []);
    assert.equal(pool.stats().size, 0);
  });

  it('opens a connection for the first caller and lends it again to the next', async (t) => {
    const fake = fakePool(t);
    const first = await fake.acquire();
    const { connection } = first;
    assert.deepEqual(fake.counts(), { size: 1, idle: 0, inUse: 1, connecting: 0, closing: 0, waiters: 0 });
    first.release();
    assert.deepEqual(fake.counts(), { size: 1, idle: 1, inUse: 0, connecting: 0, closing: 0, waiters: 0 });
    const second = await fake.acquire();
    assert.equal(second.connection, connection);
    assert.notEqual(second, first);
    assert.deepEqual(fake.connector.trace, ['open 1', 'opened 1', 'clean 1 auto']);
  });
});
