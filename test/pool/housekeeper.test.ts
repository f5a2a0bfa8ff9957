import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakePool, type FakeLease, type FakePool } from './support/pool.js';

const HOUR = 3_600_000;

/** Acquires and releases a connection every `every` ms, for `forMs` ms. */
async function keepBusy(fake: FakePool, forMs: number, every: number): Promise<void> {
  for (let passed = 0; passed < forMs; passed += every) {
    (await fake.acquire()).release();
    await fake.clock.advance(every);
  }
}

describe('idle timeout', () => {
  it('closes what has lain idle for so long, soon after, and with a good-bye', async (t) => {
    const fake = fakePool(t, { idleTimeout: 60_000 });
    const closed = fake.record('closed');
    await fake.warm(3);
    await fake.clock.advance(59_999);
    assert.equal(fake.counts().idle, 3);
    await fake.clock.advance(5_001);
    assert.equal(fake.counts().size, 0);
    assert.equal(fake.connector.calls('close'), 3);
    assert.ok(closed.every((event) => event.event === 'closed' && event.reason === 'idle'));
  });

  it('stops at minIdle, the oldest first', async (t) => {
    const fake = fakePool(t, { minIdle: 2, idleTimeout: 10_000, keepaliveInterval: 0 });
    await fake.clock.settle();
    await fake.warm(5);
    await fake.clock.advance(HOUR / 4);
    assert.equal(fake.counts().idle, 2);
    assert.equal(fake.connector.calls('open'), 5);
    const left = [...fake.connector.live].map(({ id }) => id);
    assert.deepEqual(left, [4, 5]);
  });

  it('shrinks after a burst while a trickle of use goes on', async (t) => {
    const fake = fakePool(t, { maxSize: 20, idleTimeout: 30_000 });
    await fake.warm(20);
    await keepBusy(fake, 60_000, 1_000);
    assert.equal(fake.counts().size, 1);
  });

  it('does not open and close in turn at the edge', async (t) => {
    const fake = fakePool(t, { minIdle: 2, maxSize: 4, idleTimeout: 5_000, maxLifetime: 0 });
    await fake.clock.settle();
    await keepBusy(fake, 120_000, 500);
    assert.ok(fake.connector.calls('open') <= 3, `${fake.connector.calls('open')} dials`);
  });

  it('with 0 keeps them for ever', async (t) => {
    const fake = fakePool(t, { idleTimeout: 0, maxLifetime: 0, keepaliveInterval: 0 });
    await fake.warm(2);
    await fake.clock.advance(5 * HOUR);
    assert.equal(fake.counts().idle, 2);
  });

  it('does not count a keepalive ping as use', async (t) => {
    const fake = fakePool(t, { idleTimeout: 60_000, keepaliveInterval: 5_000 });
    await fake.warm(1);
    await fake.clock.advance(70_000);
    assert.equal(fake.counts().size, 0);
  });

  it('never touches a loan', async (t) => {
    const fake = fakePool(t, { idleTimeout: 1_000 });
    const lease = await fake.acquire();
    await fake.clock.advance(HOUR / 4);
    assert.equal(lease.active, true);
  });
});

describe('minIdle', () => {
  it('is opened without a caller, one after the other, and refilled after a loss', async (t) => {
    const fake = fakePool(t, { minIdle: 3, maxConnecting: 1 });
    fake.connector.opening.usual = { after: 10 };
    await fake.clock.advance(500);
    assert.deepEqual([fake.counts().idle, fake.connector.peakDialling], [3, 1]);
    fake.connector.kill(fake.connector.opened.get(2)!);
    await fake.clock.advance(500);
    assert.equal(fake.counts().idle, 3);
  });

  it('counts what is idle, so loans are made up for, up to maxSize', async (t) => {
    const fake = fakePool(t, { minIdle: 2, maxSize: 4 });
    await fake.clock.settle();
    const leases: FakeLease[] = [];
    for (let i = 0; i < 4; i++) {
      leases.push(await fake.acquire());
      await fake.clock.advance(5_000);
      assert.equal(fake.counts().size, Math.min(4, i + 3));
    }
    assert.equal(leases.length, 4);
  });

  it('is filled again when the server comes back, without a caller', async (t) => {
    const fake = fakePool(t, { minIdle: 2 });
    fake.connector.opening.usual = { fail: new Error('down') };
    await fake.clock.advance(20_000);
    fake.connector.opening.usual = {};
    await fake.clock.advance(6_000);
    assert.equal(fake.counts().idle, 2);
  });

  it('is not opened before listeners could be added', async (t) => {
    const fake = fakePool(t, { minIdle: 1 });
    const events = fake.record('opening', 'opened');
    assert.equal(fake.connector.calls('open'), 0);
    await fake.clock.settle();
    assert.equal(events.length, 2);
  });
});

