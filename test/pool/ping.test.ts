import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakePool } from './support/pool.js';

describe('ping before a loan', () => {
  it('is left out for what was in use less than idleFor ago', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    await fake.clock.advance(499);
    (await fake.acquire()).release();
    assert.equal(fake.connector.calls('ping'), 0);
    await fake.clock.advance(500);
    (await fake.acquire()).release();
    assert.equal(fake.connector.calls('ping'), 1);
  });

  it('is not needed again right after a ping', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    await fake.clock.advance(600);
    const controller = new AbortController();
    fake.connector.pinging.next({ after: 1 });
    fake.ask({ signal: controller.signal });
    controller.abort();
    await fake.clock.advance(10);
    await fake.acquire();
    assert.equal(fake.connector.calls('ping'), 1);
  });

  it('is never sent to a fresh connection (SQLAlchemy #4524)', async (t) => {
    const fake = fakePool(t, { ping: 'always' });
    await fake.acquire();
    assert.equal(fake.connector.calls('ping'), 0);
  });

  it('always: pings on each loan but the first', async (t) => {
    const fake = fakePool(t, { ping: 'always' });
    for (let i = 0; i < 4; i++) (await fake.acquire()).release();
    assert.equal(fake.connector.calls('ping'), 3);
    assert.equal(fake.connector.calls('open'), 1);
  });

  it('always: pings also what is handed from one borrower to the next', async (t) => {
    const fake = fakePool(t, { ping: 'always', maxSize: 1 });
    const first = await fake.acquire();
    const next = fake.ask();
    await fake.clock.advance(3_600_000 / 360);
    fake.connector.kill(first.connection, { silent: true });
    first.release();
    await fake.clock.advance(200);
    assert.equal(next.value.connection.id, 2);
  });

  it('never: lends what it has, alive or not', async (t) => {
    const fake = fakePool(t, { ping: 'never', keepaliveInterval: 0 });
    await fake.warm(1);
    await fake.clock.advance(100_000);
    fake.connector.kill(fake.connector.opened.get(1)!, { silent: true });
    assert.equal((await fake.acquire()).connection.id, 1);
    assert.equal(fake.connector.calls('ping'), 0);
  });

  it('takes { idleFor: 0 } as always', async (t) => {
    const fake = fakePool(t, { ping: { idleFor: 0 } });
    await fake.warm(1);
    (await fake.acquire()).release();
    assert.equal(fake.connector.calls('ping'), 1);
  });

  it('that fails leads to the next idle connection, then to a dial, and nobody notices', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    const closed = fake.record('closed');
    await fake.warm(2);
    await fake.clock.advance(1_000);
    for (const connection of fake.connector.live) fake.connector.kill(connection, { silent: true });
    const lease = await fake.acquire();
    assert.equal(lease.connection.id, 3);
    assert.deepEqual(
      closed.map((event) => event.event === 'closed' && [event.connection, event.reason]),
      [[2, 'dead'], [1, 'dead']],
    ); // prettier-ignore
    assert.equal(fake.pool.stats().total.failed, 0);
  });

  it('that hangs is given up after pingTimeout, and the caller gets another', async (t) => {
    const fake = fakePool(t, { maxSize: 2, pingTimeout: 300 });
    await fake.warm(2);
    await fake.clock.advance(1_000);
    fake.connector.pinging.next({ hang: true });
    const asked = fake.ask();
    await fake.clock.advance(299);
    assert.equal(asked.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(asked.value.connection.id, 1);
    assert.equal(fake.connector.opened.get(2)!.destroyed, true);
  });

  it('of several for several callers run side by side', async (t) => {
    const fake = fakePool(t, { maxSize: 4 });
    await fake.warm(4);
    await fake.clock.advance(1_000);
    fake.connector.pinging.usual = { after: 100 };
    const asked = Array.from({ length: 4 }, () => fake.ask());
    await fake.clock.advance(100);
    assert.ok(asked.every((one) => one.state === 'resolved'));
    assert.equal(fake.connector.calls('ping'), 4);
  });

  it('counts for the head of the line, whoever asked for it', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.warm(1);
    await fake.clock.advance(1_000);
    fake.connector.pinging.usual = { after: 100 };
    const controller = new AbortController();
    const first = fake.ask({ signal: controller.signal });
    const second = fake.ask();
    await fake.clock.advance(50);
    controller.abort();
    await fake.clock.advance(50);
    assert.equal(first.state, 'rejected');
    assert.equal(second.state, 'resolved');
    assert.equal(fake.connector.calls('ping'), 1);
  });

  it('is never sent twice at once', async (t) => {
    const fake = fakePool(t, { maxSize: 1, keepaliveInterval: 2_000, pingTimeout: 30_000 });
    await fake.warm(1);
    fake.connector.pinging.usual = { after: 20_000 };
    await fake.clock.advance(3_000);
    fake.ask();
    await fake.clock.advance(4_000);
    assert.equal(fake.connector.calls('ping'), 1);
  });

  it('that throws at once counts as failed', async (t) => {
    const fake = fakePool(t, { maxSize: 1, ping: 'always' });
    await fake.warm(1);
    fake.connector.ping = () => {
      throw new Error('not connected');
    };
    assert.equal((await fake.acquire()).connection.id, 2);
  });
});

