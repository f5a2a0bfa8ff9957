import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultPermits, type PermitHolder } from 'node-mysqlpool/pool';
import { Issuer } from './support/issuer.js';
import { fakePool } from './support/pool.js';

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
    assert.equal(permits.holder.spareOne(), true);
    await fake.clock.settle();
    assert.deepEqual(closed, [{ event: 'closed', connection: 1, reason: 'spared', cause: undefined }]);
    assert.equal(permits.free, 1);
  });

  it('are not spared while somebody waits here too, or nothing idles', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, { maxSize: 1 }, { permits });
    assert.equal(permits.holder.spareOne(), false);
    const lease = await fake.acquire();
    assert.equal(permits.holder.spareOne(), false);
    const asked = fake.ask();
    lease.release();
    assert.equal(permits.holder.spareOne(), false);
    await fake.clock.advance(0);
    assert.equal(asked.state, 'resolved');
    asked.value.release();
    fake.pool.suspend();
    fake.ask();
    assert.equal(fake.counts().idle, 1);
    assert.equal(permits.holder.spareOne(), false, 'it will be needed here at once');
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

  it('are without end by default', () => {
    const account = defaultPermits.join({} as PermitHolder);
    for (let i = 0; i < 1_000; i++) assert.equal(account.take(), true);
    account.giveBack();
    account.withdraw();
    account.close();
    assert.equal(account.contested, false);
  });
});