describe('lifetime', () => {
  it('replaces a connection that is in use now and then, before its time, by a fresh one', async (t) => {
    const fake = fakePool(t, { maxLifetime: 100_000, minIdle: 1 }, { random: () => 0.8 });
    await fake.clock.settle();
    await keepBusy(fake, 79_000, 1_000);
    assert.equal((await fake.acquire()).connection.id, 1);
    fake.pool.on('opening', () => assert.ok(fake.counts().size >= 1));
    for (const lease of [...fake.connector.live]) assert.equal(lease.id, 1);
  });

  it('ends within the last quarter, spread by chance', async (t) => {
    const ends: number[] = [];
    for (const random of [0, 0.25, 0.5, 0.75, 0.999]) {
      const fake = fakePool(t, { maxLifetime: 400_000, keepaliveInterval: 0 }, { random: () => random });
      const start = fake.clock.now();
      fake.pool.on('closed', ({ reason }) => reason === 'lifetime' && ends.push(fake.clock.now() - start));
      await fake.warm(1);
      await fake.clock.advance(450_000);
    }
    assert.equal(ends.length, 5);
    const wanted = [400_000, 375_000, 350_000, 325_000, 300_100];
    ends.forEach((end, i) => assert.ok(end >= wanted[i]! && end <= wanted[i]! + 5_000, `${end} for ${wanted[i]}`));
  });

  it('is over for a connection that lies idle past its time: it is not lent', async (t) => {
    for (const ping of ['never', 'always', { idleFor: 500 }] as const) {
      const fake = fakePool(t, { maxLifetime: 1_000, ping }, { random: () => 0 });
      await fake.warm(1);
      fake.clock.blocked(1_001);
      const asked = fake.ask();
      await fake.clock.advance(0);
      assert.equal(asked.value.connection.id, 2);
      assert.equal(fake.connector.calls('ping'), 0);
    }
  });

  it('that ends during a loan closes the connection when it comes back', async (t) => {
    const fake = fakePool(t, { maxLifetime: 10_000 });
    const closed = fake.record('closed');
    const lease = await fake.acquire();
    await fake.clock.advance(60_000);
    assert.equal(lease.active, true);
    lease.release();
    await fake.clock.settle();
    const [event] = closed;
    assert.equal(event?.event === 'closed' && event.reason, 'lifetime');
  });

  it('of connections opened together does not end together', async (t) => {
    const fake = fakePool(t, { maxSize: 10, minIdle: 10, maxLifetime: 400_000, idleTimeout: 0 });
    await fake.clock.advance(1_000);
    const ends: number[] = [];
    fake.pool.on('closed', () => ends.push(fake.clock.now()));
    await fake.clock.advance(380_000);
    assert.ok(ends.length >= 3, `${ends.length} retirements`);
    const gaps = ends.slice(1).map((end, i) => end - ends[i]!);
    assert.ok(Math.min(...gaps) >= 10_000, `gaps ${gaps.join()}`);
    await fake.clock.advance(20_000);
    for (const { id } of fake.connector.live) assert.ok(id > 10, `connection ${id} is past its time`);
  });

  it('never leaves a caller waiting for a dial in steady use', async (t) => {
    const fake = fakePool(t, { maxSize: 4, minIdle: 1, maxLifetime: 60_000 });
    fake.connector.opening.usual = { after: 200 };
    await fake.clock.advance(500);
    for (let i = 0; i < 300; i++) {
      const asked = fake.ask();
      await fake.clock.advance(0);
      assert.equal(asked.state, 'resolved', `round ${i}`);
      asked.value.release();
      await fake.clock.advance(1_000);
    }
    assert.ok(fake.connector.calls('open') >= 4);
  });

  it('never leaves a caller waiting for a dial in steady use without keepalive', async (t) => {
    const fake = fakePool(t, { maxSize: 4, maxLifetime: 60_000, keepaliveInterval: 0 });
    fake.connector.opening.usual = { after: 200 };
    (await fake.acquireAfter(200)).release();
    for (let i = 0; i < 200; i++) {
      const asked = fake.ask();
      await fake.clock.advance(0);
      assert.equal(asked.state, 'resolved', `round ${i}`);
      asked.value.release();
      await fake.clock.advance(1_000);
    }
    assert.ok(fake.connector.calls('open') >= 3);
  });

  it('with a single place retires the old before it opens the new', async (t) => {
    const fake = fakePool(t, { maxSize: 1, maxLifetime: 20_000 });
    await keepBusy(fake, 120_000, 500);
    assert.equal(fake.connector.peak, 1);
    assert.ok(fake.connector.calls('open') >= 5);
  });

  it('with 0 never ends', async (t) => {
    const fake = fakePool(t, { maxSize: 1, maxLifetime: 0 });
    for (let i = 0; i < 100; i++) {
      (await fake.acquire()).release();
      await fake.clock.advance(300_000);
    }
    assert.equal(fake.connector.calls('open'), 1);
  });
});

