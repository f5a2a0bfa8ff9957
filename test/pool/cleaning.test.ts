import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RESET_MODES } from 'node-mysqlpool/pool';
import { fakePool } from './support/pool.js';

describe('cleaning of a returned connection', () => {
  it('is asked of the connector with the reset mode, once a loan', async (t) => {
    for (const reset of RESET_MODES) {
      const fake = fakePool(t, { reset });
      (await fake.acquire()).release();
      (await fake.acquire()).release();
      assert.deepEqual(fake.connector.trace.slice(2), [`clean 1 ${reset}`, `clean 1 ${reset}`]);
    }
  });

  it('that needs no round trip makes the connection ready in the same tick', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    lease.release();
    const asked = fake.ask();
    assert.equal(fake.counts().inUse, 1);
    await fake.clock.settle();
    assert.equal(asked.state, 'resolved');
  });

  it('goes on in the background: release does not wait', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { after: 50 };
    const lease = await fake.acquire();
    lease.release();
    assert.equal(lease.active, false);
    assert.deepEqual(fake.counts(), { size: 1, idle: 1, inUse: 0, connecting: 0, closing: 0, waiters: 0 });
  });

  it('is waited for by whoever takes the connection: sequential code keeps its connection', async (t) => {
    const fake = fakePool(t, { maxSize: 5 });
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { after: 5 };
    for (let i = 0; i < 10; i++) {
      const asked = fake.ask();
      await fake.clock.advance(5);
      assert.equal(asked.value.connection.id, 1);
      asked.value.release();
    }
    assert.equal(fake.connector.calls('open'), 1);
  });

  it('hands the connection to the line when it is done', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { after: 50 };
    const [first, second] = [fake.ask(), fake.ask()];
    lease.release();
    await fake.clock.advance(49);
    assert.equal(first.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(first.state, 'resolved');
    first.value.release();
    await fake.clock.advance(50);
    assert.equal(second.value.connection.id, 1);
  });

  it('that is under way does not keep a caller from another idle connection that is ready', async (t) => {
    const fake = fakePool(t, { maxSize: 2, order: 'fifo' });
    await fake.warm(2);
    const lease = await fake.acquire();
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { after: 1_000 };
    lease.release();
    const asked = fake.ask();
    await fake.clock.advance(0);
    assert.equal(asked.value.connection.id, 2);
  });

  it('that hangs does not keep those who come later waiting while another connection lies ready', async (t) => {
    const fake = fakePool(t, { maxSize: 3, ping: { idleFor: 60_000 } });
    await fake.warm(3);
    const lease = await fake.acquire();
    fake.connector.dirty = true;
    fake.connector.cleaning.next({ hang: true });
    lease.release();
    await fake.clock.advance(500);
    const asked = [fake.ask(), fake.ask()];
    await fake.clock.advance(0);
    assert.ok(asked.every((one) => one.state === 'resolved'));
  });

  it('that fails destroys the connection; the waiter is served from elsewhere and no place is lost', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const closed = fake.record('closed');
    const lease = await fake.acquire();
    const cause = new Error('cannot roll back');
    fake.connector.dirty = true;
    fake.connector.cleaning.next({ after: 10, fail: cause });
    const asked = fake.ask();
    lease.release();
    await fake.clock.advance(10);
    assert.equal(asked.value.connection.id, 2);
    assert.deepEqual(closed, [{ event: 'closed', connection: 1, reason: 'unclean', cause }]);
    assert.equal(fake.counts().size, 1);
  });

  it('that hangs is given up after resetTimeout', async (t) => {
    const fake = fakePool(t, { maxSize: 1, resetTimeout: 700 });
    const closed = fake.record('closed');
    const lease = await fake.acquire();
    fake.connector.dirty = true;
    fake.connector.cleaning.next({ hang: true });
    const asked = fake.ask();
    lease.release();
    await fake.clock.advance(699);
    assert.equal(asked.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(asked.value.connection.id, 2);
    const [event] = closed;
    assert.ok(event?.event === 'closed' && event.cause instanceof Error);
    assert.equal(event.cause.message, 'test: cleaning was not answered within 700 ms');
  });

  it('that throws at once, even what is no error, destroys the connection', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    for (const thrown of [new Error('no'), 'a text' as unknown as Error]) {
      const lease = await fake.acquire();
      fake.connector.clean = () => {
        throw thrown;
      };
      lease.release();
      await fake.clock.settle();
      assert.equal(fake.counts().size, 0);
    }
  });

  it('does not happen for what is closed anyway', async (t) => {
    const fake = fakePool(t, { maxSize: 3, maxIdle: 0 });
    const leases = [await fake.acquire(), await fake.acquire(), await fake.acquire()];
    leases[0]!.release();
    leases[1]!.destroy();
    fake.connector.detached.add(leases[2]!.detach());
    await fake.clock.settle();
    assert.equal(fake.connector.calls('clean'), 0);
  });

  it('counts as a sign of life of the moment in which the server was asked, as its answer may have lain unread', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { after: 400 };
    for (const [passed, pings] of [
      [499, 0],
      [501, 1],
    ] as const) {
      // prettier-ignore
      (await fake.acquire()).release();
      await fake.clock.advance(passed);
      await fake.acquireAfter(400).then((lease) => lease.release());
      assert.equal(fake.connector.calls('ping'), pings);
      await fake.clock.advance(400);
    }
  });
});

