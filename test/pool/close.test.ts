import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watch } from './support/outcome.js';
import { fakePool } from './support/pool.js';

describe('close', () => {
  it('of a pool that was never used settles at once', async (t) => {
    const fake = fakePool(t);
    const closed = watch(fake.pool.close());
    await fake.clock.settle();
    assert.equal(closed.state, 'resolved');
    assert.equal(fake.pool.state, 'closed');
  });

  it('says good-bye to idle connections and closes them', async (t) => {
    const fake = fakePool(t);
    await fake.warm(2);
    fake.connector.closing.usual = { after: 10 };
    const closed = watch(fake.pool.close());
    assert.equal(fake.counts().closing, 2);
    await fake.clock.advance(9);
    assert.equal(closed.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(closed.state, 'resolved');
    assert.deepEqual(fake.connector.trace.slice(-4), ['close 1', 'close 2', 'destroy 1', 'destroy 2']);
  });

  it('turns waiters and new callers away at once', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    const waiting = fake.ask();
    void fake.pool.close();
    const after = fake.ask();
    await fake.clock.settle();
    assert.equal(waiting.error.code, 'POOL_CLOSED');
    assert.equal(after.error.code, 'POOL_CLOSED');
    assert.equal(after.error.message, 'test: the pool is closed');
    lease.release();
    await fake.clock.settle();
    const closed = fake.ask();
    await fake.clock.settle();
    assert.equal(closed.error.code, 'POOL_CLOSED');
    assert.equal(fake.connector.calls('open'), 1);
  });

  it('waits for loans, which stay usable', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    const closed = watch(fake.pool.close());
    await fake.clock.advance(9_000);
    assert.equal(closed.state, 'pending');
    assert.equal(fake.pool.state, 'closing');
    assert.equal(lease.connection.alive, true);
    lease.release();
    await fake.clock.settle();
    assert.equal(closed.state, 'resolved');
    assert.equal(fake.connector.calls('close'), 1);
  });

  it('destroys loans that are not back in time', async (t) => {
    const fake = fakePool(t);
    const [leaked, late] = [await fake.acquire(), await fake.acquire()];
    const closed = watch(fake.pool.close({ timeout: 300 }));
    await fake.clock.advance(299);
    assert.equal(closed.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(closed.state, 'resolved');
    assert.throws(() => leaked.connection, { code: 'POOL_LEASE_ENDED' });
    late.release();
    assert.equal(fake.connector.calls('destroy'), 2);
  });

  it('waits 10 s by default', async (t) => {
    const fake = fakePool(t);
    await fake.acquire();
    const closed = watch(fake.pool.close());
    await fake.clock.advance(9_999);
    assert.equal(closed.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(closed.state, 'resolved');
  });

  it('with timeout 0 destroys loans at once', async (t) => {
    const fake = fakePool(t);
    await fake.acquire();
    const closed = watch(fake.pool.close({ timeout: 0 }));
    await fake.clock.advance(0);
    assert.equal(closed.state, 'resolved');
  });

  it('stops a dial under way', async (t) => {
    const fake = fakePool(t);
    fake.connector.opening.usual = { hang: true };
    const asked = fake.ask();
    await fake.clock.advance(10);
    const closed = watch(fake.pool.close());
    await fake.clock.settle();
    assert.equal(asked.error.code, 'POOL_CLOSED');
    assert.equal(closed.state, 'resolved');
    assert.deepEqual(fake.connector.trace, ['open 1', 'abort 1']);
  });

  it('closes what a dial that cannot be stopped still opens', async (t) => {
    const fake = fakePool(t);
    fake.connector.opening.usual = { after: 50 };
    fake.connector.deaf = true;
    const asked = fake.ask();
    await fake.clock.advance(10);
    const closed = watch(fake.pool.close());
    await fake.clock.advance(100);
    assert.equal(asked.state, 'rejected');
    assert.equal(closed.state, 'resolved');
    assert.deepEqual(fake.connector.trace.slice(-2), ['opened late 1', 'destroy 1']);
  });

  it('gives up a good-bye that is never answered', async (t) => {
    const fake = fakePool(t, { pingTimeout: 200 });
    await fake.warm(1);
    fake.connector.closing.usual = { hang: true };
    const closed = watch(fake.pool.close());
    await fake.clock.advance(200);
    assert.equal(closed.state, 'resolved');
    assert.equal(fake.connector.left, 0);
  });

  it('minds neither a good-bye nor a destroy that fails', async (t) => {
    const fake = fakePool(t);
    const warned = t.mock.method(process, 'emitWarning', () => undefined);
    await fake.warm(3);
    fake.connector.closing.next({ fail: new Error('broken pipe') });
    const close = fake.connector.close.bind(fake.connector);
    const destroy = fake.connector.destroy.bind(fake.connector);
    fake.connector.close = (connection) => {
      if (connection.id === 2) throw new Error('no socket');
      return close(connection);
    };
    fake.connector.destroy = (connection) => {
      destroy(connection);
      if (connection.id === 3) throw new Error('no socket either');
    };
    const closed = watch(fake.pool.close());
    await fake.clock.settle();
    assert.equal(closed.state, 'resolved');
    assert.equal(fake.connector.left, 0);
    const [warning] = warned.mock.calls[0]!.arguments;
    assert.equal(warning, 'destroying a connection failed: Error: no socket either');
  });

  it('settles while a ping, and a cleaning, is under way that never ends', async (t) => {
    const fake = fakePool(t, { ping: 'always' });
    await fake.warm(2);
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { hang: true };
    fake.connector.pinging.usual = { hang: true };
    const lease = fake.ask();
    await fake.clock.advance(10);
    assert.equal(lease.state, 'pending');
    const closed = watch(fake.pool.close());
    await fake.clock.advance(1_000);
    assert.equal(closed.state, 'resolved');
    assert.equal(lease.error.code, 'POOL_CLOSED');
  });

  it('closes a connection that is being cleaned', async (t) => {
    const fake = fakePool(t);
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { hang: true };
    (await fake.acquire()).release();
    const closed = watch(fake.pool.close());
    await fake.clock.advance(1_000);
    assert.equal(closed.state, 'resolved');
  });

  it('is idempotent: every call gives the same promise', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    const first = fake.pool.close();
    assert.equal(fake.pool.close({ timeout: 1 }), first);
    assert.equal(fake.pool[Symbol.asyncDispose](), first);
    await first;
    assert.equal(fake.pool.close(), first);
  });

  it('works at the end of a block', async (t) => {
    const fake = fakePool(t);
    {
      await using pool = fake.pool;
      (await pool.acquire()).release();
    }
    assert.equal(fake.pool.state, 'closed');
  });

  it('works while suspended', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    fake.pool.suspend();
    const asked = fake.ask();
    await fake.pool.close();
    await fake.clock.settle();
    assert.equal(asked.error.code, 'POOL_CLOSED');
    fake.pool.resume();
    assert.equal(fake.pool.state, 'closed');
  });

  it('works from inside a loan: the loan comes back and the promise settles', async (t) => {
    const fake = fakePool(t);
    let closed: Promise<void> | undefined;
    await fake.pool.use(() => {
      closed = fake.pool.close();
    });
    await closed;
    assert.equal(fake.connector.left, 0);
  });

  it('copes with everything that can still be called on a closed pool', async (t) => {
    const fake = fakePool(t, { minIdle: 1 });
    await fake.clock.settle();
    await fake.pool.close();
    fake.pool.evict();
    fake.pool.suspend();
    fake.pool.resume();
    fake.pool.resize({ maxSize: 20 });
    assert.equal(fake.pool.state, 'closed');
    await fake.clock.advance(60_000);
    await assert.rejects(fake.pool.warmUp(2), { code: 'POOL_CLOSED' });
    await assert.rejects(
      fake.pool.use(() => 1),
      { code: 'POOL_CLOSED' },
    );
    assert.equal(fake.connector.calls('open'), 1);
  });

  it('leaves no timer behind, of whatever kind', async (t) => {
    const fake = fakePool(t, { maxSize: 1, leakThreshold: 1_000 });
    const lease = await fake.acquire();
    const waiting = fake.ask({ timeout: 60_000 });
    const closed = watch(fake.pool.close());
    lease.release();
    await fake.clock.settle();
    assert.equal(waiting.state, 'rejected');
    assert.equal(closed.state, 'resolved');
    assert.deepEqual(fake.clock.timers(), []);
  });
});

