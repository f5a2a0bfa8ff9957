import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { AcquireTimeoutError } from 'node-mysqlpool/pool';
import { fakePool } from './support/pool.js';

describe('deadline of an acquire', () => {
  it('fails after acquireTimeout, not earlier, not later', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 500 });
    await fake.acquire();
    const late = fake.ask();
    await fake.clock.advance(499);
    assert.equal(late.state, 'pending');
    await fake.clock.advance(1);
    assert.ok(late.error instanceof AcquireTimeoutError);
    assert.equal(late.error.waited, 500);
    assert.equal(fake.counts().waiters, 0);
  });

  it('takes a time-out for one call, longer or shorter', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 500 });
    await fake.acquire();
    const [short, usual, long] = [fake.ask({ timeout: 100 }), fake.ask(), fake.ask({ timeout: 900 })];
    const states = (): string[] => [short.state, usual.state, long.state];
    await fake.clock.advance(100);
    assert.deepEqual(states(), ['rejected', 'pending', 'pending']);
    await fake.clock.advance(400);
    assert.deepEqual(states(), ['rejected', 'rejected', 'pending']);
    await fake.clock.advance(400);
    assert.deepEqual(states(), ['rejected', 'rejected', 'rejected']);
  });

  it('meets deadlines that are not in the order of the line', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.acquire();
    const timeouts = Array.from({ length: 50 }, (_, i) => 10 + ((i * 37) % 50) * 10);
    const waiting = timeouts.map((timeout) => fake.ask({ timeout }));
    for (let passed = 10; passed <= 500; passed += 10) {
      await fake.clock.advance(10);
      waiting.forEach((one, i) => assert.equal(one.state, timeouts[i]! <= passed ? 'rejected' : 'pending'));
    }
  });

  it('keeps fractions of a millisecond', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 0.5 });
    await fake.acquire();
    const late = fake.ask();
    await fake.clock.advance(0.4);
    assert.equal(late.state, 'pending');
    await fake.clock.advance(0.1);
    assert.equal(late.state, 'rejected');
  });

  it('with Infinity waits for ever', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: Infinity });
    const first = await fake.acquire();
    const patient = fake.ask();
    const finite = fake.ask({ timeout: 1_000 });
    await fake.clock.advance(6 * 3_600_000);
    assert.equal(patient.state, 'pending');
    assert.equal(finite.state, 'rejected');
    first.release();
    await fake.clock.advance(0);
    assert.equal(patient.state, 'resolved');
  });

  it('with 0 fails in the same tick when all are out', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.acquire();
    const timers = fake.clock.timers().length;
    const now = fake.ask({ timeout: 0 });
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(now.error.code, 'POOL_ACQUIRE_TIMEOUT');
    assert.equal(fake.counts().waiters, 0);
    assert.equal(fake.clock.timers().length, timers);
  });

  it('with 0 takes an idle connection, one that must be pinged, and one that must be opened', async (t) => {
    const fake = fakePool(t, { maxSize: 2, ping: 'always', acquireTimeout: 0 });
    fake.connector.opening.usual = { after: 30 };
    fake.connector.pinging.usual = { after: 5 };
    const opened = fake.ask();
    await fake.clock.advance(30);
    opened.value.release();
    const pinged = fake.ask();
    await fake.clock.advance(5);
    assert.equal(pinged.value.connection.id, 1);
  });

  it('with 0 is bounded by connectTimeout when the server does not answer', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 0, connectTimeout: 700 });
    fake.connector.opening.usual = { hang: true };
    const asked = fake.ask();
    await fake.clock.advance(700);
    assert.equal(asked.state, 'rejected');
  });

  it('is one deadline over line, ping and dial, and is never set anew', async (t) => {
    const fake = fakePool(t, { maxSize: 2, ping: 'always', pingTimeout: 400, acquireTimeout: 1_000 });
    const loans = [await fake.acquire(), await fake.acquire()];
    const asked = fake.ask();
    await fake.clock.advance(300);
    fake.connector.pinging.usual = { hang: true };
    fake.connector.opening.usual = { hang: true };
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { after: 200, fail: new Error('unclean') };
    for (const lease of loans) lease.release();
    await fake.clock.advance(699);
    assert.equal(asked.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(asked.state, 'rejected');
  });

  it('does not add up over dead idle connections that are pinged one after the other', async (t) => {
    const fake = fakePool(t, { maxSize: 5, acquireTimeout: 1_000, pingTimeout: 250 });
    await fake.warm(5);
    await fake.clock.advance(1_000);
    fake.connector.pinging.usual = { hang: true };
    fake.connector.opening.usual = { hang: true };
    const asked = fake.ask();
    await fake.clock.advance(999);
    assert.equal(asked.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(asked.state, 'rejected');
  });

  it('does not give a connection to one whose time is up: the next gets it', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const late = fake.ask({ timeout: 100 });
    const next = fake.ask({ timeout: 200 });
    await fake.clock.advance(100);
    first.release();
    await fake.clock.advance(0);
    assert.equal(late.state, 'rejected');
    assert.equal(next.state, 'resolved');
    assert.deepEqual([fake.counts().inUse, fake.counts().idle], [1, 0]);
  });

  it('refuses a time-out that is not a time', async (t) => {
    const fake = fakePool(t);
    for (const timeout of [-1, NaN, '5' as unknown as number]) {
      const asked = fake.ask({ timeout });
      await fake.clock.settle();
      assert.equal(asked.error.code, 'POOL_OPTION', String(timeout));
    }
  });

  it('refuses such a time-out also when a connection lies ready', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    const asked = fake.ask({ timeout: -1 });
    await fake.clock.settle();
    assert.equal(asked.state, 'rejected');
  });

  it('uses one timer however many wait, and holds the process only while somebody does', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    assert.equal(fake.clock.timers(true).length, 0);
    const waiting = Array.from({ length: 100 }, () => fake.ask());
    await fake.clock.settle();
    assert.equal(fake.clock.timers(true).length, 1);
    first.release();
    for (const one of waiting) {
      await fake.clock.settle();
      one.value.release();
    }
    await fake.clock.settle();
    assert.equal(fake.clock.timers(true).length, 0);
    const again = [await fake.acquire(), fake.ask()] as const;
    await fake.clock.settle();
    assert.equal(fake.clock.timers(true).length, 1);
    await fake.clock.advance(30_000);
    assert.equal(again[1].state, 'rejected');
    assert.equal(fake.clock.timers(true).length, 0);
  });

  it('lets many time out together without one pass over the line for each', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 100 });
    await fake.acquire();
    const waiting = Array.from({ length: 20_000 }, () => fake.ask());
    const before = process.cpuUsage();
    await fake.clock.advance(101);
    assert.equal(waiting.filter((one) => one.state === 'rejected').length, 20_000);
    assert.ok(process.cpuUsage(before).user < 3_000_000, 'twenty thousand time-outs must not take seconds');
  });
});

