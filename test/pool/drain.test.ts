import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watch } from './support/outcome.js';
import { fakePool } from './support/pool.js';

describe('drain', () => {
  it('serves callers as usual until nobody has a connection and nobody waits, then closes', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const events = fake.record('poolDraining', 'poolClosing', 'poolClosed');
    const lease = await fake.acquire();
    const drained = watch(fake.pool.drain({ timeout: 1_000 }));
    assert.equal(fake.pool.drain(), fake.pool.drain(), 'a further call returns the same promise');
    assert.deepEqual([fake.pool.state, fake.pool.stats().state], ['draining', 'draining']);
    const waiting = fake.ask();
    await fake.clock.advance(500);
    lease.release();
    await fake.clock.settle();
    waiting.value.release();
    assert.deepEqual([(await fake.acquire()).id, drained.state], [3, 'pending'], 'one who comes in that moment');
    await fake.clock.advance(499);
    assert.deepEqual([drained.state, fake.pool.state], ['pending', 'draining']);
    await fake.clock.advance(1);
    assert.deepEqual([drained.state, fake.pool.state], ['resolved', 'closed']);
    assert.deepEqual(events.map(({ event }) => event), ['poolDraining', 'poolClosing', 'poolClosed']); // prettier-ignore
  });

  it('waits for those in line too, and ends when the last of them has given up', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    fake.connector.opening.usual = { hang: true };
    const asked = fake.ask({ timeout: 300 });
    const drained = watch(fake.pool.drain());
    await fake.clock.advance(299);
    assert.equal(drained.state, 'pending');
    await fake.clock.advance(1);
    assert.deepEqual([asked.error.code, drained.state], ['POOL_ACQUIRE_TIMEOUT', 'resolved']);
  });

  it('of an idle pool closes it at once; close ends it early, and settles it', async (t) => {
    const idle = fakePool(t);
    await idle.warm(1);
    const drained = watch(idle.pool.drain({ timeout: Infinity }));
    await idle.clock.settle();
    assert.equal(drained.state, 'resolved');
    const busy = fakePool(t);
    const lease = await busy.acquire();
    const [draining, closed] = [watch(busy.pool.drain()), watch(busy.pool.close({ timeout: 100 }))];
    assert.equal(busy.pool.state, 'closing');
    await busy.clock.advance(100);
    assert.deepEqual([draining.state, closed.state, lease.active], ['resolved', 'resolved', false]);
  });

  it('is begun once, also when a listener drains the pool again', async (t) => {
    const fake = fakePool(t);
    const events = fake.record('poolDraining', 'poolClosed');
    fake.pool.on('poolDraining', () => void fake.pool.drain());
    const lease = await fake.acquire();
    const drained = watch(fake.pool.drain());
    lease.release();
    await fake.clock.settle();
    assert.deepEqual([drained.state, events.length], ['resolved', 2]);
  });

  it('ends at once when a listener closes the pool as it begins', async (t) => {
    const fake = fakePool(t);
    fake.pool.on('poolDraining', () => void fake.pool.close({ timeout: 100 }));
    const lease = await fake.acquire();
    const drained = watch(fake.pool.drain());
    assert.equal(fake.pool.state, 'closing');
    await fake.clock.advance(100);
    assert.deepEqual([lease.active, drained.state], [false, 'resolved']);
  });

  for (const [close, cutOff] of [
    [10_000, 1_000],
    [100, 700],
  ] as const) {
    // prettier-ignore
    it(`of 1,000 ms that is closed after 600 ms, within ${close} ms: loans are cut off after ${cutOff} ms`, async (t) => {
      const fake = fakePool(t);
      const lease = await fake.acquire();
      const drained = watch(fake.pool.drain({ timeout: 1_000 }));
      await fake.clock.advance(600);
      const closed = watch(fake.pool.close({ timeout: close }));
      await fake.clock.advance(cutOff - 601);
      assert.equal(lease.active, true);
      await fake.clock.advance(1);
      assert.deepEqual([lease.active, drained.state, closed.state], [false, 'resolved', 'resolved']);
    });
  }

  it('refuses options that it does not know, and goes on as before', async (t) => {
    const fake = fakePool(t);
    const wrong = watch(fake.pool.drain({ timout: 5 } as object));
    await fake.clock.settle();
    assert.match(wrong.error.message, /^test: drain: unknown option "timout" \(did you mean "timeout"\?\)$/);
    assert.equal(fake.pool.state, 'open');
  });
});
