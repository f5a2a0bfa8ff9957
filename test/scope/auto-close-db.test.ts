import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { Lease } from 'node-mysqlpool/pool';
import { fakePool } from './support/scoped-pool.js';
import type { FakeLease } from './support/scoped-pool.js';
import { watch } from '../pool/support/outcome.js';

const out = (...fakes: ReturnType<typeof fakePool>[]): number[] => fakes.map(({ pool }) => pool.stats().inUse);

describe('autoCloseDb(fn)', () => {
  it('gives back, over all pools, what the function took and did not give back', async (t) => {
    const one = fakePool(t);
    const two = fakePool(t);
    let held: number[] = [];
    const work = autoCloseDb(async () => {
      await one.pool.acquire();
      (await one.pool.acquire()).release();
      await one.pool.acquire();
      await two.pool.acquire();
      held = out(one, two);
      return 'done';
    });
    assert.equal(await work(), 'done');
    assert.deepEqual(held, [2, 1]);
    assert.deepEqual(out(one, two), [0, 0]);
  });

  it('gives back clean: what it left behind is cleaned like any returned connection', async (t) => {
    const fake = fakePool(t);
    fake.connector.dirty = true;
    await autoCloseDb(() => fake.pool.acquire())();
    assert.deepEqual(fake.connector.trace, ['open 1', 'opened 1', 'clean 1 auto']);
  });

  it('waits for an asynchronous function, and does not close before it has run', async (t) => {
    const { pool } = fakePool(t);
    const work = autoCloseDb(async () => {
      const lease = await pool.acquire();
      for (let i = 0; i < 5; i++) {
        await turn();
        assert.equal(lease.active, true);
      }
      return lease;
    });
    assert.equal((await work()).active, false);
  });

  it('closes after a synchronous function, also one that started what it does not wait for', async (t) => {
    const { pool, clock } = fakePool(t);
    const late = autoCloseDb(() => ({ acquired: watch(pool.acquire()) }))();
    await clock.advance(100);
    assert.equal(late.acquired.error.code, 'POOL_SCOPE_ENDED');
    assert.equal(pool.stats().inUse, 0);
  });

  it('waits for whatever can be awaited, and starts a lazy one inside the scope', async (t) => {
    const { pool } = fakePool(t);
    const builder = {
      // oxlint-disable-next-line unicorn/no-thenable -- what query builders are
      then<R>(fulfil: (lease: FakeLease) => R, refuse: (error: unknown) => R): Promise<R> {
        return pool.acquire().then(fulfil, refuse);
      },
    };
    const lease: FakeLease = await autoCloseDb(() => builder)();
    assert.equal(lease.active, false);
    assert.equal(pool.stats().inUse, 0);
  });

  it('keeps this, arguments, result, name and length', () => {
    function add(this: { base: number }, a: number, b: number): number {
      return this.base + a + b;
    }
    const wrapped = autoCloseDb(add);
    assert.equal(wrapped.call({ base: 1 }, 2, 3), 6);
    assert.equal(wrapped.name, 'add');
    assert.equal(wrapped.length, 2);
    assert.equal(autoCloseDb((...all: number[]) => all.length)(1, 2, 3, 4), 4);
  });

  it('can wrap a list of functions with map', () => {
    const fns = [() => 1, () => 2].map(autoCloseDb as <F extends () => number>(fn: F) => F);
    assert.deepEqual(
      fns.map((fn) => fn()),
      [1, 2],
    );
  });

  it('refuses what is no function', () => {
    for (const [value, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [{}, 'an object'],
      ['x', '"x"'],
    ] as const) {
      const message = `autoCloseDb: expected a function, got ${shown}`;
      assert.throws(() => autoCloseDb(value as unknown as () => void), { name: 'TypeError', message });
      assert.throws(() => autoCloseDb.run(value as unknown as () => void), { name: 'TypeError', message });
    }
  });

  it('opens nothing and needs no pool', async () => {
    assert.equal(await autoCloseDb(async (n: number) => n * 2)(21), 42);
    assert.equal(autoCloseDb((n: number) => n * 2)(21), 42);
  });
});

describe('autoCloseDb: errors', () => {
  it('passes on what the function throws, unchanged, and closes all the same', async (t) => {
    const { pool } = fakePool(t);
    const error = new Error('own');
    const rejects = autoCloseDb(async () => {
      await pool.acquire();
      throw error;
    });
    await assert.rejects(rejects(), (thrown) => thrown === error);
    const throws = autoCloseDb(() => {
      throw error;
    });
    assert.throws(throws, (thrown) => thrown === error);
    assert.equal(pool.stats().inUse, 0);
  });

  /** A pool whose leases cannot be given back at the first attempt. */
  class Stubborn extends Lease<object> {
    tried = false;

    override release(): void {
      const first = !this.tried;
      this.tried = true;
      if (first) throw new Error(`loan ${this.id} sticks`);
      super.release();
    }
  }

  const stubborn = (t: Parameters<typeof fakePool>[0]) => {
    const fake = fakePool(t);
    const take = async (): Promise<Stubborn> => {
      const lease = await fake.pool.acquire();
      lease.release = Stubborn.prototype.release.bind(lease);
      return lease as unknown as Stubborn;
    };
    return { fake, take };
  };

  it('reports several failures to close together, as a warning, and closes the rest', async (t) => {
    const { fake, take } = stubborn(t);
    const leases: Stubborn[] = [];
    const warned = once(process, 'warning');
    const result = await autoCloseDb(async () => {
      leases.push(await take());
      await fake.pool.acquire();
      leases.push(await take());
      return 'done';
    })();
    const [warning] = (await warned) as [AggregateError & { code: string }];
    assert.equal(result, 'done', 'the work is done: it does not become a failure');
    assert.equal(warning.name, 'ScopeWarning');
    assert.equal(warning.code, 'POOL_SCOPE_CLOSE');
    assert.match(warning.message, /2 connections could not be given back: loan 3 sticks; loan 1 sticks/);
    assert.deepEqual(
      warning.errors.map((error: Error) => error.message),
      ['loan 3 sticks', 'loan 1 sticks'],
    );
    assert.equal(fake.pool.stats().inUse, 2, 'only the two that stick');
    for (const lease of leases) lease.release();
  });

  it('has the own error of the function win over failures to close', async (t) => {
    const { take } = stubborn(t);
    let lease: Stubborn | undefined;
    const warned = once(process, 'warning');
    const work = autoCloseDb(async () => {
      lease = await take();
      throw new Error('own');
    });
    await assert.rejects(work(), (error: Error) => error.message === 'own' && error.cause === undefined);
    const [warning] = (await warned) as [AggregateError];
    assert.equal(warning.errors.length, 1);
    lease?.release();
  });
});