describe('onReturn', () => {
  it('runs before the cleaning, the last added first, each awaited', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    const { connection } = lease;
    const steps: string[] = [];
    lease.onReturn(() => void steps.push('first'));
    lease.onReturn((given) => {
      assert.equal(given, connection);
      steps.push('second begins');
      return new Promise((resolve) => fake.clock.arrive(10, () => resolve(steps.push('second ends'))));
    });
    lease.release();
    assert.equal(fake.connector.calls('clean'), 0);
    await fake.clock.advance(10);
    assert.deepEqual(steps, ['second begins', 'second ends', 'first']);
    assert.equal(fake.connector.calls('clean'), 1);
    await fake.clock.advance(1_000);
    (await fake.acquire()).release();
    assert.equal(steps.length, 3);
  });

  it('is waited for by the next borrower, not by the releaser', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    lease.onReturn(() => new Promise((resolve) => fake.clock.arrive(30, () => resolve(undefined))));
    lease.release();
    const asked = fake.ask();
    await fake.clock.advance(29);
    assert.equal(asked.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(asked.value.connection.id, 1);
  });

  it('that fails, at once or later, or hangs, destroys the connection', async (t) => {
    const fake = fakePool(t, { maxSize: 1, resetTimeout: 500 });
    const hooks = [
      () => {
        throw new Error('hook');
      },
      () => Promise.reject(new Error('hook')),
      () => new Promise(() => undefined),
    ];
    for (const hook of hooks) {
      const lease = await fake.acquire();
      lease.onReturn(hook);
      lease.release();
      await fake.clock.advance(500);
      assert.equal(fake.counts().size, 0);
    }
    assert.equal(fake.connector.calls('destroy'), 3);
  });

  it('is not called when the connection is destroyed, detached or closed', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    let called = 0;
    const leases = [await fake.acquire(), await fake.acquire(), await fake.acquire()];
    for (const lease of leases) lease.onReturn(() => called++);
    leases[0]!.destroy();
    fake.connector.detached.add(leases[1]!.detach());
    fake.connector.kill(leases[2]!.connection);
    leases[2]!.release();
    await fake.clock.settle();
    assert.equal(called, 0);
  });

  it('belongs to the loan: after its end it cannot be added to', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    lease.release();
    assert.throws(() => lease.onReturn(() => undefined), { code: 'POOL_LEASE_ENDED' });
  });

  it('works for a connection that needs no cleaning, with a connector that says so each time', async (t) => {
    const fake = fakePool(t, { maxSize: 1, reset: 'none' });
    let called = 0;
    for (let i = 0; i < 3; i++) {
      const lease = await fake.acquire();
      lease.onReturn(() => called++);
      lease.release();
      await fake.clock.settle();
    }
    assert.equal(called, 3);
    assert.equal(fake.connector.calls('open'), 1);
  });

  it('is no sign of life: what must be pinged before a loan is, also when it goes straight to the line', async (t) => {
    for (const ping of ['always', { idleFor: 500 }] as const) {
      const fake = fakePool(t, { maxSize: 1, ping });
      const lease = await fake.acquire();
      lease.onReturn(() => new Promise((resolve) => fake.clock.arrive(600, () => resolve(undefined))));
      fake.connector.kill(lease.connection, { silent: true });
      lease.release();
      const asked = fake.ask();
      await fake.clock.advance(600);
      assert.equal(asked.value.connection.id, 2);
      assert.equal(fake.connector.calls('ping'), 1);
    }
  });

  it('goes no further once the connection has been closed in the middle of it', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    let called = 0;
    lease.onReturn(() => called++);
    lease.onReturn(() => new Promise((resolve) => fake.clock.arrive(30, () => resolve(undefined))));
    lease.release();
    fake.pool.evict();
    assert.equal(fake.connector.calls('destroy'), 1);
    await fake.clock.advance(30);
    assert.deepEqual([called, fake.connector.calls('clean')], [0, 0]);
  });
});
