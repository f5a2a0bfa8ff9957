import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeFailure } from './support/fake-connector.js';
import type { Outcome } from './support/outcome.js';
import { fakePool, type FakeLease } from './support/pool.js';

const NAMES = [
  'poolOpened', 'opening', 'opened', 'openFailed', 'acquired', 'waiting', 'acquireFailed', 'released', 'cleaned', 'closed', 'evicted',
  'resized', 'suspended', 'resumed', 'leakSuspected', 'leakEnded', 'poolDraining', 'poolClosing', 'poolClosed',
] as const; // prettier-ignore

describe('events', () => {
  it('tell a whole life in order, with all they promise', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 1_000 });
    const events = fake.record(...NAMES);
    const down = new FakeFailure('down');
    fake.connector.opening.next({ after: 5, fail: down }, { after: 20 });
    const first = fake.ask();
    await fake.clock.advance(200);
    const late = fake.ask({ timeout: 50, label: 'late' });
    await fake.clock.advance(50);
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { after: 7 };
    first.value.release();
    await fake.clock.advance(7);
    fake.pool.suspend();
    fake.pool.resume();
    fake.pool.evict();
    fake.pool.resize({ maxSize: 2 });
    await fake.pool.close();
    assert.deepEqual(events, [
      { event: 'opening', connection: 1 },
      { event: 'waiting', waiters: 1, label: undefined },
      { event: 'poolOpened' },
      { event: 'openFailed', connection: 1, took: 5, error: down, kind: 'transient', retryIn: 100, hook: undefined },
      { event: 'opening', connection: 2 },
      { event: 'opened', connection: 2, took: 20 },
      { event: 'acquired', loan: 1, connection: 2, waited: 125, label: undefined },
      { event: 'waiting', waiters: 1, label: 'late' },
      { event: 'acquireFailed', waited: 50, error: late.error, label: 'late' },
      { event: 'released', loan: 1, connection: 2, held: 125, label: undefined },
      { event: 'cleaned', connection: 2, took: 7, kind: 'cleaned' },
      { event: 'suspended' },
      { event: 'resumed' },
      { event: 'evicted', generation: 1, cause: undefined },
      { event: 'resized', maxSize: 2 },
      { event: 'poolClosing' },
      { event: 'closed', connection: 2, reason: 'evicted', cause: undefined },
      { event: 'poolClosed' },
    ]);
  });

  it('tell an acquire that was served at once with a wait of 0, and no waiting', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    const events = fake.record('waiting', 'acquired');
    (await fake.acquire()).release();
    assert.deepEqual(events, [{ event: 'acquired', loan: 2, connection: 1, waited: 0, label: undefined }]);
  });

  it('tell every way a caller is turned away', async (t) => {
    const fake = fakePool(t, { maxSize: 1, maxWaiters: 1 });
    const events = fake.record('acquireFailed');
    await fake.acquire();
    const controller = new AbortController();
    fake.ask({ signal: controller.signal });
    fake.ask();
    fake.ask({ timeout: 0 });
    controller.abort(new Error('stop'));
    fake.ask();
    void fake.pool.close({ timeout: 0 });
    fake.ask();
    await fake.clock.advance(0);
    assert.equal(events.length, 5);
    assert.equal(fake.pool.stats().total.failed, 5);
  });

  it('refuse a name that there is not, and a listener that is no function', (t) => {
    const { pool } = fakePool(t);
    assert.throws(
      () => pool.on('aquired' as 'acquired', () => undefined),
      new TypeError('unknown event "aquired" (did you mean "acquired"?)'),
    );
    assert.throws(
      () => pool.on('acquired', undefined as never),
      new TypeError('event "acquired": expected a listener, got undefined'),
    );
  });

  it('reach listeners in the order in which they were added, until removed', async (t) => {
    const fake = fakePool(t);
    const heard: string[] = [];
    const a = (): void => void heard.push('a');
    fake.pool.on('acquired', a);
    const removeB = fake.pool.on('acquired', () => heard.push('b'));
    fake.pool.on('acquired', () => heard.push('c'));
    (await fake.acquire()).release();
    fake.pool.off('acquired', a);
    removeB();
    removeB();
    fake.pool.off('leakSuspected', () => undefined);
    (await fake.acquire()).release();
    assert.deepEqual(heard, ['a', 'b', 'c', 'c']);
  });

  it('let a listener that was added twice be removed once at a time', async (t) => {
    const fake = fakePool(t);
    let heard = 0;
    const listener = (): void => void heard++;
    const remove = fake.pool.on('acquired', listener);
    fake.pool.on('acquired', listener);
    remove();
    remove();
    (await fake.acquire()).release();
    assert.equal(heard, 1);
    fake.pool.off('acquired', listener);
    fake.pool.off('acquired', listener);
    (await fake.acquire()).release();
    assert.equal(heard, 1);
  });

  it('let a listener be removed while it is called', async (t) => {
    const fake = fakePool(t);
    const heard: string[] = [];
    const remove = fake.pool.on('acquired', () => {
      heard.push('once');
      remove();
    });
    fake.pool.on('acquired', () => heard.push('always'));
    (await fake.acquire()).release();
    (await fake.acquire()).release();
    assert.deepEqual(heard, ['once', 'always', 'always']);
  });

  it('may use the pool from within a listener', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const asked: Outcome<FakeLease>[] = [];
    fake.pool.on('released', () => void asked.push(fake.ask()));
    fake.pool.on('closed', () => fake.pool.stats());
    fake.pool.on('waiting', () => fake.pool.evict());
    const first = await fake.acquire();
    first.release();
    await fake.clock.advance(500);
    fake.check();
    assert.deepEqual(
      asked.map((one) => one.state),
      ['resolved'],
    );
  });

  it('let a listener borrow in the middle of an eviction: it gets none of the old', async (t) => {
    for (const when of ['evicted', 'closed'] as const) {
      const fake = fakePool(t, { maxSize: 3, order: 'fifo' });
      await fake.warm(3);
      fake.connector.dirty = true;
      fake.connector.cleaning.next({ hang: true });
      (await fake.acquire()).release();
      assert.deepEqual(fake.counts().idle, 3);
      const asked: Outcome<FakeLease>[] = [];
      const remove = fake.pool.on(when, () => {
        remove();
        asked.push(fake.ask());
      });
      fake.pool.evict();
      await fake.clock.advance(2_000);
      fake.check();
      assert.ok(asked[0]!.value.connection.id > 3, `in ${when}: lent ${asked[0]!.value.connection.id}`);
      fake.connector.use(asked[0]!.value.connection)();
    }
  });

  it('let a listener of a release release again, whatever ended the loan', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    const shared = lease.share();
    fake.pool.on('released', () => {
      shared.release();
      shared.destroy();
      lease.release();
    });
    lease.destroy();
    await fake.clock.settle();
    assert.deepEqual(fake.counts(), { size: 0, idle: 0, inUse: 0, connecting: 0, closing: 0, waiters: 0 });
    assert.equal(fake.connector.calls('destroy'), 1);
    assert.equal(fake.connector.calls('clean'), 0);
  });

  it('with listeners that throw disturb nobody, and warn (SQLAlchemy D5, D7)', async (t) => {
    const warned = t.mock.method(process, 'emitWarning', () => undefined);
    const fake = fakePool(t, { maxSize: 2, leakThreshold: 100, acquireTimeout: 1_000 });
    for (const name of NAMES) {
      fake.pool.on(name, () => {
        throw new Error(`listener of ${name}`);
      });
    }
    const heard = fake.record('acquired', 'released', 'closed');
    fake.connector.opening.next({ fail: new Error('down') });
    const leases = [fake.ask(), fake.ask()];
    await fake.clock.advance(500);
    fake.connector.dirty = true;
    const late = fake.ask({ timeout: 0 });
    leases[0]!.value.release();
    leases[1]!.value.destroy();
    await fake.clock.advance(0);
    fake.pool.suspend();
    fake.pool.resume();
    fake.pool.evict();
    fake.pool.resize({ maxSize: 1 });
    (await fake.acquire()).release();
    await fake.clock.advance(0);
    assert.equal(late.state, 'rejected');
    await fake.pool.drain();
    assert.equal(fake.pool.state, 'closed');
    assert.equal(heard.filter(({ event }) => event === 'closed').length, 3);
    const warnings = warned.mock.calls.map(({ arguments: given }) => given as unknown[]);
    const texts = new Set(warnings.map(([text]) => String(text)));
    assert.equal(texts.size, NAMES.length, [...texts].join('\n'));
    assert.ok([...texts].every((text) => /^a listener of "\w+" threw: Error: listener of \w+$/.test(text)));
    assert.ok(warnings.every(([, kind]) => kind === 'PoolListenerWarning'));
  });
});

