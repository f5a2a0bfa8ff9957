import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectError, PoolUnavailableError } from 'node-mysqlpool/pool';
import { FakeFailure } from './support/fake-connector.js';
import { watch } from './support/outcome.js';
import { fakePool, type FakePool } from './support/pool.js';

const refused = new FakeFailure('connection refused');
const full = new FakeFailure('too many connections', 'full');
const wrong = new FakeFailure('access denied', 'fatal');

/** When each dial began, in ms after the first one. */
async function dialTimes(fake: FakePool, ms: number): Promise<number[]> {
  const times: number[] = [];
  fake.pool.on('opening', () => times.push(fake.clock.now()));
  await fake.clock.advance(ms);
  return times.map((time) => time - times[0]!);
}

describe('dialling', () => {
  it('opens at most maxConnecting at a time', async (t) => {
    const fake = fakePool(t, { maxSize: 10, maxConnecting: 3 });
    fake.connector.opening.usual = { after: 100 };
    const asked = Array.from({ length: 10 }, () => fake.ask());
    await fake.clock.advance(2_000);
    assert.equal(fake.connector.peakDialling, 3);
    assert.ok(asked.every((one) => one.state === 'resolved'));
  });

  it('bounds a dial that never ends by connectTimeout, and tries again', async (t) => {
    const fake = fakePool(t, { maxSize: 1, connectTimeout: 1_000 });
    fake.connector.opening.next({ hang: true });
    const asked = fake.ask();
    await fake.clock.advance(999);
    assert.equal(fake.counts().connecting, 1);
    await fake.clock.advance(1);
    assert.equal(fake.counts().connecting, 0);
    await fake.clock.advance(200);
    assert.equal(asked.value.connection.id, 2);
    assert.deepEqual(fake.connector.trace, ['open 1', 'abort 1', 'open 2', 'opened 2']);
  });

  it('lets other dials go on while one hangs', async (t) => {
    const fake = fakePool(t, { maxSize: 3, maxConnecting: 2 });
    fake.connector.opening.next({ hang: true });
    fake.connector.opening.usual = { after: 10 };
    const asked = [fake.ask(), fake.ask()];
    await fake.clock.advance(100);
    assert.equal(asked[0]!.state, 'resolved');
    asked[0]!.value.release();
    await fake.clock.advance(0);
    assert.equal(asked[1]!.state, 'resolved');
  });

  it('destroys what a dial opens after its deadline', async (t) => {
    const fake = fakePool(t, { maxSize: 1, connectTimeout: 100 });
    fake.connector.deaf = true;
    fake.connector.opening.next({ after: 500 });
    const asked = fake.ask();
    await fake.clock.advance(300);
    assert.equal(asked.value.connection.id, 2);
    await fake.clock.advance(300);
    assert.equal(fake.connector.opened.get(1)!.destroyed, true);
    assert.equal(fake.connector.left, 1);
  });

  it('serves a waiter with what comes back first, its own dial or a release', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const first = await fake.acquire();
    fake.connector.opening.usual = { after: 100 };
    const [second, third] = [fake.ask(), fake.ask()];
    await fake.clock.advance(10);
    first.release();
    await fake.clock.advance(0);
    assert.equal(second.value.connection.id, 1);
    await fake.clock.advance(100);
    assert.equal(third.value.connection.id, 2);
  });

  it('drops a dial that waits its turn when nobody needs it any more', async (t) => {
    const fake = fakePool(t, { maxSize: 10, maxConnecting: 1 });
    const first = await fake.acquire();
    fake.connector.opening.usual = { after: 100 };
    const asked = Array.from({ length: 3 }, () => fake.ask());
    for (const one of asked) {
      fake.clock.arrive(5, () => undefined);
      if (one === asked[0]) first.release();
      await fake.clock.advance(5);
      one.value.release();
    }
    await fake.clock.advance(1_000);
    assert.equal(fake.connector.calls('open'), 2);
    assert.equal(fake.counts().idle, 2);
  });

  it('wakes the next waiter when the dial that held the last place fails (SQLAlchemy D1)', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 3_000 });
    fake.connector.opening.next({ after: 200, fail: refused });
    const [first, second] = [fake.ask(), fake.ask()];
    await fake.clock.advance(500);
    assert.equal(first.state, 'resolved');
    first.value.release();
    await fake.clock.advance(0);
    assert.equal(second.state, 'resolved');
  });

  it('gives the place of a failed dial back (SQLAlchemy test_overflow_reset_on_failed_connect)', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    fake.connector.opening.failNext(6, refused);
    const asked = Array.from({ length: 3 }, () => fake.ask());
    await fake.clock.advance(20_000);
    assert.ok(asked.every((one) => one.state === 'resolved'));
    assert.equal(fake.counts().size, 3);
  });

  it('takes a failure for transient when it cannot be classified', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    fake.connector.classify = () => {
      throw new Error('what is that?');
    };
    fake.connector.opening.failNext(1, refused);
    const asked = fake.ask();
    await fake.clock.advance(200);
    assert.equal(asked.state, 'resolved');
  });

  it('takes every failure for transient when the connector does not classify', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    Object.assign(fake.connector, { classify: undefined });
    fake.connector.opening.failNext(1, wrong);
    const asked = fake.ask();
    await fake.clock.advance(200);
    assert.equal(asked.state, 'resolved');
  });

  it('treats an open that throws at once as a failure', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const open = fake.connector.open.bind(fake.connector);
    fake.connector.open = () => {
      fake.connector.open = open;
      throw refused;
    };
    const asked = fake.ask();
    await fake.clock.advance(200);
    assert.equal(asked.state, 'resolved');
  });
});