describe('keepalive', () => {
  it('pings what has been quiet for so long, again and again', async (t) => {
    const fake = fakePool(t, { keepaliveInterval: 30_000, idleTimeout: 0, maxLifetime: 0 });
    await fake.warm(2);
    await fake.clock.advance(31 * 10_000);
    const pings = fake.connector.calls('ping');
    assert.ok(pings >= 14 && pings <= 20, `${pings} pings`);
  });

  it('finds the dead before a caller does', async (t) => {
    const fake = fakePool(t, { keepaliveInterval: 20_000, minIdle: 1 });
    await fake.clock.settle();
    fake.connector.kill(fake.connector.opened.get(1)!, { silent: true });
    await fake.clock.advance(26_000);
    assert.equal(fake.connector.opened.get(1)!.destroyed, true);
    assert.equal(fake.counts().idle, 1);
  });

  it('leaves alone what is in use or was used since', async (t) => {
    const fake = fakePool(t, { keepaliveInterval: 20_000, maxSize: 2 });
    const lease = await fake.acquire();
    const end = fake.connector.use(lease.connection);
    await fake.clock.advance(100_000);
    end();
    assert.equal(fake.connector.calls('ping'), 0);
    lease.release();
  });

  it('keeps nobody waiting longer than its ping', async (t) => {
    const fake = fakePool(t, { keepaliveInterval: 5_000, maxSize: 1 });
    await fake.warm(1);
    fake.connector.pinging.usual = { after: 50 };
    await fake.clock.advance(6_260);
    const asked = fake.ask();
    await fake.clock.advance(50);
    assert.equal(asked.state, 'resolved');
  });

  it('with 0 never pings', async (t) => {
    const fake = fakePool(t, { keepaliveInterval: 0, idleTimeout: 0 });
    await fake.warm(1);
    await fake.clock.advance(HOUR / 4);
    assert.equal(fake.connector.calls('ping'), 0);
  });
});

describe('a process that stood still', () => {
  it('has every idle connection pinged before it is lent', async (t) => {
    const fake = fakePool(t, { maxSize: 3, ping: 'never', idleTimeout: 0, maxLifetime: 0, keepaliveInterval: 0 });
    await fake.warm(3);
    for (const connection of fake.connector.live) fake.connector.kill(connection, { silent: true });
    fake.clock.blocked(600_000);
    await fake.clock.advance(0);
    assert.equal(fake.connector.calls('ping'), 3);
    assert.equal((await fake.acquire()).connection.id, 4);
  });

  it('does not mistake a short stall for that', async (t) => {
    const fake = fakePool(t, { maxSize: 3, idleTimeout: 0 });
    await fake.warm(3);
    await fake.clock.advance(4_500);
    fake.clock.blocked(900);
    await fake.clock.advance(0);
    assert.equal(fake.connector.calls('ping'), 0);
  });

  it('does not storm the server when all are dead', async (t) => {
    const fake = fakePool(t, { maxSize: 20, minIdle: 20, maxConnecting: 2 });
    await fake.clock.advance(2_000);
    for (const connection of fake.connector.live) fake.connector.kill(connection, { silent: true });
    fake.connector.opening.usual = { after: 100 };
    fake.connector.peakDialling = 0;
    fake.clock.blocked(300_000);
    await fake.clock.advance(10_000);
    assert.equal(fake.counts().idle, 20);
    assert.ok(fake.connector.peakDialling <= 2);
  });
});