describe('stats', () => {
  it('add up at every event of a busy life', async (t) => {
    const fake = fakePool(t, { maxSize: 3, minIdle: 1, pingTimeout: 50, acquireTimeout: 200 });
    let seen = 0;
    for (const name of NAMES) {
      fake.pool.on(name, () => {
        seen++;
        fake.check();
        assert.ok(fake.counts().size <= 3);
      });
    }
    const warned = t.mock.method(process, 'emitWarning', () => undefined);
    fake.connector.dirty = true;
    const asked: Outcome<FakeLease>[] = [];
    const giveBack = (): void => asked.forEach((one) => one.state === 'resolved' && one.value.release());
    for (let round = 0; round < 40; round++) {
      fake.connector.opening.usual = round % 4 === 1 ? { after: 5, fail: new Error('down') } : { after: 5 };
      fake.connector.pinging.usual = round % 5 === 2 ? { hang: true } : { after: 2 };
      fake.connector.cleaning.usual = round % 6 === 3 ? { fail: new Error('dirty') } : { after: 3 };
      for (let i = 0; i < 5; i++) asked.push(fake.ask());
      await fake.clock.advance(40);
      giveBack();
      await fake.clock.advance(round % 3 === 0 ? 700 : 10);
      giveBack();
      if (round % 9 === 8) fake.pool.evict();
    }
    void fake.pool.close();
    giveBack();
    await fake.clock.advance(10_000);
    assert.equal(fake.pool.state, 'closed');
    assert.ok(seen > 300, `${seen} events`);
    // A failed assertion in a listener becomes a warning.
    assert.deepEqual(
      warned.mock.calls.map(({ arguments: given }) => given),
      [],
    );
  });

  it('count what has happened', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 100 });
    fake.connector.opening.failNext(1, new Error('down'));
    const first = fake.ask({ timeout: 1_000 });
    await fake.clock.advance(200);
    const late = fake.ask();
    await fake.clock.advance(100);
    assert.equal(late.state, 'rejected');
    first.value.release();
    (await fake.acquire()).destroy();
    assert.deepEqual(fake.pool.stats().total, {
      acquired: 2,
      waited: 1,
      failed: 1,
      opened: 1,
      openFailed: 1,
      openRefused: 0,
      closed: 1,
    });
  });

  it('tell the longest wait and the oldest loan', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 2 });
    assert.deepEqual([fake.pool.stats().longestWait, fake.pool.stats().oldestLoan], [0, 0]);
    const old = await fake.acquire();
    await fake.clock.advance(300);
    await fake.acquire();
    fake.ask();
    await fake.clock.advance(20);
    fake.ask();
    await fake.clock.advance(5);
    const { longestWait, oldestLoan, waiters, name, state, maxSize } = fake.pool.stats();
    assert.deepEqual([longestWait, oldestLoan, waiters, name, state, maxSize], [25, 325, 2, 'orders', 'open', 2]);
    old.release();
    await fake.clock.advance(0);
    assert.equal(fake.pool.stats().longestWait, 5);
    assert.equal(fake.pool.stats().oldestLoan, 25);
  });

  it('are a snapshot', async (t) => {
    const fake = fakePool(t);
    const before = fake.pool.stats();
    (await fake.acquire()).release();
    assert.equal(before.size, 0);
    assert.equal(before.total.acquired, 0);
  });
});

describe('an async listener that fails', () => {
  it('becomes a warning, as one that throws does', async (t) => {
    const fake = fakePool(t);
    const heard: string[] = [];
    const hear = ({ name, message }: Error): void => void heard.push(`${name}: ${message}`);
    process.on('warning', hear);
    fake.pool.on('acquired', async () => {
      await Promise.resolve();
      throw new Error('late');
    });
    (await fake.acquire()).release();
    await new Promise((resolve) => setTimeout(resolve, 1));
    process.off('warning', hear);
    assert.deepEqual(heard, ['PoolListenerWarning: a listener of "acquired" threw: Error: late']);
  });
});
