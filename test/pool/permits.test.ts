import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { defaultPermits, type AcquireTimeoutError, type PermitHolder, type PoolOptions } from 'node-mysqlpool/pool';
import { FakeFailure } from './support/fake-connector.js';
import { Issuer } from './support/issuer.js';
import { fakePool, type FakePool } from './support/pool.js';

describe('permits', () => {
  it('are asked for once a dial, and given back once the connection is really closed', async (t) => {
    const permits = new Issuer(5);
    const fake = fakePool(t, {}, { permits });
    await fake.warm(2);
    assert.equal(permits.free, 3);
    fake.connector.closing.usual = { after: 10 };
    fake.pool.evict();
    await fake.clock.advance(9);
    assert.equal(permits.free, 3);
    await fake.clock.advance(1);
    assert.equal(permits.free, 5);
  });

  it('that are denied keep the caller waiting until there is one', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, {}, { permits });
    await fake.acquire();
    const asked = fake.ask();
    await fake.clock.advance(5_000);
    assert.equal(asked.state, 'pending');
    assert.equal(fake.connector.calls('open'), 1);
    permits.grant();
    await fake.clock.advance(0);
    assert.equal(asked.value.connection.id, 2);
  });

  it('that are denied do not keep a caller from what comes back', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, {}, { permits });
    const lease = await fake.acquire();
    const asked = fake.ask();
    await fake.clock.advance(10);
    lease.release();
    await fake.clock.advance(0);
    assert.equal(asked.value.connection.id, 1);
  });

  it('that nobody needs any more are told to be forgotten', async (t) => {
    const permits = new Issuer(0);
    const fake = fakePool(t, { acquireTimeout: 100 }, { permits });
    const asked = fake.ask();
    await fake.clock.advance(100);
    assert.equal(asked.state, 'rejected');
    assert.deepEqual(permits.calls, ['take', 'withdraw']);
    permits.grant();
    await fake.clock.advance(0);
    assert.deepEqual(permits.calls, ['take', 'withdraw']);
  });

  it('of dials that fail, and of connections that are lost, destroyed, detached, unclean, are given back', async (t) => {
    const permits = new Issuer(10);
    const fake = fakePool(t, { maxSize: 5 }, { permits });
    fake.connector.opening.failNext(2, new Error('down'));
    const asked = fake.ask();
    await fake.clock.advance(1_000);
    assert.equal(permits.free, 9);
    asked.value.destroy();
    assert.equal(permits.free, 10);
    fake.connector.detached.add((await fake.acquire()).detach());
    assert.equal(permits.free, 10);
    fake.connector.kill((await fake.acquire()).connection);
    await fake.warm(1);
    fake.connector.dirty = true;
    fake.connector.cleaning.next({ fail: new Error('no') });
    (await fake.acquire()).release();
    await fake.clock.settle();
    assert.equal(permits.free, 10 - fake.counts().size);
    assert.equal(fake.counts().size, 1);
  });

  it('that others wait for are set free by closing the idle connection that was used longest ago', async (t) => {
    const permits = new Issuer(3);
    const fake = fakePool(t, {}, { permits });
    const closed = fake.record('closed');
    await fake.warm(3);
    assert.equal(permits.holder.shed(1), 1);
    await fake.clock.settle();
    assert.deepEqual(closed, [{ event: 'closed', connection: 1, reason: 'spared', cause: undefined }]);
    assert.equal(permits.free, 1);
  });

  it('are not spared while somebody waits here too, or nothing idles', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, { maxSize: 1 }, { permits });
    assert.equal(permits.holder.shed(1), 0);
    const lease = await fake.acquire();
    assert.equal(permits.holder.shed(1), 0);
    const asked = fake.ask();
    lease.release();
    assert.equal(permits.holder.shed(1), 0);
    await fake.clock.advance(0);
    assert.equal(asked.state, 'resolved');
    asked.value.release();
    fake.pool.suspend();
    fake.ask();
    assert.equal(fake.counts().idle, 1);
    assert.equal(permits.holder.shed(1), 0, 'it will be needed here at once');
  });

  it('are not spared while they are being cleaned, but once they are clean', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, { maxSize: 1 }, { permits });
    const closed = fake.record('closed');
    let cleaned: (() => void) | undefined;
    fake.connector.clean = () => new Promise<void>((resolve) => (cleaned = resolve));
    (await fake.acquire()).release();
    assert.deepEqual([fake.counts().idle, permits.holder.shed(1)], [1, 0]);
    cleaned!();
    await fake.clock.settle();
    assert.equal(permits.holder.shed(1), 1);
    await fake.clock.settle();
    assert.deepEqual(closed, [{ event: 'closed', connection: 1, reason: 'spared', cause: undefined }]);
  });

  it('that are contested: what comes back is closed', async (t) => {
    const permits = new Issuer(2);
    const fake = fakePool(t, {}, { permits });
    const [one, two] = [await fake.acquire(), await fake.acquire()];
    permits.contested = true;
    one.release();
    await fake.clock.settle();
    assert.equal(permits.free, 1);
    permits.contested = false;
    two.release();
    await fake.clock.settle();
    assert.deepEqual([fake.counts().size, fake.counts().idle], [1, 1]);
  });

  it('that are contested: what was just opened, or pinged, serves the one it was opened for', async (t) => {
    const permits = new Issuer(2);
    const fake = fakePool(t, { maxSize: 2 }, { permits });
    fake.connector.opening.usual = { after: 10 };
    const opened = fake.ask();
    await fake.clock.advance(5);
    permits.contested = true;
    await fake.clock.advance(5);
    assert.equal(opened.value.connection.id, 1);
    permits.contested = false;
    opened.value.release();
    await fake.clock.advance(1_000);
    fake.connector.pinging.usual = { after: 10 };
    const pinged = fake.ask();
    permits.contested = true;
    await fake.clock.advance(10);
    assert.equal(pinged.value.connection.id, 1);
  });

  it('are closed once the pool holds none any more', async (t) => {
    const permits = new Issuer(2);
    const fake = fakePool(t, {}, { permits });
    const lease = await fake.acquire();
    void fake.pool.close();
    await fake.clock.settle();
    assert.ok(!permits.calls.includes('close'));
    lease.release();
    await fake.clock.settle();
    assert.deepEqual(permits.calls, ['take', 'giveBack', 'close']);
  });

  it('tell who asks: name, waiters, what is being closed', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, { name: 'orders' }, { permits });
    const lease = await fake.acquire();
    fake.ask();
    fake.ask();
    const { holder } = permits;
    assert.deepEqual([holder.name, holder.waiters, holder.closing], ['orders', 2, 0]);
    fake.connector.closing.usual = { after: 10 };
    lease.invalidate({ soft: true });
    lease.release();
    assert.equal(holder.closing, 1);
  });

  it('are given back with what became of the connection: closed, failed, or a server that was full', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, {}, { permits });
    fake.connector.opening.next({ fail: new Error('refused') });
    fake.connector.opening.next({ fail: new FakeFailure('too many connections', 'full') });
    const asked = fake.ask();
    await fake.clock.advance(3_000);
    asked.value.destroy();
    assert.deepEqual(permits.outcomes, ['failed', 'full', 'closed']);
  });

  it('are held until the socket of a detached connection is closed, where the connector can tell', async (t) => {
    const permits = new Issuer(2);
    const fake = fakePool(t, { maxSize: 2 }, { permits });
    fake.connector.tellsEnd = true;
    const connection = (await fake.acquire()).detach();
    fake.connector.detached.add(connection);
    assert.deepEqual([permits.free, fake.counts().size], [1, 0]);
    await fake.acquire();
    const third = fake.ask();
    await fake.clock.advance(1_000);
    assert.equal(third.state, 'pending', 'two are open, and no more may be');
    fake.connector.endDetached(connection);
    fake.connector.endDetached(connection);
    assert.equal(permits.free, 1, 'once');
    permits.holder.retry();
    await fake.clock.advance(0);
    assert.equal(third.state, 'resolved');
  });

  it('of a detached connection outlive the pool', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, {}, { permits });
    fake.connector.tellsEnd = true;
    const connection = (await fake.acquire()).detach();
    fake.connector.detached.add(connection);
    void fake.pool.close();
    await fake.clock.settle();
    assert.equal(fake.pool.state, 'closed');
    assert.deepEqual(permits.calls, ['take']);
    fake.connector.endDetached(connection);
    assert.deepEqual(permits.calls, ['take', 'giveBack', 'close']);
  });

  it('that are denied are asked for again when the denial says so', async (t) => {
    const permits = new Issuer(0);
    permits.retryIn = 300;
    const fake = fakePool(t, {}, { permits });
    const asked = fake.ask();
    permits.free = 1;
    await fake.clock.advance(299);
    assert.equal(asked.state, 'pending');
    await fake.clock.advance(1);
    assert.equal(asked.state, 'resolved');
  });

  it('are without end by default', () => {
    const account = defaultPermits.join({} as PermitHolder);
    for (let i = 0; i < 1_000; i++) assert.equal(account.take(), true);
    account.giveBack('closed');
    account.withdraw();
    account.close();
    assert.equal(account.contested, false);
  });
});

