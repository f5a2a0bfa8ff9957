import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PoolOptionError } from 'node-mysqlpool/pool';
import { watch } from './support/outcome.js';
import { fakePool } from './support/pool.js';

describe('evict', () => {
  it('closes idle connections now, with a good-bye, and loans when they come back', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    await fake.warm(3);
    const lease = await fake.acquire();
    fake.pool.evict();
    await fake.clock.settle();
    assert.deepEqual([fake.counts().size, fake.counts().inUse], [1, 1]);
    assert.equal(lease.active, true);
    assert.equal(fake.connector.calls('close'), 2);
    lease.release();
    await fake.clock.settle();
    assert.equal(fake.counts().size, 0);
  });

  it('takes in dials that are under way', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    fake.connector.opening.next({ after: 50 });
    const asked = fake.ask();
    await fake.clock.advance(10);
    fake.pool.evict();
    await fake.clock.advance(100);
    assert.equal(asked.value.connection.id, 2);
    assert.equal(fake.connector.opened.get(1)!.destroyed, true);
  });

  it('spares what is opened afterwards', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    fake.pool.evict();
    (await fake.acquire()).release();
    (await fake.acquire()).release();
    assert.equal(fake.connector.calls('open'), 2);
  });

  it('is served out of the freed places: nobody waits in vain (SQLAlchemy #2522)', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const loans = [await fake.acquire(), await fake.acquire()];
    const waiting = [fake.ask(), fake.ask()];
    fake.pool.evict();
    for (const loan of loans) loan.release();
    await fake.clock.advance(200);
    assert.ok(waiting.every((one) => one.value.connection.id > 2));
  });

  it('with loans out never leads to more than maxSize (SQLAlchemy D2)', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const loans = [await fake.acquire(), await fake.acquire()];
    fake.pool.evict();
    const waiting = [fake.ask(), fake.ask(), fake.ask()];
    await fake.clock.advance(1_000);
    assert.ok(waiting.every((one) => one.state === 'pending'));
    for (const loan of loans) loan.release();
    await fake.clock.advance(200);
    assert.equal(fake.connector.peak, 2);
  });

  it('takes in a connection that is being pinged or cleaned', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    await fake.warm(2);
    await fake.clock.advance(600);
    fake.connector.pinging.usual = { after: 20 };
    const asked = fake.ask();
    await fake.clock.advance(10);
    fake.pool.evict();
    await fake.clock.advance(300);
    assert.equal(asked.value.connection.id, 3);
  });

  it('tells with which generation', async (t) => {
    const fake = fakePool(t);
    const events = fake.record('evicted');
    fake.pool.evict();
    fake.pool.evict();
    assert.deepEqual(
      events.map((event) => event.event === 'evicted' && event.generation),
      [1, 2],
    );
  });

  it('keeps the pool itself: its options, its listeners, its counts', async (t) => {
    const fake = fakePool(t, { maxSize: 3, order: 'fifo' });
    const { options } = fake.pool;
    const opened = fake.record('opened');
    await fake.warm(2);
    fake.pool.evict();
    await fake.warm(2);
    assert.equal(fake.pool.options, options);
    assert.deepEqual(
      opened.map((event) => event.event === 'opened' && event.connection),
      [1, 2, 3, 4],
    );
    assert.equal(fake.pool.stats().total.acquired, 4);
  });

  it('twice in one tick counts for what was opened between', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    fake.pool.evict();
    lease.release();
    await fake.clock.settle();
    const next = await fake.acquire();
    fake.pool.evict();
    next.release();
    assert.equal((await fake.acquire()).connection.id, 3);
  });
});