describe('a lost connection', () => {
  it('leaves the pool at once when it was idle', async (t) => {
    const fake = fakePool(t);
    const closed = fake.record('closed');
    await fake.warm(1);
    const cause = new Error('reset by peer');
    fake.connector.opened.get(1)!.context.lost(cause);
    fake.connector.opened.get(1)!.context.lost(new Error('again'));
    assert.equal(fake.counts().size, 0);
    assert.deepEqual(closed, [{ event: 'closed', connection: 1, reason: 'dead', cause }]);
  });

  it('is replaced again and again, however often the server goes', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    for (let round = 0; round < 3; round++) {
      await fake.warm(2);
      for (const connection of [...fake.connector.live]) fake.connector.kill(connection, { silent: round === 1 });
      await fake.clock.advance(1_000);
    }
    assert.equal((await fake.acquire()).connection.id, 7);
    assert.equal(fake.pool.stats().total.failed, 0);
  });

  it('and fourteen others that are lost at the same time are replaced one for one', async (t) => {
    const fake = fakePool(t, { maxSize: 15 });
    fake.connector.closing.usual = { after: 100 };
    const leases = await Promise.all(Array.from({ length: 15 }, () => fake.acquireAfter(1_000)));
    for (const lease of leases) {
      fake.connector.kill(lease.connection);
      lease.release();
    }
    const next = await Promise.all(Array.from({ length: 15 }, () => fake.acquireAfter(1_000)));
    assert.ok(next.every((lease) => lease.connection.id > 15));
    const { opened, closed } = fake.pool.stats().total;
    assert.deepEqual([opened, closed, fake.connector.calls('destroy')], [30, 15, 15]);
  });

  it('is not put back when it was on loan, and the loan goes on till its end', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    fake.connector.kill(lease.connection);
    assert.equal(fake.counts().inUse, 1);
    assert.equal(lease.active, true);
    lease.release();
    await fake.clock.settle();
    assert.equal(fake.counts().size, 0);
    assert.equal((await fake.acquire()).connection.id, 2);
  });

  it('makes its idle siblings be pinged before anybody gets them', async (t) => {
    const fake = fakePool(t, { maxSize: 4 });
    await fake.warm(4);
    const lease = await fake.acquire();
    for (const connection of fake.connector.live) connection.alive = connection.id === 2;
    lease.connection.context.lost(new Error('reset'));
    const asked = [fake.ask(), fake.ask()];
    await fake.clock.advance(100);
    assert.equal(asked[0]!.value.connection.id, 2);
    assert.ok(asked[1]!.value.connection.id > 4);
    assert.equal(fake.connector.calls('ping'), 3);
  });

  it('that was found by a ping makes its siblings be pinged', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    await fake.warm(3);
    await fake.clock.advance(600);
    fake.connector.pinging.next({ fail: new Error('gone') });
    await fake.acquire();
    assert.equal(fake.connector.calls('ping'), 3);
  });

  it('does not set off a storm of dials', async (t) => {
    const fake = fakePool(t, { maxSize: 50, maxConnecting: 2 });
    await fake.warm(50);
    fake.connector.opening.usual = { after: 20 };
    fake.connector.peakDialling = 0;
    for (const connection of [...fake.connector.live]) fake.connector.kill(connection);
    const asked = Array.from({ length: 100 }, () => fake.ask());
    await fake.clock.advance(5);
    assert.equal(fake.counts().connecting, 2);
    await fake.clock.advance(2_000);
    assert.ok(fake.connector.peakDialling <= 2);
    assert.equal(asked.filter((one) => one.state === 'resolved').length, 50);
  });

  it('during its ping, or its cleaning, is gone once', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const closed = fake.record('closed');
    await fake.warm(1);
    await fake.clock.advance(600);
    fake.connector.pinging.usual = { after: 50 };
    const asked = fake.ask();
    await fake.clock.advance(10);
    fake.connector.kill(fake.connector.opened.get(1)!);
    await fake.clock.advance(100);
    assert.equal(asked.value.connection.id, 2);
    fake.connector.dirty = true;
    fake.connector.cleaning.usual = { after: 50 };
    asked.value.release();
    fake.connector.kill(fake.connector.opened.get(2)!);
    await fake.clock.advance(100);
    assert.equal(closed.length, 2);
    assert.equal(fake.counts().size, 0);
  });

  it('that dies in the moment of its opening is not lent', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const open = fake.connector.open.bind(fake.connector);
    fake.connector.open = async (context) => {
      const connection = await open(context);
      if (context.id === 1) fake.connector.kill(connection);
      return connection;
    };
    const asked = fake.ask();
    await fake.clock.advance(500);
    assert.equal(asked.value.connection.id, 2);
  });
});