describe('a limit that is not the own one of the pool', () => {
  const LIMITED = { limit: 'a limit', held: 1, of: 1 };

  async function exhausted(t: TestContext, options: PoolOptions): Promise<{ fake: FakePool; permits: Issuer }> {
    const permits = new Issuer(1);
    permits.coming = 0;
    const fake = fakePool(t, { maxSize: 5, ...options }, { permits });
    await fake.acquire();
    return { fake, permits };
  }

  it('turns a caller away at once that will not wait', async (t) => {
    const { fake, permits } = await exhausted(t, {});
    const asked = fake.ask({ timeout: 0 });
    await fake.clock.settle();
    assert.equal(asked.error.code, 'POOL_ACQUIRE_TIMEOUT');
    assert.match(asked.error.message, /no connection within 0 ms \(waiting for a limit, 1\/1; size 1\/5/);
    assert.equal(permits.calls.at(-1), 'withdraw', 'and nobody is in line for a permit any more');
    assert.equal(fake.pool.stats().limitedBy, undefined);
  });

  it('lets such a caller wait for a connection that is on its way back', async (t) => {
    const { fake, permits } = await exhausted(t, {});
    permits.coming = 1;
    const asked = fake.ask({ timeout: 0 });
    const second = fake.ask({ timeout: 0 });
    await fake.clock.settle();
    assert.deepEqual([asked.state, second.state], ['pending', 'rejected']);
    permits.grant();
    await fake.clock.advance(0);
    assert.equal(asked.state, 'resolved');
  });

  it('counts as a full pool for maxWaiters', async (t) => {
    const { fake } = await exhausted(t, { maxWaiters: 2 });
    const asked = [fake.ask(), fake.ask(), fake.ask()];
    await fake.clock.settle();
    assert.deepEqual(asked.map(({ state }) => state), ['pending', 'pending', 'rejected']); // prettier-ignore
    const { message, code } = asked[2]!.error;
    assert.equal(code, 'POOL_QUEUE_FULL');
    assert.match(
      message,
      /2 callers wait already, the most allowed \(maxWaiters; waiting for a limit, 1\/1; size 1\/5/,
    );
  });

  it('stands in the time-out and in stats, as long as somebody waits for it', async (t) => {
    const { fake } = await exhausted(t, { name: 'orders' });
    assert.equal('limitedBy' in fake.pool.stats(), false);
    const asked = fake.ask({ timeout: 500 });
    assert.deepEqual(fake.pool.stats().limitedBy, LIMITED);
    await fake.clock.advance(500);
    assert.equal(
      asked.error.message,
      'orders: no connection within 500 ms (waiting for a limit, 1/1; size 1/5, idle 0, in use 1, connecting 0, waiters 0; oldest loan 0.5 s; set leakThreshold to see the line that took it)',
    );
    assert.deepEqual((asked.error as AcquireTimeoutError).stats.limitedBy, LIMITED);
    assert.equal(fake.pool.stats().limitedBy, undefined);
  });

  it('is not to blame while connections of the own pool are wanted, not others', async (t) => {
    const permits = new Issuer(2);
    const fake = fakePool(t, { maxSize: 1 }, { permits });
    await fake.acquire();
    const asked = fake.ask({ timeout: 100 });
    await fake.clock.advance(100);
    assert.match(asked.error.message, /\(waiting; size 1\/1/);
  });

  it('is told how many connections the pool has, would use and keeps', async (t) => {
    const permits = new Issuer(3);
    const fake = fakePool(t, { maxSize: 5, minIdle: 1 }, { permits });
    await fake.clock.advance(0);
    const leases = [await fake.acquire(), await fake.acquire()];
    fake.ask();
    fake.ask();
    const { size, demand, floor, waiters } = permits.holder;
    assert.deepEqual({ size, demand, floor, waiters }, { size: 3, demand: 4, floor: 1, waiters: 2 });
    assert.equal(leases.length, 2);
  });

  it('may have several idle connections closed at once', async (t) => {
    const permits = new Issuer(5);
    const fake = fakePool(t, {}, { permits });
    await fake.warm(3);
    fake.connector.closing.usual = { after: 10 };
    assert.equal(permits.holder.shed(2), 2);
    assert.deepEqual([permits.holder.closing, permits.free], [2, 2]);
    assert.equal(permits.holder.shed(5), 1);
    await fake.clock.advance(10);
    assert.equal(permits.free, 5);
  });
});
