import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { collectUntil } from '../support/garbage.js';
import { fakePool as scopedPool } from '../scope/support/scoped-pool.js';
import { fakePool, type FakePool } from './support/pool.js';

const WATCHED = { maxSize: 1, leakThreshold: 1_000 };

/** Acquires a lease and drops it, keeping only the connection's id. */
async function lose(fake: FakePool): Promise<number> {
  return (await fake.acquire()).connection.id;
}

const isReclaimed = (fake: FakePool) => (): boolean => fake.connector.calls('destroy') > 0;

describe('a lease that was lost', () => {
  it('is found by the garbage collector: its connection is destroyed, and whoever waits is served', async (t) => {
    const fake = fakePool(t, WATCHED);
    const events = fake.record('leakEnded', 'closed');
    await lose(fake);
    const next = fake.ask();
    assert.ok(await collectUntil(isReclaimed(fake)), 'nobody has missed it');
    await fake.clock.advance(0);
    assert.equal(next.value.connection.id, 2);
    assert.equal(fake.connector.calls('clean'), 0);
    const [ended, closed] = events;
    assert.ok(ended?.event === 'leakEnded' && ended.reclaimed);
    assert.match(ended.callSite!, /support\/pool/);
    assert.ok(closed?.event === 'closed' && closed.reason === 'leaked');
  });

  it('gives up the connection that it had, and none that was replaced before the loan', async (t) => {
    const fake = fakePool(t, { ...WATCHED, ping: 'always' });
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
    const fake = fakePool(t, WATCHED);
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

describe('what has lost its lease', () => {
  it('is left in peace while a statement runs on it, and reclaimed when that has ended', async (t) => {
    const fake = fakePool(t, WATCHED);
    const events = fake.record('released', 'leakEnded', 'closed');
    const end = fake.connector.use(fake.connector.opened.get(await lose(fake))!);
    assert.equal(await collectUntil(isReclaimed(fake)), false);
    assert.equal(fake.counts().inUse, 1);
    end();
    assert.ok(await collectUntil(isReclaimed(fake)), 'nobody has missed it');
    assert.deepEqual(
      events.map(({ event }) => event),
      ['released', 'leakEnded', 'closed'],
    );
  });

  it('is not reclaimed while its scope lasts, which gives it back clean', async (t) => {
    const fake = scopedPool(t, WATCHED);
    await autoCloseDb(async () => {
      await lose(fake);
      assert.equal(await collectUntil(isReclaimed(fake)), false);
      assert.equal(fake.counts().inUse, 1);
    })();
    assert.deepEqual([fake.counts().inUse, fake.counts().idle], [0, 1]);
    assert.equal(fake.connector.calls('destroy'), 0);
  });

  it('is not reclaimed within use, however little its function keeps', async (t) => {
    const fake = fakePool(t, WATCHED);
    await fake.warm(1);
    await fake.pool.use(async () => {
      assert.equal(await collectUntil(isReclaimed(fake)), false);
    });
    assert.equal(fake.counts().idle, 1);
  });

  it('is not missed when leakThreshold is 0 from the beginning, or by the time it is lent', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await lose(fake);
    assert.equal(await collectUntil(isReclaimed(fake)), false);
    const changed = fakePool(t, WATCHED);
    changed.pool.resize({ leakThreshold: 0 });
    await lose(changed);
    assert.equal(await collectUntil(isReclaimed(changed)), false);
    assert.deepEqual([fake.counts().inUse, changed.counts().inUse], [1, 1]);
  });

  it('is missed from the moment leakThreshold is set', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    fake.pool.resize({ leakThreshold: 1_000 });
    await lose(fake);
    assert.ok(await collectUntil(isReclaimed(fake)), 'nobody has missed it');
  });

  it('was detached, destroyed or given back before: nothing happens to whoever came later', async (t) => {
    const fake = fakePool(t, WATCHED);
    const end: ((lease: Awaited<ReturnType<FakePool['acquire']>>) => unknown)[] = [
      (lease) => fake.connector.detached.add(lease.detach()),
      (lease) => lease.destroy(),
      (lease) => lease.release(),
    ];
    for (const how of end) how(await fake.acquire());
    const before = fake.connector.calls('destroy');
    const last = await fake.acquire();
    assert.equal(await collectUntil(() => fake.connector.calls('destroy') > before), false);
    assert.equal(last.active, true);
  });
});
