import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { fakePool } from './support/scoped-pool.js';
import type { FakeScopedPool, FakeLease } from './support/scoped-pool.js';

/** Takes a connection a step and gives none back. */
const taking = (fake: FakeScopedPool) =>
  autoCloseDb(async function* take(upTo: number): AsyncGenerator<FakeLease, string, string | undefined> {
    for (let i = 0; i < upTo; i++) {
      const lease = await fake.pool.acquire();
      const word = yield lease;
      if (word === 'stop') return 'stopped';
    }
    return 'finished';
  });

describe('autoCloseDb around an async generator', () => {
  it('closes when it finishes, and not before', async (t) => {
    const fake = fakePool(t);
    const held: number[] = [];
    for await (const lease of taking(fake)(3)) {
      assert.equal(lease.active, true);
      held.push(fake.pool.stats().inUse);
    }
    assert.deepEqual(held, [1, 2, 3]);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('closes when the loop is left early', async (t) => {
    const fake = fakePool(t);
    for await (const _ of taking(fake)(3)) break;
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('closes when it throws, and passes the error on', async (t) => {
    const fake = fakePool(t);
    const failing = autoCloseDb(async function* () {
      yield await fake.pool.acquire();
      throw new Error('own');
    });
    await assert.rejects(async () => {
      for await (const _ of failing()) assert.equal(fake.pool.stats().inUse, 1);
    }, /^Error: own$/);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('closes when an error is thrown into it that it does not catch', async (t) => {
    const fake = fakePool(t);
    const rows = taking(fake)(2);
    await rows.next();
    await assert.rejects(rows.throw(new Error('from outside')), /from outside/);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('stays open while its finally still yields', async (t) => {
    const fake = fakePool(t);
    const tidy = autoCloseDb(async function* () {
      const lease = await fake.pool.acquire();
      try {
        yield lease;
      } finally {
        yield lease;
      }
    });
    const rows = tidy();
    await rows.next();
    const step = await rows.return(undefined);
    assert.equal(step.done, false);
    assert.equal(fake.pool.stats().inUse, 1);
    assert.equal((await rows.next()).done, true);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('passes values in, and the last one out', async (t) => {
    const fake = fakePool(t);
    const rows = taking(fake)(5);
    await rows.next();
    assert.deepEqual(await rows.next('stop'), { done: true, value: 'stopped' });
    assert.deepEqual(await rows.next(), { done: true, value: undefined });
  });

  it('is a scope a generator, whatever calls it, and nobody else’s', async (t) => {
    const fake = fakePool(t);
    const one = taking(fake)(2);
    const two = taking(fake)(2);
    const [first] = [await one.next(), await two.next()];
    const own = await autoCloseDb(async () => {
      await one.next();
      return fake.pool.acquire();
    })();
    assert.equal(own.active, false);
    assert.equal((first.value as FakeLease).active, true);
    assert.equal(fake.pool.stats().inUse, 3);
    await one.return('');
    assert.equal(fake.pool.stats().inUse, 1);
    await two.return('');
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('holds nothing when it is never started', async (t) => {
    const fake = fakePool(t);
    taking(fake)(2);
    const rows = taking(fake)(2);
    assert.deepEqual(await rows.return('early'), { done: true, value: 'early' });
    assert.equal(fake.pool.stats().size, 0);
  });

  it('takes steps asked for at once in order', async (t) => {
    const fake = fakePool(t);
    const rows = taking(fake)(2);
    const steps = await Promise.all([rows.next(), rows.next(), rows.next()]);
    assert.deepEqual(
      steps.map((step) => step.done),
      [false, false, true],
    );
    assert.equal(fake.pool.stats().inUse, 0);
  });
});

describe('autoCloseDb around other iterators', () => {
  it('serves one made by hand, also when it has no return', async (t) => {
    const fake = fakePool(t);
    const counting = autoCloseDb(() => {
      let n = 0;
      const iterator: AsyncIterableIterator<number> = {
        [Symbol.asyncIterator]: () => iterator,
        next: async () => {
          await fake.pool.acquire();
          return n < 2 ? { done: false, value: n++ } : { done: true, value: undefined };
        },
      };
      return iterator;
    });
    const seen: number[] = [];
    for await (const n of counting()) seen.push(n);
    assert.deepEqual(seen, [0, 1]);
    assert.equal(fake.pool.stats().inUse, 0);
    for await (const _ of counting()) break;
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('serves a synchronous generator', async (t) => {
    const fake = fakePool(t);
    const asking = autoCloseDb(function* () {
      yield fake.pool.acquire();
      yield fake.pool.acquire();
    });
    const leases: FakeLease[] = [];
    for (const acquired of asking()) leases.push(await acquired);
    assert.deepEqual(
      leases.map((lease) => lease.active),
      [false, false],
    );
    for (const acquired of asking()) {
      const lease = await acquired;
      assert.equal(lease.active, true);
      leases.push(lease);
      break;
    }
    assert.equal(leases[2]?.active, false);
    assert.throws(() => {
      for (const _ of autoCloseDb(function* (): Generator<number> {
        yield 1;
        throw new Error('own');
      })())
        continue;
    }, /own/);
  });

  it('ends the scope at once for what only can be iterated, such as an array or the keys of a map', async (t) => {
    const fake = fakePool(t);
    const keys = autoCloseDb(() => new Map([[fake.ask(), 1]]).keys())();
    await fake.clock.advance(10);
    assert.equal([...keys][0]?.error.code, 'POOL_SCOPE_ENDED');
    assert.deepEqual(autoCloseDb(() => [1, 2])(), [1, 2]);
    // A stream is no iterator: it is read by somebody else, after the function.
    let asked: ReturnType<typeof fake.ask> | undefined;
    const stream = autoCloseDb(() => {
      asked = fake.ask();
      return { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }) };
    })();
    await fake.clock.advance(10);
    assert.equal(asked?.value.active, false);
    for await (const _ of stream) continue;
  });
});