describe('resize', () => {
  it('up serves those who wait at once', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.acquire();
    const waiting = [fake.ask(), fake.ask()];
    fake.pool.resize({ maxSize: 3 });
    await fake.clock.advance(60);
    assert.ok(waiting.every((one) => one.state === 'resolved'));
    assert.equal(fake.pool.options.maxSize, 3);
    assert.equal(fake.pool.options.maxIdle, 3);
  });

  it('down closes idle ones first, the oldest first, then what comes back, and never a loan', async (t) => {
    const fake = fakePool(t, { maxSize: 5 });
    await fake.warm(5);
    const loans = [await fake.acquire(), await fake.acquire(), await fake.acquire()];
    fake.pool.resize({ maxSize: 2 });
    await fake.clock.settle();
    assert.deepEqual([fake.counts().size, fake.counts().inUse], [3, 3]);
    assert.ok(loans.every((lease) => lease.active));
    const waiting = fake.ask();
    for (const lease of loans) lease.release();
    await fake.clock.advance(0);
    assert.equal(waiting.state, 'resolved');
    assert.equal(fake.counts().size, 2);
  });

  it('down opens nothing while above the new size', async (t) => {
    const fake = fakePool(t, { maxSize: 4 });
    const loans = [];
    for (let i = 0; i < 4; i++) loans.push(await fake.acquire());
    fake.pool.resize({ maxSize: 1 });
    const waiting = fake.ask();
    for (const lease of loans) {
      assert.equal(waiting.state, 'pending');
      lease.release();
      await fake.clock.advance(0);
    }
    assert.equal(waiting.state, 'resolved');
    assert.equal(fake.connector.calls('open'), 4);
    assert.equal(fake.counts().size, 1);
  });

  it('of maxIdle alone closes what is too much', async (t) => {
    const fake = fakePool(t, { maxSize: 4 });
    await fake.warm(4);
    fake.pool.resize({ maxIdle: 1 });
    await fake.clock.settle();
    assert.equal(fake.counts().idle, 1);
    fake.pool.resize({ maxSize: 2 });
    assert.equal(fake.pool.options.maxIdle, 1);
  });

  it('of minIdle opens ahead', async (t) => {
    const fake = fakePool(t, { maxSize: 4 });
    fake.pool.resize({ minIdle: 2 });
    await fake.clock.advance(200);
    assert.equal(fake.counts().idle, 2);
  });

  it('of ping and time-outs counts from the next acquire', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.warm(1);
    fake.pool.resize({ ping: 'always', acquireTimeout: 50 });
    (await fake.acquire()).release();
    const lease = await fake.acquire();
    assert.ok(fake.connector.calls('ping') >= 1);
    const asked = fake.ask();
    await fake.clock.advance(50);
    assert.equal(asked.state, 'rejected');
    lease.release();
  });

  it('refused changes nothing', async (t) => {
    const fake = fakePool(t, { maxSize: 4, minIdle: 2 });
    await fake.clock.advance(100);
    assert.throws(() => fake.pool.resize({ maxSize: 1 }), PoolOptionError);
    assert.throws(() => fake.pool.resize({ maxSize: 0 }), PoolOptionError);
    assert.equal(fake.pool.options.maxSize, 4);
    assert.equal(fake.counts().idle, 2);
  });

  it('keeps name and class, and tells the new size', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 4 });
    const events = fake.record('resized');
    fake.pool.resize({ maxSize: 6 });
    assert.equal(fake.pool.name, 'orders');
    assert.deepEqual(events, [{ event: 'resized', maxSize: 6 }]);
  });
});

describe('suspend and resume', () => {
  it('has callers wait in line, first come first served, while loans go on', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    await fake.warm(1);
    const lease = await fake.acquire();
    fake.pool.suspend();
    assert.equal(fake.pool.state, 'suspended');
    const waiting = [fake.ask(), fake.ask()];
    lease.release();
    await fake.clock.advance(100);
    assert.ok(waiting.every((one) => one.state === 'pending'));
    assert.equal(fake.counts().idle, 1);
    fake.pool.resume();
    await fake.clock.advance(0);
    assert.equal(waiting[0]!.value.connection.id, 1);
    assert.equal(waiting[1]!.value.connection.id, 2);
  });

  it('lets deadlines run, and says why', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    fake.pool.suspend();
    const asked = fake.ask({ timeout: 100 });
    await fake.clock.advance(100);
    assert.match(asked.error.message, /^test: no connection within 100 ms \(suspended; /);
  });

  it('opens nothing meanwhile', async (t) => {
    const fake = fakePool(t, { minIdle: 2 });
    fake.pool.suspend();
    fake.ask();
    await fake.clock.advance(10_000);
    assert.equal(fake.connector.calls('open'), 0);
    fake.pool.resume();
    await fake.clock.advance(200);
    assert.equal(fake.counts().inUse, 1);
  });

  it('keeps what a dial opens meanwhile', async (t) => {
    const fake = fakePool(t);
    fake.connector.opening.usual = { after: 50 };
    const asked = fake.ask();
    await fake.clock.advance(10);
    fake.pool.suspend();
    await fake.clock.advance(50);
    assert.equal(asked.state, 'pending');
    fake.pool.resume();
    await fake.clock.advance(0);
    assert.equal(asked.value.connection.id, 1);
  });

  it('does not hand out what was being pinged for somebody', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.warm(1);
    await fake.clock.advance(600);
    fake.connector.pinging.usual = { after: 20 };
    const asked = fake.ask();
    await fake.clock.advance(10);
    fake.pool.suspend();
    await fake.clock.advance(20);
    assert.equal(asked.state, 'pending');
    fake.pool.resume();
    await fake.clock.advance(0);
    assert.equal(asked.value.connection.id, 1);
  });

  it('again, by a listener in the middle of a resume: nobody more is served', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    await fake.warm(3);
    fake.pool.suspend();
    const waiting = [fake.ask(), fake.ask(), fake.ask()];
    await fake.clock.advance(10);
    const stop = fake.pool.on('acquired', () => fake.pool.suspend());
    fake.pool.resume();
    await fake.clock.advance(0);
    assert.deepEqual(
      waiting.map((one) => one.state),
      ['resolved', 'pending', 'pending'],
    );
    assert.equal(fake.pool.state, 'suspended');
    stop();
    fake.pool.resume();
    await fake.clock.advance(0);
    assert.ok(waiting.every((one) => one.state === 'resolved'));
  });

  it('twice does nothing more, and tells once', async (t) => {
    const fake = fakePool(t);
    const events = fake.record('suspended', 'resumed');
    fake.pool.resume();
    fake.pool.suspend();
    fake.pool.suspend();
    fake.pool.resume();
    fake.pool.resume();
    assert.deepEqual(
      events.map((event) => event.event),
      ['suspended', 'resumed'],
    );
  });
});

