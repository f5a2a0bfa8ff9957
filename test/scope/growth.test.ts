import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { Borrower, runAs } from 'node-mysqlpool/scope';
import { assertNoGrowth } from '../support/growth.js';
import { fakePool } from './support/scoped-pool.js';
import { watch } from '../pool/support/outcome.js';

/** A scope that goes on, and how many wait to be told of its end. */
function longScope(): { readonly borrower: Borrower; readonly listeners: () => number } {
  const borrower = new Borrower();
  const onEnd = borrower.onEnd.bind(borrower);
  let count = 0;
  borrower.onEnd = (tell) => {
    const forget = onEnd(tell);
    count++;
    return () => {
      count--;
      forget();
    };
  };
  return { borrower, listeners: () => count };
}

describe('a scope that goes on for long', () => {
  it('keeps nothing of those who waited in it, however that ended, nor does the signal they waited on', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const { borrower, listeners } = longScope();
    const { signal } = new AbortController();
    const round = async (): Promise<void> => {
      const other = await fake.acquire();
      const served = runAs(borrower, () => watch(fake.pool.acquire({ signal })));
      const late = runAs(borrower, () => watch(fake.pool.acquire({ signal, timeout: 10 })));
      await fake.clock.advance(20);
      assert.equal(late.error.code, 'POOL_ACQUIRE_TIMEOUT');
      other.release();
      await fake.clock.settle();
      served.value.release();
    };
    const figures = (): Record<string, number> => ({
      listeners: listeners(),
      aborts: getEventListeners(signal, 'abort').length,
      held: borrower.held.size,
    });
    await assertNoGrowth(round, figures);
    assert.deepEqual(figures(), { listeners: 0, aborts: 0, held: 0 });
    borrower.end();
  });

  for (const contextLocal of [false, true]) {
    it(`keeps nothing of a loan that has ended, in whatever way (contextLocal ${contextLocal})`, async (t) => {
      const fake = fakePool(t, { contextLocal });
      const { borrower } = longScope();
      const take = async () => runAs(borrower, () => fake.pool.acquire());
      const round = async (): Promise<void> => {
        (await take()).destroy();
        (await take()).invalidate();
        fake.connector.detached.add((await take()).detach());
        const [first, second] = [await take(), await take()];
        assert.equal(first.connection === second.connection, contextLocal);
        first.release();
        second.release();
        await runAs(borrower, () => fake.pool.use(() => fake.pool.use(() => undefined)));
        runAs(borrower, () => fake.pool.tryAcquire())?.release();
        (await take()).destroy();
      };
      await assertNoGrowth(round, () => ({ held: borrower.held.size }));
      assert.equal(borrower.held.size, 0);
      borrower.end();
    });
  }
});

describe('a StaticPool', () => {
  it('keeps nothing of those who shared its connection while somebody else kept it', async (t) => {
    const { pool } = fakePool(t, { poolClass: 'StaticPool' });
    const lasting = await pool.acquire();
    const round = async (): Promise<void> => {
      (await pool.acquire()).release();
      pool.tryAcquire()?.release();
      await pool.use(() => undefined);
    };
    await assertNoGrowth(round, () => ({ sharers: lasting.sharers!.size }));
    lasting.release();
  });

  it('gives back at the end of a scope what was lent in it, and nothing that was lent to somebody else', async (t) => {
    const { pool } = fakePool(t, { poolClass: 'StaticPool' });
    const [one, two] = [new Borrower(), new Borrower()];
    const first = await runAs(one, () => pool.acquire());
    const outside = await pool.acquire();
    const second = await runAs(two, () => pool.acquire());
    assert.deepEqual([one.held.size, two.held.size], [1, 1]);
    for (const held of one.held) held.release();
    assert.deepEqual([first.active, outside.active, second.active], [false, true, true]);
    for (const held of two.held) held.release();
    assert.deepEqual([outside.active, second.active], [true, false]);
    outside.release();
    assert.equal(pool.stats().inUse, 0);
  });
});
