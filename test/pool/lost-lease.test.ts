import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectUntil } from '../support/garbage.js';
import { fakePool, type FakePool } from './support/pool.js';

/** Borrows and forgets the lease. */
async function lose(fake: FakePool): Promise<void> {
  assert.equal((await fake.acquire()).active, true);
}

describe('a lease that was lost', () => {
  it('is found by the garbage collector: its connection is destroyed, and whoever waits is served', async (t) => {
    const fake = fakePool(t, { maxSize: 1, leakThreshold: 1_000 });
    const events = fake.record('leakEnded', 'closed');
    await lose(fake);
    const next = fake.ask();
    assert.ok(await collectUntil(() => fake.connector.calls('destroy') === 1), 'nobody has missed it');
    await fake.clock.advance(0);
    assert.equal(next.value.connection.id, 2);
    assert.equal(fake.connector.calls('clean'), 0);
    const [ended, closed] = events;
    assert.ok(ended?.event === 'leakEnded' && ended.reclaimed);
    assert.ok(closed?.event === 'closed' && closed.reason === 'leaked');
  });

  it('is not looked for without leakThreshold, which costs nothing', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await lose(fake);
    assert.equal(await collectUntil(() => fake.connector.calls('destroy') > 0), false);
    assert.equal(fake.counts().inUse, 1);
  });

  it('after its return does nothing to the loans that came later', async (t) => {
    const fake = fakePool(t, { maxSize: 1, leakThreshold: 1_000 });
    await fake.warm(1);
    const lease = await fake.acquire();
    assert.equal(await collectUntil(() => fake.connector.calls('destroy') > 0), false);
    assert.deepEqual([lease.active, lease.connection.id], [true, 1]);
  });

  it('gives up the connection that it had, and none that was replaced before the loan', async (t) => {
    const fake = fakePool(t, { maxSize: 1, leakThreshold: 1_000, ping: 'always' });
    await fake.warm(1);
    fake.connector.kill(fake.connector.opened.get(1)!, { silent: true });
    await lose(fake);
    const destroyed = (id: number): boolean => fake.connector.opened.get(id)!.destroyed;
    assert.deepEqual([destroyed(1), destroyed(2)], [true, false]);
    assert.ok(await collectUntil(() => destroyed(2)), 'nobody has missed it');
    assert.equal(fake.connector.calls('destroy'), 2);
    assert.equal(fake.counts().size, 0);
  });

  it('does not end the loan while somebody shares it, but spoils the connection', async (t) => {
    const fake = fakePool(t, { maxSize: 1, leakThreshold: 1_000 });
    const shareAndLose = async (): Promise<{ readonly kept: ReturnType<typeof share> }> => ({
      kept: share(await fake.acquire()),
    });
    const share = (lease: Awaited<ReturnType<FakePool['acquire']>>) => lease.share();
    const { kept } = await shareAndLose();
    assert.equal(await collectUntil(() => !kept.active), false);
    kept.release();
    await fake.clock.settle();
    assert.equal(fake.counts().size, 0);
    assert.equal(fake.connector.calls('clean'), 0);
  });
});
