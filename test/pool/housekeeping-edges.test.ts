import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectUntil } from '../support/garbage.js';
import { fakePool } from './support/pool.js';

const QUIET = { idleTimeout: 0, keepaliveInterval: 0, maxLifetime: 0 };

describe('looking after idle connections', () => {
  it('closes the one that has been idle for longest, whichever was opened first', async (t) => {
    const fake = fakePool(t, { ...QUIET, minIdle: 2, maxSize: 3, idleTimeout: 10_000 });
    await fake.clock.settle();
    const leases = [await fake.acquire(), await fake.acquire(), await fake.acquire()];
    // All connections are due at the same run of the housekeeper.
    await fake.clock.advance(1_000);
    for (const lease of leases.toReversed()) {
      lease.release();
      await fake.clock.advance(1);
    }
    const closed = fake.record('closed');
    await fake.clock.advance(15_000);
    assert.deepEqual(closed, [{ event: 'closed', connection: 3, reason: 'idle', cause: undefined }]);
  });

  it('sends no keepalive to one that is used often enough', async (t) => {
    const fake = fakePool(t, { ...QUIET, maxSize: 1, ping: 'never', keepaliveInterval: 10_000 });
    for (let n = 0; n < 10; n++) {
      await fake.warm(1);
      await fake.clock.advance(6_000);
    }
    assert.equal(fake.connector.calls('ping'), 0);
    await fake.clock.advance(10_000);
    assert.equal(fake.connector.calls('ping'), 1);
  });

  it('suspects a leak at the very moment of the threshold', async (t) => {
    const fake = fakePool(t, { ...QUIET, maxSize: 1, leakThreshold: 10_000 });
    const events = fake.record('leakSuspected');
    const lease = await fake.acquire();
    await fake.clock.advance(9_999);
    assert.equal(events.length, 0);
    await fake.clock.advance(1);
    assert.equal(events.length, 1);
    lease.release();
  });

  it('takes a lease that was given back and forgotten for none that was lost, while another shares its loan', async (t) => {
    const fake = fakePool(t, { ...QUIET, maxSize: 1, leakThreshold: 1_000 });
    const shareAndGiveBack = async () => {
      const lease = await fake.acquire();
      const shared = lease.share();
      lease.release();
      return { shared };
    };
    const { shared } = await shareAndGiveBack();
    const events = fake.record('leakEnded', 'closed');
    assert.equal(await collectUntil(() => !shared.active || events.length > 0), false);
    shared.release();
    await fake.clock.settle();
    assert.deepEqual([events, fake.counts().idle], [[], 1]);
  });
});

describe('a great many callers whose time is over at once', () => {
  it('are told in several goes, between which others have their turn', async (t) => {
    const fake = fakePool(t, { ...QUIET, maxSize: 1, acquireTimeout: 100 });
    const lease = await fake.acquire();
    let first: number | undefined;
    const told = Array.from({ length: 5_000 }, () =>
      fake.pool.acquire().catch(() => {
        first ??= fake.pool.stats().waiters;
      }),
    );
    await fake.clock.advance(100);
    await Promise.all(told);
    assert.equal(first, 3_000);
    assert.equal(fake.pool.stats().waiters, 0);
    lease.release();
  });
});