describe('warmUp', () => {
  it('opens so many that idle', async (t) => {
    const fake = fakePool(t, { maxSize: 5 });
    fake.connector.opening.usual = { after: 20 };
    const warmed = watch(fake.pool.warmUp(3));
    await fake.clock.advance(500);
    assert.equal(warmed.state, 'resolved');
    assert.deepEqual([fake.counts().idle, fake.counts().size], [3, 3]);
  });

  it('opens minIdle, and at least one, by default', async (t) => {
    for (const [minIdle, wanted] of [[0, 1], [3, 3]] as const) {
      const fake = fakePool(t, { minIdle });
      const warmed = watch(fake.pool.warmUp());
      await fake.clock.advance(500);
      assert.equal(warmed.state, 'resolved');
      assert.ok(fake.counts().idle >= wanted);
    }
  }); // prettier-ignore

  it('counts what is there already', async (t) => {
    const fake = fakePool(t, { maxSize: 5 });
    await fake.warm(2);
    const warmed = watch(fake.pool.warmUp(3));
    await fake.clock.advance(500);
    assert.equal(warmed.state, 'resolved');
    assert.equal(fake.connector.calls('open'), 3);
  });

  it('fails with the cause, and keeps what it could open', async (t) => {
    const fake = fakePool(t, { maxSize: 3, acquireTimeout: 1_000 });
    const cause = new Error('refused');
    fake.connector.opening.next({}, {});
    fake.connector.opening.usual = { fail: cause };
    const warmed = watch(fake.pool.warmUp(3));
    await fake.clock.advance(1_000);
    assert.equal(warmed.error.code, 'POOL_ACQUIRE_TIMEOUT');
    assert.equal(warmed.error.cause, cause);
    assert.equal(fake.counts().idle, 2);
  });

  it('of more than maxSize is refused at once', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const warmed = watch(fake.pool.warmUp(3));
    await fake.clock.advance(100);
    assert.equal(warmed.state, 'rejected');
    assert.equal(warmed.error.code, 'POOL_OPTION');
  });
});

describe('a resize to less than there is', () => {
  it('gives up the dials that are too many, and says nothing bad of the server for it', async (t) => {
    const fake = fakePool(t, { maxSize: 4, maxConnecting: 4 });
    const failed = fake.record('openFailed');
    fake.connector.opening.usual = { after: 100 };
    const asked = [fake.ask(), fake.ask(), fake.ask(), fake.ask()];
    await fake.clock.advance(10);
    assert.deepEqual([fake.counts().connecting, fake.connector.dialling], [4, 4]);
    fake.pool.resize({ maxSize: 1 });
    await fake.clock.settle();
    assert.deepEqual([fake.counts().size, fake.counts().connecting, fake.connector.dialling], [1, 1, 1]);
    assert.deepEqual(failed.map((event) => 'retryIn' in event && event.retryIn), [0, 0, 0]); // prettier-ignore
    fake.pool.resize({ maxSize: 4 });
    assert.ok(fake.counts().connecting > 1, 'no pause');
    await fake.clock.advance(200);
    assert.ok(asked.every(({ state }) => state === 'resolved'));
  });
});

describe('an eviction during a pause between dials', () => {
  it('dials at once for whoever waits', async (t) => {
    const fake = fakePool(t, {}, { random: () => 0.999 });
    fake.connector.opening.next({ fail: new Error('down') });
    const asked = fake.ask();
    await fake.clock.advance(1);
    assert.equal(asked.state, 'pending');
    fake.pool.evict();
    await fake.clock.advance(0);
    assert.equal(asked.state, 'resolved');
  });
});