describe('dialling while the server is down', () => {
  it('pauses longer and longer, up to 5 s, one dial at a time', async (t) => {
    const fake = fakePool(t, { maxSize: 10, maxConnecting: 5, minIdle: 10 }, { random: () => 0.999999 });
    fake.connector.opening.usual = { fail: refused };
    await fake.clock.advance(0);
    const times = await dialTimes(fake, 30_000);
    const pauses = times.slice(1).map((time, i) => Math.round(time - times[i]!));
    assert.deepEqual(
      pauses.slice(0, 6),
      pauses.slice(0, 6).toSorted((a, b) => a - b),
    );
    assert.equal(Math.max(...pauses), 5_000);
    assert.equal(fake.connector.peakDialling <= 5, true);
    const dials = fake.connector.calls('open');
    assert.ok(dials < 20, `${dials} dials in 30 s`);
  });

  it('dials at most twice a second while somebody waits, and finds a server that is back within one', async (t) => {
    for (const dice of [0, 0.5, 0.999999]) {
      const fake = fakePool(t, { maxSize: 10, acquireTimeout: Infinity }, { random: () => dice });
      // Dials take 500 ms: with random 0 there is no pause between them.
      fake.connector.opening.usual = { after: 500, fail: refused };
      let asked = fake.ask();
      const askFor = async (ms: number): Promise<void> => {
        for (const end = fake.clock.now() + ms; fake.clock.now() < end; await fake.clock.advance(10)) {
          // The caller is rejected when no connection is alive; then it asks again.
          if (asked.state === 'rejected') asked = fake.ask();
        }
      };
      await askFor(30_000);
      const dials = fake.connector.calls('open');
      assert.ok(dials >= 30 && dials <= 61, `${dials} dials in 30 s`);
      fake.connector.opening.usual = {};
      await askFor(1_000);
      assert.equal(asked.state, 'resolved');
    }
  });

  it('finds it within a second also when new callers have been refused for long', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 1_000 }, { random: () => 0.999999 });
    fake.connector.opening.usual = { fail: refused };
    for (let i = 0; i < 600; i++) {
      fake.ask();
      await fake.clock.advance(100);
    }
    assert.ok(fake.connector.calls('open') <= 120, `${fake.connector.calls('open')} dials in 60 s`);
    fake.connector.opening.usual = {};
    await fake.clock.advance(1_000);
    assert.equal((await fake.acquire()).active, true);
  });

  it('has no pause left after an eviction: what failed may have been mended with it', async (t) => {
    const fake = fakePool(t, { maxSize: 1 }, { random: () => 0.999999 });
    fake.connector.opening.failNext(1, new FakeFailure('wrong password', 'fatal'));
    const first = fake.ask();
    await fake.clock.advance(0);
    assert.equal(first.error.code, 'POOL_CONNECT');
    const refused = fake.ask();
    await fake.clock.advance(0);
    assert.equal(refused.error.code, 'POOL_CONNECT');
    assert.equal(fake.connector.calls('open'), 1, 'refused from memory');
    fake.pool.evict();
    assert.equal((await fake.acquire()).active, true);
  });

  it('pauses at random between nothing and the bound', async (t) => {
    let dice = 0;
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: Infinity }, { random: () => [0.1, 0.9, 0.5][dice++ % 3]! });
    fake.connector.opening.usual = { fail: refused };
    const failures: number[] = [];
    fake.pool.on('openFailed', ({ retryIn }) => failures.push(Math.round(retryIn)));
    fake.ask();
    await fake.clock.advance(2_000);
    assert.deepEqual(failures.slice(0, 3), [20, 360, 400]);
  });

  it('begins anew after a success', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    fake.connector.opening.failNext(3, refused);
    const failures = fake.record('openFailed');
    const asked = fake.ask();
    await fake.clock.advance(5_000);
    asked.value.destroy();
    fake.connector.opening.failNext(1, refused);
    fake.ask();
    await fake.clock.advance(5_000);
    assert.deepEqual(
      failures.map((event) => event.event === 'openFailed' && event.retryIn),
      [100, 200, 400, 100],
    );
  });

  it('tells those who time out the last failure', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 1_000 });
    fake.connector.opening.usual = { fail: refused };
    const asked = fake.ask();
    await fake.clock.advance(1_000);
    assert.equal(asked.error.cause, refused);
    assert.match(asked.error.message, /^test: no connection within 1000 ms \(connecting; .*: connection refused$/);
  });

  it('does not start a dial for nobody', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 100 });
    fake.connector.opening.usual = { fail: refused };
    fake.ask();
    await fake.clock.advance(100);
    const dials = fake.connector.calls('open');
    await fake.clock.advance(60_000);
    assert.equal(fake.connector.calls('open'), dials);
  });

  it('keeps the existing connections going: only those who wait for more are held up', async (t) => {
    const fake = fakePool(t, { maxSize: 5 });
    const lease = await fake.acquire();
    fake.connector.opening.usual = { fail: refused };
    const [second, third] = [fake.ask(), fake.ask()];
    await fake.clock.advance(1_000);
    lease.release();
    await fake.clock.advance(0);
    second.value.release();
    await fake.clock.advance(0);
    assert.equal(third.value.connection.id, 1);
  });
});

