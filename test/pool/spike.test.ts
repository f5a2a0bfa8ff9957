import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakePool, type FakePool } from './support/pool.js';

/** `count` callers acquire at once; each keeps its connection for `use` ms and releases it. */
async function crowd(fake: FakePool, count: number, use: number): Promise<{ last: () => number; done: () => number }> {
  const start = fake.clock.now();
  let last = 0;
  let done = 0;
  for (let i = 0; i < count; i++) {
    void fake.pool.acquire().then((lease) => {
      const end = fake.connector.use(lease.connection);
      fake.clock.arrive(use, () => {
        end();
        lease.release();
        done++;
        last = fake.clock.now() - start;
      });
    });
  }
  await fake.clock.settle();
  return { last: () => last, done: () => done };
}

describe("HikariCP's spike test", () => {
  it('serves 50 callers with 5 warm connections within 25 ms, and opens at most one more', async (t) => {
    const fake = fakePool(t, { maxSize: 50, minIdle: 5, acquireTimeout: 8_000 });
    await fake.clock.advance(2_000);
    assert.equal(fake.counts().idle, 5);
    fake.connector.opening.usual = { after: 150 };
    const spike = await crowd(fake, 50, 2);
    await fake.clock.advance(25);
    assert.equal(spike.done(), 50);
    assert.ok(spike.last() <= 25, `the last was done after ${spike.last()} ms`);
    await fake.clock.advance(5_000);
    assert.ok(fake.connector.calls('open') <= 6, `${fake.connector.calls('open') - 5} more`);
  });

  it('grows when the same crowd keeps its connections for 200 ms', async (t) => {
    const fake = fakePool(t, { maxSize: 50, minIdle: 5, acquireTimeout: 8_000 });
    await fake.clock.advance(2_000);
    fake.connector.opening.usual = { after: 150 };
    const spike = await crowd(fake, 50, 200);
    await fake.clock.advance(1_500);
    assert.equal(spike.done(), 50);
    assert.ok(fake.connector.calls('open') > 10);
    assert.equal(fake.pool.stats().total.failed, 0);
  });

  it('starts twice as many dials with each round of waiting, as far as maxConnecting lets it', async (t) => {
    const fake = fakePool(t, { maxSize: 50, minIdle: 5, maxConnecting: 50, acquireTimeout: 8_000 });
    await fake.clock.advance(2_000);
    fake.connector.opening.usual = { after: 150 };
    const spike = await crowd(fake, 50, 200);
    const opened: number[] = [];
    for (let round = 0; round < 5; round++) {
      opened.push(fake.connector.calls('open') - 5);
      await fake.clock.advance(50);
    }
    assert.deepEqual(opened, [1, 3, 7, 15, 31]);
    await fake.clock.advance(500);
    assert.equal(spike.done(), 50);
    assert.ok(spike.last() <= 600, `the last was done after ${spike.last()} ms`);
  });

  it('begins anew with one dial when everybody was served in between', async (t) => {
    const fake = fakePool(t, { maxSize: 50, minIdle: 5, maxConnecting: 50 });
    await fake.clock.advance(2_000);
    fake.connector.opening.usual = { after: 150 };
    await crowd(fake, 10, 100);
    await fake.clock.advance(2_000);
    const before = fake.connector.calls('open');
    await crowd(fake, 50, 2);
    await fake.clock.advance(40);
    assert.ok(fake.connector.calls('open') - before <= 1, `${fake.connector.calls('open') - before} dials`);
  });

  it('reaches maxSize under load that lasts', async (t) => {
    const fake = fakePool(t, { maxSize: 20, acquireTimeout: 30_000 });
    fake.connector.opening.usual = { after: 150 };
    let busy = true;
    const worker = async (): Promise<void> => {
      while (busy) {
        const lease = await fake.pool.acquire();
        await new Promise((resolve) => fake.clock.arrive(200, () => resolve(undefined)));
        lease.release();
      }
    };
    const workers = Promise.all(Array.from({ length: 60 }, worker));
    await fake.clock.advance(3_000);
    assert.equal(fake.counts().size, 20);
    assert.equal(fake.connector.calls('open'), 20);
    busy = false;
    await fake.clock.advance(1_000);
    await workers;
  });

  it('lets nobody time out when connecting takes a second (HikariCP #1896)', async (t) => {
    const fake = fakePool(t, { maxSize: 24, acquireTimeout: 15_000 });
    fake.connector.opening.usual = { after: 1_000 };
    const asked = Array.from({ length: 20 }, () => fake.ask());
    await fake.clock.advance(15_000);
    assert.ok(asked.every((one) => one.state === 'resolved'));
  });

  it('opens for a caller who has waited, while long loans keep every connection', async (t) => {
    const fake = fakePool(t, { maxSize: 10 });
    await fake.acquire();
    fake.connector.opening.usual = { after: 100 };
    const asked = fake.ask();
    await fake.clock.advance(100);
    assert.equal(asked.state, 'resolved');
  });
});