describe('leak reports', () => {
  it('name the loan, its age and the place where it was taken, once, and tell its end', async (t) => {
    const fake = fakePool(t, { leakThreshold: 10_000 });
    const events = fake.record('leakSuspected', 'leakEnded');
    const lease = await fake.acquire({ label: 'upload' });
    (await fake.acquire()).release();
    await fake.clock.advance(9_999);
    assert.equal(events.length, 0);
    await fake.clock.advance(20_000);
    assert.equal(events.length, 1);
    const [report] = events;
    assert.ok(report?.event === 'leakSuspected');
    assert.deepEqual([report.loan, report.connection], [lease.id, 1]);
    assert.ok(report.held >= 10_000 && report.held <= 12_500, `${report.held}`);
    assert.match(report.callSite!, /support\/pool/);
    assert.match(report.takenAt, /support\/pool.*housekeeper\.test/s);
    assert.doesNotMatch(report.takenAt, /dist\/|src\/pool/);
    assert.deepEqual([report.label, report.recent], ['upload', []]);
    lease.release();
    const ended = { event: 'leakEnded', loan: 1, connection: 1, held: 29_999, label: 'upload', reclaimed: false };
    assert.deepEqual(events[1], { ...ended, callSite: report.callSite });
  });

  it('are off by default', async (t) => {
    const fake = fakePool(t);
    const events = fake.record('leakSuspected');
    await fake.acquire();
    await fake.clock.advance(HOUR);
    assert.equal(events.length, 0);
  });

  it('begin anew with each loan', async (t) => {
    const fake = fakePool(t, { leakThreshold: 1_000, maxSize: 1 });
    const events = fake.record('leakSuspected', 'leakEnded');
    for (let i = 0; i < 2; i++) {
      const lease = await fake.acquire();
      await fake.clock.advance(2_000);
      lease.release();
    }
    assert.equal(events.length, 4);
  });
});

describe('the timer of the housekeeper', () => {
  it('is one, holds no process, and stops when the pool is empty', async (t) => {
    const fake = fakePool(t, { idleTimeout: 20_000 });
    await fake.warm(5);
    await fake.clock.advance(1_000);
    assert.equal(fake.clock.timers(true).length, 0);
    await fake.clock.advance(60_000);
    assert.equal(fake.counts().size, 0);
    assert.deepEqual(fake.clock.timers(), []);
  });

  it('follows options that change', async (t) => {
    const fake = fakePool(t, { idleTimeout: 0, keepaliveInterval: 0, maxLifetime: 0 });
    await fake.warm(2);
    fake.pool.resize({ idleTimeout: 10_000 });
    await fake.clock.advance(16_000);
    assert.equal(fake.counts().size, 0);
  });
});

describe('a connection that was only looked at', () => {
  it('keeps its place among the idle ones, so that the idle time-out closes the one that was used longest ago', async (t) => {
    const fake = fakePool(t, { maxSize: 2, order: 'fifo', idleTimeout: 10_000, keepaliveInterval: 0 });
    const [one, two] = [await fake.acquire(), await fake.acquire()];
    one.release();
    await fake.clock.advance(4_000);
    two.release();
    await fake.clock.advance(1_000);
    // A ping for a caller that gives up before the answer.
    const controller = new AbortController();
    fake.connector.pinging.next({ after: 10 });
    fake.ask({ signal: controller.signal });
    await fake.clock.advance(5);
    controller.abort();
    await fake.clock.advance(5);
    const closed = fake.record('closed');
    await fake.clock.advance(6_500);
    assert.deepEqual(closed, [{ event: 'closed', connection: 1, reason: 'idle', cause: undefined }]);
  });
});