describe('a fatal failure', () => {
  it('is told to all waiters at once', async (t) => {
    const fake = fakePool(t);
    fake.connector.opening.usual = { after: 20, fail: wrong };
    const asked = [fake.ask(), fake.ask(), fake.ask()];
    await fake.clock.advance(20);
    for (const one of asked) {
      assert.ok(one.error instanceof ConnectError);
      assert.equal(one.error.cause, wrong);
      assert.equal(one.error.message, 'test: cannot connect, and trying again will not help: access denied');
    }
  });

  it('is told to later callers from memory while the pause lasts, then tried again', async (t) => {
    const fake = fakePool(t);
    fake.connector.opening.usual = { fail: wrong };
    fake.ask();
    await fake.clock.advance(0);
    for (let i = 0; i < 20; i++) {
      const asked = fake.ask();
      await fake.clock.advance(1);
      assert.equal(asked.error.code, 'POOL_CONNECT');
    }
    assert.equal(fake.connector.calls('open'), 1);
    fake.connector.opening.usual = {};
    await fake.clock.advance(5_000);
    assert.equal((await fake.acquire()).connection.id, 2);
  });

  it('does not reject those whom a living connection can still serve', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const lease = await fake.acquire();
    fake.connector.opening.usual = { fail: wrong };
    const asked = fake.ask();
    await fake.clock.advance(100);
    assert.equal(asked.state, 'pending');
    lease.release();
    await fake.clock.advance(0);
    assert.equal(asked.state, 'resolved');
  });
});