describe('deadline after the loop was blocked', () => {
  it('hands out a connection that was released meanwhile', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 100 });
    const first = await fake.acquire();
    const asked = fake.ask();
    fake.clock.arrive(50, () => first.release());
    fake.clock.blocked(1_000);
    await fake.clock.advance(0);
    assert.equal(asked.state, 'resolved');
  });

  it('hands out a connection that was opened meanwhile', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 100, connectTimeout: 5_000 });
    fake.connector.opening.usual = { after: 50 };
    const asked = fake.ask();
    await fake.clock.settle();
    fake.clock.blocked(1_000);
    await fake.clock.advance(0);
    assert.equal(asked.state, 'resolved');
  });

  it('takes the answer to a ping that lies unread in the socket', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 10_000, pingTimeout: 100 });
    await fake.warm(1);
    await fake.clock.advance(600);
    fake.connector.pinging.usual = { after: 5 };
    const asked = fake.ask();
    await fake.clock.settle();
    fake.clock.blocked(500);
    await fake.clock.advance(0);
    assert.equal(asked.value.connection.id, 1);
    assert.equal(fake.connector.calls('open'), 1);
  });

  it('takes the connection that was opened within connectTimeout, though the timer fires first', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 10_000, connectTimeout: 100 });
    fake.connector.opening.usual = { after: 50 };
    const asked = fake.ask();
    await fake.clock.settle();
    fake.clock.blocked(500);
    await fake.clock.advance(0);
    assert.equal(asked.state, 'resolved');
    assert.equal(fake.connector.calls('open'), 1);
  });

  it('fails when there is still none', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 100 });
    await fake.acquire();
    const asked = fake.ask();
    await fake.clock.settle();
    fake.clock.blocked(1_000);
    await fake.clock.advance(0);
    assert.equal(asked.state, 'rejected');
  });
});

describe('the limit of the line', () => {
  it('does not count callers for whom there is still room', async (t) => {
    const fake = fakePool(t, { maxSize: 4, maxWaiters: 1 });
    fake.connector.opening.usual = { after: 100 };
    const asked = Array.from({ length: 6 }, () => fake.ask());
    await fake.clock.advance(500);
    assert.deepEqual(
      asked.map(({ state }) => state),
      ['resolved', 'resolved', 'resolved', 'resolved', 'pending', 'rejected'],
    );
    assert.equal(asked[5]!.error.code, 'POOL_QUEUE_FULL');
    asked[0]!.value.release();
    await fake.clock.settle();
    assert.equal(asked[4]!.state, 'resolved');
  });
});

