import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { channels, type AnyPool } from 'node-mysqlpool/pool';
import { watchPools } from '#internal/metrics/watch-pools.js';
import { fakePool } from '../pool/support/pool.js';

/** Watches, and notes what comes and goes as `+name` and `-name`. */
function watched(t: TestContext, pools?: readonly AnyPool[]): { readonly seen: string[]; readonly stop: () => void } {
  const seen: string[] = [];
  const stop = watchPools(pools, (pool) => {
    seen.push(`+${pool.name}`);
    return () => seen.push(`-${pool.name}`);
  });
  t.after(stop);
  return { seen, stop };
}

describe('a watch of all pools', () => {
  it('finds those made before and after, each once, and lets go of those that are closed', async (t) => {
    const before = fakePool(t, { name: 'before' });
    await before.clock.settle();
    // Its announcement is still to come.
    fakePool(t, { name: 'now' });
    const { seen, stop } = watched(t);
    const after = fakePool(t, { name: 'after' });
    await after.clock.settle();
    assert.deepEqual(seen, ['+before', '+now', '+after']);
    await before.finish();
    assert.deepEqual(seen.slice(3), ['-before']);
    stop();
    stop();
    assert.deepEqual(seen.slice(4), ['-now', '-after']);
    await after.finish();
    await fakePool(t, { name: 'late' }).clock.settle();
    assert.equal(seen.length, 6);
  });

  it('leaves no subscriber behind', async (t) => {
    assert.equal(channels.poolOpened.hasSubscribers, false);
    const { stop } = watched(t);
    assert.equal(channels.poolOpened.hasSubscribers, true);
    stop();
    assert.equal(channels.poolOpened.hasSubscribers, false);
    assert.equal(channels.poolClosed.hasSubscribers, false);
  });

  it('adds no listener to the pools, as that would slow their loans down', async (t) => {
    const { pool } = fakePool(t);
    let added = 0;
    const on = pool.on.bind(pool);
    pool.on = (...args) => (added++, on(...args));
    watched(t).stop();
    assert.equal(added, 0);
  });
});

describe('a watch of given pools', () => {
  it('knows only those, names none twice, and passes over what is closed', async (t) => {
    const one = fakePool(t, { name: 'one' });
    const two = fakePool(t, { name: 'two' });
    const gone = fakePool(t, { name: 'gone' });
    await gone.finish();
    const { seen, stop } = watched(t, [two.pool, gone.pool, two.pool]);
    assert.equal(channels.poolOpened.hasSubscribers, false);
    await one.finish();
    await two.finish();
    stop();
    assert.deepEqual(seen, ['+two', '-two']);
  });

  it('refuses what is no pool, and watches nothing then', (t) => {
    const { pool } = fakePool(t);
    const refused = (pools: unknown, message: string): void => {
      assert.throws(() => watchPools(pools as AnyPool[], () => assert.fail('attached')), new TypeError(message));
      assert.equal(channels.poolClosed.hasSubscribers, false);
    };
    refused(pool, 'pools: expected a list of pools, got a single one');
    refused('orders', 'pools: expected a list of pools, got "orders"');
    refused([pool, {}], 'pools[1]: expected a pool of node-mysqlpool, got an object that is none');
    refused([new Map()], 'pools[0]: expected a pool of node-mysqlpool, got an object of class Map');
    refused([undefined], 'pools[0]: expected a pool of node-mysqlpool, got undefined');
    refused([Object.create(null)], 'pools[0]: expected a pool of node-mysqlpool, got an object that is none');
  });
});