describe('a full server', () => {
  it('is back-pressure: callers wait for what the pool has, and no longer than for a second it is asked again', async (t) => {
    const fake = fakePool(t, { maxSize: 5, acquireTimeout: Infinity }, { random: () => 0.999999 });
    const lease = await fake.acquire();
    fake.connector.opening.usual = { fail: full };
    const asked = fake.ask();
    await fake.clock.advance(0);
    const times = await dialTimes(fake, 20_000);
    assert.equal(asked.state, 'pending');
    const pauses = times.slice(1).map((time, i) => Math.round(time - times[i]!));
    assert.equal(Math.max(...pauses), 750);
    lease.release();
    await fake.clock.advance(0);
    assert.equal(asked.value.connection.id, 1);
  });

  it('never trips the breaker', async (t) => {
    const fake = fakePool(t, { maxSize: 5, acquireTimeout: Infinity });
    fake.connector.opening.usual = { fail: full };
    const asked = fake.ask();
    await fake.clock.advance(60_000);
    const later = fake.ask();
    await fake.clock.advance(10);
    assert.deepEqual([asked.state, later.state], ['pending', 'pending']);
    fake.connector.opening.usual = {};
    await fake.clock.advance(1_000);
    assert.deepEqual([asked.state, later.state], ['resolved', 'resolved']);
  });
});

describe('the breaker', () => {
  it('opens after five failures over five seconds with nothing alive: who waits and who asks is told at once', async (t) => {
    const fake = fakePool(t, { acquireTimeout: Infinity });
    fake.connector.opening.usual = { fail: refused };
    const first = fake.ask();
    const warm = watch(fake.pool.warmUp(2));
    await fake.clock.advance(4_000);
    const waits = fake.ask();
    await fake.clock.advance(900);
    assert.deepEqual([first.state, waits.state, warm.state], ['pending', 'pending', 'pending']);
    for (let ms = 0; ms < 1_000 && first.state === 'pending'; ms += 10) await fake.clock.advance(10);
    for (const told of [first, waits, warm]) assert.ok(told.error instanceof PoolUnavailableError);
    const dials = fake.connector.calls('open');
    const failed = fake.ask();
    await fake.clock.settle();
    assert.ok(failed.error instanceof PoolUnavailableError);
    assert.equal(failed.error.cause, refused);
    assert.match(
      failed.error.message,
      /^test: no connection is alive, \d+ attempts in a row failed, the next may begin in \d+ ms: /,
    );
    assert.equal(fake.connector.calls('open'), dials);
  });

  it('stays shut while a connection lives', async (t) => {
    const fake = fakePool(t, { maxSize: 2, acquireTimeout: Infinity });
    await fake.acquire();
    fake.connector.opening.usual = { fail: refused };
    fake.ask();
    await fake.clock.advance(60_000);
    const asked = fake.ask();
    await fake.clock.advance(1);
    assert.equal(asked.state, 'pending');
  });

  it('lets one caller at a time probe once the pause is over, and shuts on success', async (t) => {
    const fake = fakePool(t, { acquireTimeout: 8_000 });
    fake.connector.opening.usual = { fail: refused };
    fake.ask();
    await fake.clock.advance(20_000);
    fake.connector.opening.usual = { after: 100 };
    const probe = fake.ask();
    const beside = fake.ask();
    await fake.clock.settle();
    assert.equal(probe.state, 'pending');
    assert.equal(beside.error.code, 'POOL_UNAVAILABLE');
    assert.match(beside.error.message, /the next is due or under way: connection refused$/);
    assert.equal(fake.counts().connecting, 1);
    await fake.clock.advance(100);
    assert.equal(probe.state, 'resolved');
    const [next] = [fake.ask(), fake.ask()];
    await fake.clock.advance(200);
    assert.equal(next.state, 'resolved');
  });
});
