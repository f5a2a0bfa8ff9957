import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LeaseEndedError } from 'node-mysqlpool/pool';
import { watch } from './support/outcome.js';
import { fakePool, type FakeLease } from './support/pool.js';

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

  it('never opens more than maxSize, however many ask', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    fake.connector.opening.usual = { after: 20 };
    const asked = Array.from({ length: 40 }, () => fake.ask());
    let served = 0;
    for (let round = 0; round < 40 && served < 40; round++) {
      await fake.clock.advance(20);
      fake.check();
      for (const one of asked) {
        if (one.state !== 'resolved' || !one.value.active) continue;
        served++;
        one.value.release();
      }
    }
    assert.equal(served, 40);
    assert.equal(fake.connector.peak, 3);
    assert.equal(fake.connector.calls('open'), 3);
  });

  it('lends the connection returned last with order lifo', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    const leases = [await fake.acquire(), await fake.acquire(), await fake.acquire()];
    for (const index of [1, 2, 0]) leases[index]!.release();
    const order = [];
    for (let i = 0; i < 3; i++) order.push((await fake.acquire()).connection.id);
    assert.deepEqual(order, [1, 3, 2]);
  });

  it('lends the connection returned first with order fifo', async (t) => {
    const fake = fakePool(t, { maxSize: 3, order: 'fifo' });
    const leases = [await fake.acquire(), await fake.acquire(), await fake.acquire()];
    for (const index of [1, 2, 0]) leases[index]!.release();
    const order = [];
    for (let i = 0; i < 3; i++) order.push((await fake.acquire()).connection.id);
    assert.deepEqual(order, [2, 3, 1]);
  });

  it('counts size, idle and in use as loans come and go (SQLAlchemy test_queuepool_close)', async (t) => {
    const fake = fakePool(t, { maxSize: 6, maxIdle: 3 });
    const leases: FakeLease[] = [];
    const sizes = [];
    for (let i = 0; i < 6; i++) {
      leases.push(await fake.acquire());
      sizes.push([fake.counts().size, fake.counts().inUse]);
    }
    assert.deepEqual(sizes, [[1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 6]]); // prettier-ignore
    for (const lease of leases.splice(3)) lease.release();
    assert.deepEqual([fake.counts().idle, fake.counts().inUse], [3, 3]);
    for (const lease of leases.splice(0)) lease.release();
    await fake.clock.settle();
    assert.deepEqual([fake.counts().size, fake.counts().idle, fake.counts().inUse], [3, 3, 0]);
  });

  it('closes what comes back above maxIdle, and never what lies below it (SQLAlchemy test_overflow_no_gc)', async (t) => {
    const fake = fakePool(t, { maxSize: 4, maxIdle: 2 });
    for (let round = 0; round < 5; round++) await fake.warm(4);
    assert.equal(fake.connector.calls('close'), 10);
    assert.equal(fake.connector.calls('open'), 12);
    assert.equal(fake.connector.live.size, 2);
  });

  it('keeps one above maxIdle for whoever waits', async (t) => {
    const fake = fakePool(t, { maxSize: 1, maxIdle: 0 });
    const first = await fake.acquire();
    const next = fake.ask();
    const { connection } = first;
    first.release();
    await fake.clock.advance(0);
    assert.equal(next.value.connection, connection);
    next.value.release();
    await fake.clock.settle();
    assert.equal(fake.counts().size, 0);
  });

  it('serves an idle connection without a turn of the event loop', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    const order: string[] = [];
    setImmediate(() => order.push('loop'));
    const lease = await fake.pool.acquire();
    order.push('lease');
    lease.release();
    await fake.clock.settle();
    assert.deepEqual(order, ['lease', 'loop']);
  });

  it('counts without bound when maxSize is Infinity', async (t) => {
    const fake = fakePool(t, { maxSize: Infinity, maxConnecting: 100 });
    const asked = Array.from({ length: 60 }, () => fake.ask());
    await fake.clock.advance(5_000);
    assert.equal(asked.filter((one) => one.state === 'resolved').length, 60);
    for (const one of asked) one.value.release();
    assert.equal(fake.counts().idle, 60);
  });
});

describe('use', () => {
  it('gives back on return and hands the result through', async (t) => {
    const fake = fakePool(t);
    const result = await fake.pool.use((lease) => {
      assert.equal(fake.counts().inUse, 1);
      return lease.connection.id + 41;
    });
    assert.equal(result, 42);
    assert.deepEqual([fake.counts().inUse, fake.counts().idle], [0, 1]);
  });

  it('gives back when the function throws, at once or later, and lets the error through', async (t) => {
    const fake = fakePool(t);
    const error = new Error('no');
    await assert.rejects(
      fake.pool.use(() => {
        throw error;
      }),
      error,
    );
    await assert.rejects(
      fake.pool.use(() => Promise.reject(error)),
      error,
    );
    assert.deepEqual([fake.counts().inUse, fake.counts().idle], [0, 1]);
  });

  it('copes with a function that gave back, or destroyed, its lease itself', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.pool.use((lease) => lease.release());
    await fake.pool.use((lease) => lease.destroy());
    assert.equal(fake.counts().size, 0);
    const connection = await fake.pool.use((lease) => lease.detach());
    fake.connector.detached.add(connection);
    assert.equal((await fake.acquire()).connection.id, 3);
  });

  it('passes time-out and signal on', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.acquire();
    const late = watch(fake.pool.use(() => 1, { timeout: 10 }));
    const controller = new AbortController();
    const aborted = watch(fake.pool.use(() => 1, { signal: controller.signal }));
    controller.abort(new Error('enough'));
    await fake.clock.advance(10);
    assert.equal(late.error.code, 'POOL_ACQUIRE_TIMEOUT');
    assert.equal(aborted.error.message, 'enough');
  });

  it('gives back at the end of a block, also when it throws, once', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    let kept: FakeLease | undefined;
    const block = async (): Promise<void> => {
      await using lease = await fake.pool.acquire();
      kept = lease;
      throw new Error('out');
    };
    await assert.rejects(block, { message: 'out' });
    assert.equal(kept?.active, false);
    {
      using lease = await fake.pool.acquire();
      lease.release();
    }
    assert.deepEqual([fake.counts().inUse, fake.counts().idle], [0, 1]);
    assert.throws(() => kept?.connection, LeaseEndedError);
  });
});