describe('detached connections', () => {
  it('are not waited for, nor closed', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    const connection = lease.detach();
    fake.connector.detached.add(connection);
    await fake.pool.close();
    assert.equal(connection.destroyed, false);
    assert.equal(connection.alive, true);
  });

  it('refuses a time-out that is none, and goes on', async (t) => {
    const fake = fakePool(t);
    for (const timeout of [-1, Number.NaN, '5' as unknown as number]) {
      await assert.rejects(fake.pool.close({ timeout }), { code: 'POOL_OPTION', option: 'timeout' });
    }
    assert.equal(fake.pool.state, 'open');
  });
});

describe('close and what comes after', () => {
  it('refuses what is no time-out or no option, and changes nothing', async (t) => {
    const fake = fakePool(t);
    const table = [
      [null, 'test: close: expected an object of options (timeout), got null'],
      [5, 'test: close: expected an object of options (timeout), got 5'],
      [{ timout: 5 }, 'test: close: unknown option "timout" (did you mean "timeout"?)'],
      [{ timeout: -1 }, 'test: close: option "timeout": expected milliseconds from 0 up, or Infinity, got -1'],
    ] as const;
    for (const [given, message] of table) {
      const closed = watch(fake.pool.close(given as never));
      await fake.clock.settle();
      assert.equal(closed.error.message, message);
      assert.equal(fake.pool.state, 'open');
    }
  });

  it('tells nothing any more, whatever is done to the closed pool', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    void fake.pool.close({ timeout: 0 });
    await fake.clock.advance(0);
    assert.equal(fake.pool.state, 'closed');
    const heard = fake.record('evicted', 'resized', 'suspended', 'resumed', 'acquireFailed', 'released', 'closed', 'poolClosed'); // prettier-ignore
    fake.pool.evict();
    fake.pool.resize({ maxSize: 3 });
    fake.pool.suspend();
    fake.pool.resume();
    lease.release();
    lease.destroy();
    await assert.rejects(fake.pool.acquire(), { code: 'POOL_CLOSED' });
    await fake.pool.close();
    assert.deepEqual(heard, []);
  });
});

describe('a loan that is out when the time to close is up', () => {
  it('says afterwards that it was cut off; one that ended before does not', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const early = await fake.acquire();
    early.release();
    const late = await fake.acquire();
    void fake.pool.close({ timeout: 0 });
    await fake.clock.advance(1);
    assert.deepEqual([early.wasCutOff, late.wasCutOff], [false, true]);
    assert.throws(() => late.connection, { message: 'test: loan 2 was cut off because the pool was closed' });
    assert.throws(() => early.connection, { message: 'test: loan 1 has ended; acquire a connection again' });
  });

  it('is closed once, also when a listener closes the pool again', async (t) => {
    const fake = fakePool(t);
    const events = fake.record('poolClosing', 'poolClosed');
    fake.pool.on('poolClosing', () => void fake.pool.close());
    await fake.pool.close();
    assert.equal(events.length, 2);
  });
});