describe('a server that is unfit', () => {
  it('has every connection replaced', async (t) => {
    const fake = fakePool(t, { maxSize: 3 });
    await fake.warm(3);
    const lease = await fake.acquire();
    const evicted = fake.record('evicted');
    const cause = new Error('read only');
    lease.connection.context.unfit(cause);
    lease.release();
    await fake.clock.settle();
    assert.deepEqual(evicted, [{ event: 'evicted', generation: 1, cause }]);
    assert.equal(fake.connector.left, 0);
  });
});

describe('a connector that tells when the server spoke last', () => {
  it('has a connection pinged although it was on loan a moment ago, if nothing was heard on it for long', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    fake.connector.tellsLife = true;
    const lease = await fake.acquire();
    await fake.clock.advance(600);
    lease.release();
    (await fake.acquire()).release();
    assert.equal(fake.connector.calls('ping'), 1);
    (await fake.acquire()).release();
    assert.equal(fake.connector.calls('ping'), 1, 'the ping was answered');
  });

  it('saves the ping when the server spoke on the loan', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    fake.connector.tellsLife = true;
    const lease = await fake.acquire();
    await fake.clock.advance(600);
    lease.connection.seenAt = fake.clock.now();
    lease.release();
    (await fake.acquire()).release();
    assert.equal(fake.connector.calls('ping'), 0);
  });

  it('has the keepalive go by that, not by the loan', async (t) => {
    const fake = fakePool(t, { maxSize: 1, keepaliveInterval: 2_000 });
    fake.connector.tellsLife = true;
    const lease = await fake.acquire();
    await fake.clock.advance(1_900);
    lease.release();
    await fake.clock.advance(600);
    assert.equal(fake.connector.calls('ping'), 1);
  });
});
