import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeFailure } from './support/fake-connector.js';
import { watch } from './support/outcome.js';
import { fakePool } from './support/pool.js';

describe('warmUp', () => {
  it('opens until so many are there, also when some of them are on loan', async (t) => {
    const fake = fakePool(t, { maxSize: 5 });
    const lease = await fake.acquire();
    const warm = watch(fake.pool.warmUp(5));
    await fake.clock.advance(1_000);
    assert.equal(warm.state, 'resolved');
    const { size, idle, inUse } = fake.counts();
    assert.deepEqual({ size, idle, inUse }, { size: 5, idle: 4, inUse: 1 });
    assert.equal(fake.pool.stats().total.acquired, 1, 'nothing was borrowed for it');
    lease.release();
  });

  it('opens nothing when enough are there', async (t) => {
    const fake = fakePool(t, { maxSize: 5 });
    await fake.warm(1);
    await fake.pool.warmUp(1);
    await fake.pool.warmUp(0);
    assert.equal(fake.connector.calls('open'), 1);
  });

  it('opens no more idle ones than are kept', async (t) => {
    const fake = fakePool(t, { maxSize: 5, maxIdle: 2 });
    const warm = watch(fake.pool.warmUp(5));
    await fake.clock.advance(1_000);
    assert.deepEqual([warm.state, fake.counts().idle, fake.connector.calls('open')], ['resolved', 2, 2]);
  });

  it('fails with what an acquire fails with: a wrong password at once', async (t) => {
    const fake = fakePool(t);
    fake.connector.opening.usual = { after: 5, fail: new FakeFailure('wrong password', 'fatal') };
    const warm = watch(fake.pool.warmUp(2));
    await fake.clock.advance(5);
    assert.equal(warm.error.code, 'POOL_CONNECT');
  });

  it('fails when its time is up, with the reason, and what has been opened by then stays', async (t) => {
    const fake = fakePool(t, { acquireTimeout: 2_000 });
    await fake.warm(1);
    fake.connector.opening.usual = { fail: new FakeFailure('down') };
    const warm = watch(fake.pool.warmUp(2));
    await fake.clock.advance(2_000);
    assert.equal(warm.error.code, 'POOL_ACQUIRE_TIMEOUT');
    assert.match(warm.error.message, /: down$/);
    assert.equal(fake.counts().idle, 1);
    fake.connector.opening.usual = {};
    await fake.clock.advance(10_000);
    assert.equal(fake.counts().idle, 1, 'and nobody goes on with it');
  });

  it('fails at once when the pool closes, or is closed', async (t) => {
    const fake = fakePool(t);
    fake.connector.opening.usual = { hang: true };
    const warm = watch(fake.pool.warmUp(1));
    await fake.clock.settle();
    void fake.pool.close();
    await fake.clock.settle();
    assert.equal(warm.error.code, 'POOL_CLOSED');
    await assert.rejects(fake.pool.warmUp(1), { code: 'POOL_CLOSED' });
  });
});

describe('minIdle', () => {
  it('is opened when a resize asks for it, also in a pool that never had a connection', async (t) => {
    const fake = fakePool(t);
    await fake.clock.advance(60_000);
    fake.pool.resize({ minIdle: 2 });
    await fake.clock.advance(100);
    assert.equal(fake.counts().idle, 2);
  });

  it('is not made up for while the idle one is being pinged for a caller', async (t) => {
    const fake = fakePool(t, { maxSize: 3, minIdle: 1 });
    await fake.clock.advance(600);
    fake.connector.pinging.usual = { after: 50 };
    const asked = fake.ask();
    await fake.clock.advance(49);
    assert.deepEqual([fake.counts().connecting, fake.connector.calls('open')], [0, 1]);
    await fake.clock.advance(1);
    asked.value.release();
  });

  it('is had besides the loans once they last for longer, and again after one has died', async (t) => {
    const fake = fakePool(t, { maxSize: 5, minIdle: 1 });
    await fake.clock.advance(0);
    const lease = await fake.acquire();
    await fake.clock.advance(100);
    assert.equal(fake.counts().idle, 0, 'a loan of a moment needs no stand-in');
    await fake.clock.advance(10_000);
    assert.equal(fake.counts().idle, 1);
    const [idle] = [...fake.connector.live].filter((one) => one !== lease.connection);
    fake.connector.kill(idle!);
    await fake.clock.advance(0);
    assert.equal(fake.counts().idle, 1);
    lease.release();
  });
});
