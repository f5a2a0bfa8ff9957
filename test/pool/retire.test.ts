import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Issuer } from './support/issuer.js';
import { fakePool } from './support/pool.js';

describe('a connection that is closed while it is being seen to', () => {
  const ways = ['resize', 'shed'] as const;
  for (const way of ways) {
    it(`is not handed to the caller who waits when its ping is answered after a ${way}`, async (t) => {
      const permits = new Issuer(1);
      const fake = fakePool(t, { maxSize: 2, keepaliveInterval: 1_000, idleTimeout: 0 }, { permits });
      await fake.warm(1);
      fake.connector.pinging.usual = { after: 200 };
      fake.connector.closing.usual = { after: 500 };
      await fake.clock.advance(1_300);
      assert.equal(fake.connector.calls('ping'), 1, 'the keepalive');
      if (way === 'resize') fake.pool.resize({ maxIdle: 0 });
      else assert.equal(permits.holder.shed(1), 1);
      const asked = fake.ask();
      await fake.clock.advance(2_000);
      assert.equal(asked.value.connection.id, 2);
    });
  }

  it('has one end, whatever listeners do in the middle of an eviction', async (t) => {
    const permits = new Issuer(5);
    const fake = fakePool(t, { maxSize: 3, keepaliveInterval: 1_000 }, { permits });
    await fake.warm(3);
    fake.connector.pinging.usual = { after: 500 };
    await fake.clock.advance(1_300);
    assert.equal(fake.connector.calls('ping'), 3);
    const closed = fake.record('closed');
    // Connections that are being pinged are closed at once, while the eviction still iterates over all connections.
    let again = true;
    fake.pool.on('closed', () => {
      if (again) fake.pool.evict();
      again = false;
    });
    fake.pool.evict();
    await fake.clock.advance(1_000);
    const ids = closed.map((event) => 'connection' in event && event.connection);
    assert.deepEqual(
      ids.toSorted((a, b) => Number(a) - Number(b)),
      [1, 2, 3],
    );
    assert.equal(fake.connector.calls('destroy'), 3);
    assert.equal(permits.taken, fake.counts().size);
  });

  it('ends a loan once when close has destroyed it and it is released afterwards', async (t) => {
    const fake = fakePool(t);
    const released = fake.record('released');
    const lease = await fake.acquire();
    void fake.pool.close({ timeout: 0 });
    await fake.clock.advance(0);
    lease.release();
    lease.destroy();
    assert.equal(released.length, 1);
  });
});

describe('limits, to the millisecond', () => {
  it('what comes back at the end of its lifetime is closed', async (t) => {
    const fake = fakePool(t, { maxLifetime: 10_000, idleTimeout: 0, keepaliveInterval: 0 }, { random: () => 0 });
    const closed = fake.record('closed');
    const lease = await fake.acquire();
    fake.clock.blocked(10_000);
    lease.release();
    await fake.clock.settle();
    assert.deepEqual(closed, [{ event: 'closed', connection: 1, reason: 'lifetime', cause: undefined }]);
  });

  it('what is being closed has no room for a caller who will not wait, nor beyond maxWaiters', async (t) => {
    const fake = fakePool(t, { maxSize: 1, maxWaiters: 0 });
    await fake.warm(1);
    fake.connector.closing.usual = { after: 100 };
    fake.pool.evict();
    const [now, waiting] = [fake.ask({ timeout: 0 }), fake.ask()];
    await fake.clock.settle();
    assert.deepEqual([now.error.code, waiting.error.code], ['POOL_QUEUE_FULL', 'POOL_QUEUE_FULL']);
    fake.pool.resize({ maxWaiters: 1 });
    const late = fake.ask({ timeout: 0 });
    await fake.clock.settle();
    assert.equal(late.error.code, 'POOL_ACQUIRE_TIMEOUT');
  });

  it('hooks that ask the server nothing do not put off the keepalive', async (t) => {
    const fake = fakePool(t, { maxSize: 1, keepaliveInterval: 2_000, ping: 'never', idleTimeout: 0 });
    fake.connector.tellsLife = true;
    const lease = await fake.acquire();
    lease.onReturn(() => new Promise<void>((resolve) => fake.clock.arrive(1_500, resolve)));
    lease.release();
    await fake.clock.advance(2_501);
    assert.equal(fake.connector.calls('ping'), 1);
  });

  it('a caller who leaves during an outage leaves no timer that holds the process, and no wish for a permit', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, {}, { permits, random: () => 0.999 });
    fake.connector.opening.usual = { fail: new Error('down') };
    const controller = new AbortController();
    fake.ask({ signal: controller.signal });
    await fake.clock.advance(10);
    assert.ok(fake.clock.timers(true).length > 0);
    controller.abort();
    await fake.clock.settle();
    assert.deepEqual(fake.clock.timers(true), []);
    permits.free = 0;
    const second = new AbortController();
    fake.connector.opening.usual = {};
    fake.ask({ signal: second.signal });
    await fake.clock.advance(5_000);
    assert.equal(permits.calls.at(-1), 'take');
    second.abort();
    assert.equal(permits.calls.at(-1), 'withdraw');
  });

  it('a line in which one waits for ever does not grow with those who come and go', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: Infinity });
    await fake.acquire();
    fake.ask();
    for (let i = 0; i < 200; i++) {
      const controller = new AbortController();
      for (let j = 0; j < 50; j++) fake.ask({ signal: controller.signal });
      controller.abort();
    }
    await fake.clock.settle();
    assert.equal(fake.counts().waiters, 1);
    fake.rest();
  });
});
