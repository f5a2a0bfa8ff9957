import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openPools } from 'node-mysqlpool/pool';
import { fakePool } from './support/pool.js';

describe('openPools', () => {
  it('lists the pools of the process in the order they were made in, until they are closed', async (t) => {
    const before = openPools();
    const one = fakePool(t);
    const two = fakePool(t);
    assert.deepEqual(openPools().slice(before.length), [one.pool, two.pool]);
    const closed = one.pool.close();
    await one.clock.advance(0);
    await closed;
    assert.ok(!openPools().includes(one.pool));
    assert.ok(openPools().includes(two.pool));
  });

  it('still lists one that is closing', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    const closed = fake.pool.close();
    assert.ok(openPools().includes(fake.pool));
    lease.release();
    await fake.clock.advance(0);
    await closed;
    assert.ok(!openPools().includes(fake.pool));
  });
});