describe('abort of an acquire', () => {
  it('rejects at once with the reason of a signal that has aborted before', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    await fake.warm(1);
    const reason = new Error('too late');
    const asked = fake.ask({ signal: AbortSignal.abort(reason) });
    await fake.clock.settle();
    assert.equal(asked.error, reason);
    assert.deepEqual([fake.counts().idle, fake.counts().inUse], [1, 0]);
  });

  it('leaves the line when the signal aborts, with its reason', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const controller = new AbortController();
    const asked = fake.ask({ signal: controller.signal });
    controller.abort('why not');
    await fake.clock.settle();
    assert.equal(asked.error, 'why not' as unknown);
    assert.equal(fake.counts().waiters, 0);
    first.release();
    assert.equal(fake.counts().idle, 1);
  });

  it('lets a dial that others may use go on, and keeps what it opens', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    fake.connector.opening.usual = { after: 50 };
    const controller = new AbortController();
    const asked = fake.ask({ signal: controller.signal });
    await fake.clock.advance(10);
    controller.abort();
    await fake.clock.advance(40);
    assert.equal(asked.state, 'rejected');
    assert.deepEqual([fake.counts().idle, fake.counts().connecting], [1, 0]);
  });

  it('while a connection is pinged keeps the connection', async (t) => {
    const fake = fakePool(t, { maxSize: 1, ping: 'always' });
    await fake.warm(1);
    fake.connector.pinging.usual = { after: 10 };
    const controller = new AbortController();
    const asked = fake.ask({ signal: controller.signal });
    await fake.clock.advance(5);
    controller.abort();
    await fake.clock.advance(5);
    assert.equal(asked.state, 'rejected');
    assert.deepEqual(fake.counts(), { size: 1, idle: 1, inUse: 0, connecting: 0, closing: 0, waiters: 0 });
  });

  it('after the loan has begun does nothing', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const controller = new AbortController();
    const lease = await fake.acquire({ signal: controller.signal });
    controller.abort();
    await fake.clock.settle();
    assert.equal(lease.active, true);
    assert.equal(fake.counts().inUse, 1);
  });

  it('lets any number of callers wait on one signal without a warning of Node', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const warned = t.mock.method(process, 'emitWarning', () => undefined);
    await fake.acquire();
    const controller = new AbortController();
    const waiting = Array.from({ length: 50 }, () => fake.ask({ signal: controller.signal }));
    controller.abort();
    await fake.clock.settle();
    assert.ok(waiting.every((one) => one.state === 'rejected'));
    assert.equal(fake.counts().waiters, 0);
    assert.equal(warned.mock.callCount(), 0);
  });

  it('leaves no listener on the signal, however the acquire ends', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const { signal } = new AbortController();
    const first = await fake.acquire({ signal });
    const late = fake.ask({ signal, timeout: 10 });
    const served = fake.ask({ signal });
    assert.equal(getEventListeners(signal, 'abort').length, 1, 'one for both');
    await fake.clock.advance(10);
    assert.equal(late.state, 'rejected');
    first.release();
    await fake.clock.settle();
    assert.equal(served.state, 'resolved');
    const closed = fake.ask({ signal });
    void fake.pool.close({ timeout: 0 });
    await fake.clock.settle();
    assert.equal(closed.error.code, 'POOL_CLOSED');
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});

describe('maxWaiters', () => {
  it('turns away one more than maxWaiters at once, and lets in again when one leaves', async (t) => {
    const fake = fakePool(t, { maxSize: 1, maxWaiters: 2 });
    const first = await fake.acquire();
    const controller = new AbortController();
    const [one, two, three] = [fake.ask({ signal: controller.signal }), fake.ask(), fake.ask()];
    await fake.clock.settle();
    assert.equal(three.error.code, 'POOL_QUEUE_FULL');
    controller.abort();
    const four = fake.ask();
    await fake.clock.settle();
    assert.deepEqual([one.state, two.state, four.state], ['rejected', 'pending', 'pending']);
    first.release();
    await fake.clock.advance(0);
    assert.equal(two.state, 'resolved');
  });

  it('does not count callers for whom a connection may still be opened', async (t) => {
    const fake = fakePool(t, { maxSize: 3, maxWaiters: 0 });
    fake.connector.opening.usual = { after: 20 };
    const asked = Array.from({ length: 4 }, () => fake.ask());
    await fake.clock.advance(500);
    assert.deepEqual(
      asked.map((one) => one.state),
      ['resolved', 'resolved', 'resolved', 'rejected'],
    );
  });

  it('with 0 still lends what is idle', async (t) => {
    const fake = fakePool(t, { maxSize: 1, maxWaiters: 0, ping: 'always' });
    await fake.warm(1);
    await fake.acquire();
    assert.equal(fake.pool.stats().total.failed, 0);
  });
});
