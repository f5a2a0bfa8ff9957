import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Lease, LeaseEndedError, Pool } from 'node-mysqlpool/pool';
import { FakeClock } from './support/fake-clock.js';
import { FakeConnector, type FakeConnection } from './support/fake-connector.js';
import { fakePool } from './support/pool.js';

describe('a lease that has ended', () => {
  it('may be released again without touching anybody', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    first.release();
    first.release();
    assert.deepEqual([fake.counts().idle, fake.counts().size], [1, 1]);
    const second = await fake.acquire();
    first.release();
    first[Symbol.dispose]();
    await first[Symbol.asyncDispose]();
    assert.equal(second.active, true);
    assert.equal(fake.counts().inUse, 1);
    const third = fake.ask();
    await fake.clock.advance(0);
    assert.equal(third.state, 'pending', 'one connection must never have two users');
  });

  it('may neither destroy, invalidate nor mark the next loan', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    first.release();
    const second = await fake.acquire();
    first.destroy(new Error('mine'));
    first.invalidate();
    first.invalidate({ soft: true });
    assert.equal(second.active, true);
    second.release();
    assert.equal((await fake.acquire()).connection.id, 1);
  });

  it('throws on every use, naming the pool and the loan', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    lease.release();
    const uses = [
      () => lease.connection,
      () => lease.info,
      () => lease.onReturn(() => undefined),
      () => lease.share(),
      () => lease.detach(),
    ];
    for (const use of uses) {
      assert.throws(use, (error) => {
        assert.ok(error instanceof LeaseEndedError);
        assert.equal(error.code, 'POOL_LEASE_ENDED');
        assert.match(error.message, /^test: loan 1 has ended; acquire a connection again$/);
        return true;
      });
    }
    assert.equal(lease.active, false);
    assert.equal(lease.heldFor, 0);
  });

  it('stays ended however it ended', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    const leases = [await fake.acquire(), await fake.acquire(), await fake.acquire()];
    leases[0]!.destroy();
    leases[1]!.invalidate();
    fake.connector.detached.add(leases[2]!.detach());
    for (const lease of leases) {
      assert.equal(lease.active, false);
      assert.throws(() => lease.connection, LeaseEndedError);
      lease.release();
      lease.destroy();
    }
    assert.equal(fake.counts().size, 0);
    assert.equal(fake.connector.calls('destroy'), 2);
  });
});

describe('a lease', () => {
  it('has a number of its own, counted from 1, and knows how long it is out', async (t) => {
    const fake = fakePool(t);
    const [one, two] = [await fake.acquire(), await fake.acquire()];
    assert.deepEqual([one.id, two.id], [1, 2]);
    await fake.clock.advance(1_234);
    assert.equal(one.heldFor, 1_234);
    one.release();
    assert.equal(one.heldFor, 0);
    assert.equal((await fake.acquire()).id, 3);
  });

  it('destroyed frees its place for the line at once, with its cause in the event', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const closed = fake.record('closed');
    const lease = await fake.acquire();
    const next = fake.ask();
    const cause = new Error('broken');
    lease.destroy(cause);
    await fake.clock.advance(0);
    assert.equal(next.value.connection.id, 2);
    assert.deepEqual(closed, [{ event: 'closed', connection: 1, reason: 'destroyed', cause }]);
    assert.equal(fake.connector.calls('close'), 0);
  });

  it('destroyed wakes the whole line in turn (SQLAlchemy test_notify_waiters)', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: Infinity });
    const lease = await fake.acquire();
    const waiting = Array.from({ length: 5 }, () => fake.ask());
    lease.destroy();
    for (const one of waiting) {
      await fake.clock.advance(0);
      one.value.release();
    }
    assert.equal(fake.connector.calls('open'), 2);
  });

  it('invalidated softly is replaced when it comes back, not before', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const closed = fake.record('closed');
    const lease = await fake.acquire();
    lease.invalidate({ soft: true });
    assert.equal(lease.active, true);
    assert.equal(lease.connection.alive, true);
    lease.release();
    assert.equal((await fake.acquire()).connection.id, 2);
    const [event] = closed;
    assert.equal(event?.event === 'closed' && event.reason, 'evicted');
  });

  it('invalidated twice, hard after soft, closes once', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    lease.invalidate({ soft: true });
    lease.invalidate();
    lease.invalidate();
    assert.equal(fake.connector.calls('destroy'), 1);
    assert.equal(fake.counts().size, 0);
  });

  it('keeps info as long as the physical connection lives', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    assert.equal(first.info.size, 0);
    first.info.set('user', 42);
    first.release();
    const second = await fake.acquire();
    assert.equal(second.info.get('user'), 42);
    second.destroy();
    assert.equal((await fake.acquire()).info.size, 0);
  });
});

describe('a detached connection', () => {
  it('frees its place at once and belongs to the caller', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const closed = fake.record('closed', 'released');
    const lease = await fake.acquire();
    const next = fake.ask();
    const connection = lease.detach();
    fake.connector.detached.add(connection);
    await fake.clock.advance(0);
    assert.equal(next.value.connection.id, 2);
    assert.equal(connection.alive, true);
    assert.deepEqual(
      closed.map((event) => event.event),
      ['released', 'closed'],
    );
    assert.equal(closed[1]?.event === 'closed' && closed[1].reason, 'detached');
  });

  it('that dies later concerns the pool no more', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    await fake.warm(2);
    const lease = await fake.acquire();
    const connection = lease.detach();
    fake.connector.detached.add(connection);
    const before = fake.counts();
    fake.connector.kill(connection);
    await fake.clock.settle();
    assert.deepEqual(fake.counts(), before);
    assert.equal(fake.connector.calls('ping'), 0);
  });
});

describe('a shared loan', () => {
  it('goes back with the last of its leases', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const second = first.share();
    assert.equal(second.connection, first.connection);
    assert.equal(second.id, first.id);
    assert.notEqual(second, first);
    first.release();
    first.release();
    assert.equal(first.active, false);
    assert.throws(() => first.connection, LeaseEndedError);
    assert.equal(second.active, true);
    assert.equal(fake.counts().inUse, 1);
    second.release();
    assert.equal(fake.counts().idle, 1);
  });

  it('is over for all when one destroys or detaches it', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const second = first.share();
    second.destroy();
    assert.equal(first.active, false);
    first.release();
    const third = await fake.acquire();
    const fourth = third.share();
    fake.connector.detached.add(third.detach());
    assert.throws(() => fourth.connection, LeaseEndedError);
    fourth.release();
    assert.equal(fake.counts().size, 0);
  });

  it('counts as one', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    lease.share();
    lease.share();
    assert.equal(fake.counts().inUse, 1);
    assert.equal(fake.pool.stats().total.acquired, 1);
  });
});

describe("a connector's own lease class", () => {
  class NamedLease extends Lease<FakeConnection> {
    get number(): string {
      return `connection ${this.connection.id}`;
    }
  }

  it('gives leases its methods, shared ones too', async () => {
    const clock = new FakeClock();
    const connector = new FakeConnector(clock);
    const pool = new Pool<FakeConnection, NamedLease>({ connector, Lease: NamedLease, clock });
    const lease = await pool.acquire();
    assert.ok(lease instanceof NamedLease);
    assert.equal(lease.number, 'connection 1');
    const shared = lease.share();
    lease.release();
    assert.equal(shared.number, 'connection 1');
    shared.release();
    await pool.close();
  });
});