describe('autoCloseDb: scopes inside scopes', () => {
  it('an inner one never gives back what the outer one took', async (t) => {
    const { pool } = fakePool(t);
    const inner = autoCloseDb(async () => pool.acquire());
    const outer = autoCloseDb(async () => {
      const mine = await pool.acquire();
      const theirs = await inner();
      assert.deepEqual([mine.active, theirs.active], [true, false]);
      const more = await pool.acquire();
      await inner();
      assert.equal(more.active, true);
      return [mine, more];
    });
    const leases = await outer();
    assert.deepEqual(
      leases.map((lease) => lease.active),
      [false, false],
    );
    assert.equal(pool.stats().inUse, 0);
  });

  it('those side by side do not touch each other', async (t) => {
    const { pool } = fakePool(t);
    const seen: boolean[] = [];
    const work = autoCloseDb(async (turns: number) => {
      const lease = await pool.acquire();
      for (let i = 0; i < turns; i++) {
        await turn();
        seen.push(lease.active);
      }
    });
    await Promise.all([work(1), work(5), work(3)]);
    assert.deepEqual(new Set(seen), new Set([true]));
    assert.equal(pool.stats().inUse, 0);
  });

  it('recursion is a scope a call', async (t) => {
    const { pool } = fakePool(t);
    const work = autoCloseDb(async (depth: number): Promise<number> => {
      const lease = await pool.acquire();
      const deepest = depth === 0 ? pool.stats().inUse : await work(depth - 1);
      assert.equal(lease.active, true);
      return deepest;
    });
    assert.equal(await work(5), 6);
    assert.equal(pool.stats().inUse, 0);
  });

  it('leaves alone what was taken outside', async (t) => {
    const fake = fakePool(t);
    const lease = await fake.acquire();
    await autoCloseDb(async () => {
      await fake.pool.use(() => undefined);
    })();
    assert.equal(lease.active, true);
    lease.release();
  });
});

describe('autoCloseDb: work that outlives the function', () => {
  it('is told so when it uses its lease, and harms nobody by giving it back', async (t) => {
    const { pool } = fakePool(t, { maxSize: 1 });
    const stale = await autoCloseDb(async () => pool.acquire())();
    assert.throws(() => stale.connection, {
      code: 'POOL_LEASE_ENDED',
      message: /loan 1 has ended; acquire a connection/,
    });
    assert.throws(() => stale.onReturn(() => undefined), { code: 'POOL_LEASE_ENDED' });
    const next = await pool.acquire();
    stale.release();
    stale.destroy();
    assert.equal(next.active, true);
    next.release();
  });

  it('is turned away at once when it still waits in line', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const other = await fake.acquire();
    const waiting = autoCloseDb(() => ({ acquired: watch(fake.pool.acquire()) }))().acquired;
    await fake.clock.settle();
    assert.equal(waiting.error.code, 'POOL_SCOPE_ENDED');
    assert.match(waiting.error.message, /the scope ended before it got its connection/);
    const next = fake.ask();
    other.release();
    await fake.clock.settle();
    next.value.release();
  });

  it('keeps nothing that is lent to it in the moment of its end', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const other = await fake.acquire();
    const waiting = autoCloseDb(() => {
      const acquired = watch(fake.pool.acquire());
      other.release();
      return { acquired };
    })().acquired;
    await fake.clock.settle();
    assert.equal(waiting.error.code, 'POOL_SCOPE_ENDED');
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('borrows on account of the scope around it, if there is one', async (t) => {
    const { pool } = fakePool(t);
    let later: Promise<FakeLease> | undefined;
    const lease = await autoCloseDb(async () => {
      autoCloseDb(() => void (later = turn().then(() => pool.acquire())))();
      const mine = await later!;
      assert.equal(mine.active, true);
      return mine;
    })();
    assert.equal(lease.active, false);
  });

  it('does nothing to a lease that was detached', async (t) => {
    const fake = fakePool(t);
    const connection = await autoCloseDb(async () => (await fake.pool.acquire()).detach())();
    assert.equal(connection.destroyed, false);
    assert.equal(fake.pool.stats().size, 0);
    fake.connector.detached.add(connection);
  });
});

describe('autoCloseDb.run', () => {
  it('runs a function now and returns what it returns', async (t) => {
    const { pool } = fakePool(t);
    assert.equal(
      autoCloseDb.run(() => 7),
      7,
    );
    const lease = await autoCloseDb.run(async () => pool.acquire());
    assert.equal(lease.active, false);
    assert.throws(
      () =>
        autoCloseDb.run(() => {
          throw new RangeError('own');
        }),
      RangeError,
    );
  });
});
