import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Borrower, POOL_CLASSES, runAs, ScopedPool, type PoolClass, type ScopedLease } from 'node-mysqlpool/scope';
import { FakeClock } from './support/fake-clock.js';
import { FakeConnector, type FakeConnection } from './support/fake-connector.js';

/** A pool of the class on a fake clock and connector, closed and checked after the test. */
function poolOf(t: TestContext, poolClass: PoolClass, options: Record<string, unknown> = {}) {
  const clock = new FakeClock();
  const connector = new FakeConnector(clock);
  const pool = new ScopedPool<FakeConnection>({ connector, clock }, { name: 'test', poolClass, ...options });
  t.after(async () => {
    void pool.close({ timeout: 0 });
    await clock.advance(60_000);
    assert.equal(pool.state, 'closed');
    assert.deepEqual(connector.violations, []);
    assert.equal(connector.left, 0);
    assert.deepEqual(clock.timers(), []);
  });
  return { pool, clock, connector };
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: { code: unknown }) => error.code,
  );

describe('pool classes', () => {
  it('all serve ten callers side by side, one connection at most each', async (t) => {
    for (const poolClass of POOL_CLASSES.filter((name) => name !== 'AssertionPool')) {
      const { pool, clock, connector } = poolOf(t, poolClass);
      let served = 0;
      const callers = Array.from({ length: 10 }, () =>
        pool.use(async (lease) => {
          assert.ok(lease.connection.alive);
          await new Promise((resolve) => clock.arrive(5, () => resolve(undefined)));
          served++;
        }),
      );
      await clock.advance(1_000);
      await Promise.all(callers);
      assert.equal(served, 10, poolClass);
      assert.ok(connector.peak <= 10, poolClass);
    }
  });

  it('clean a connection once a loan, and replace it after an eviction; NullPool closes it instead', async (t) => {
    const traces: Partial<Record<PoolClass, string[]>> = {};
    for (const poolClass of POOL_CLASSES) {
      const { pool, clock, connector } = poolOf(t, poolClass);
      await pool.use(() => undefined);
      pool.evict();
      await clock.settle();
      await pool.use(() => undefined);
      await clock.settle();
      traces[poolClass] = connector.trace.filter((call) => /^(?:clean|close)/.test(call));
    }
    const kept = ['clean 1 auto', 'close 1', 'clean 2 auto'];
    assert.deepEqual(traces, {
      QueuePool: kept,
      NullPool: ['close 1', 'close 2'],
      StaticPool: kept,
      AssertionPool: kept,
      SingletonThreadPool: kept,
    });
  });

  it('say what they are', (t) => {
    for (const poolClass of POOL_CLASSES) assert.equal(poolOf(t, poolClass).pool.poolClass, poolClass);
    assert.equal(poolOf(t, 'QueuePool').pool.options.maxSize, 10);
  });

  it('refuse what they do not know', () => {
    const make = (options: Record<string, unknown>) => () =>
      new ScopedPool<FakeConnection>({ connector: new FakeConnector(new FakeClock()) }, { name: 'test', ...options });
    assert.throws(make({ poolClass: 'QuePool' }), {
      code: 'POOL_OPTION',
      message:
        'test: option "poolClass": expected "QueuePool", "NullPool", "StaticPool", "AssertionPool" or ' +
        '"SingletonThreadPool", got "QuePool" (did you mean "QueuePool"?)',
    });
    assert.throws(make({ poolClass: 'StaticPool', maxSize: 5 }), { code: 'POOL_OPTION', option: 'maxSize' });
    assert.throws(make({ poolClass: 'AssertionPool', maxSize: 2 }), { code: 'POOL_OPTION', option: 'maxSize' });
    assert.throws(make({ contextLocal: 'yes' }), { code: 'POOL_OPTION', option: 'contextLocal' });
  });
});

describe('NullPool', () => {
  it('opens a connection for each loan and closes it afterwards (SQLAlchemy NullPool.test_reconnect)', async (t) => {
    const { pool, clock, connector } = poolOf(t, 'NullPool');
    for (let i = 1; i <= 3; i++) {
      const lease = await pool.acquire();
      assert.equal(lease.connection.id, i);
      if (i === 2) lease.destroy();
      lease.release();
      await clock.settle();
      assert.equal(pool.stats().size, 0);
    }
    assert.equal(connector.calls('close'), 2);
  });

  it('keeps the limit all the same', async (t) => {
    const { pool, clock, connector } = poolOf(t, 'NullPool', { maxSize: 2 });
    const callers = Array.from({ length: 6 }, () =>
      pool.use(() => new Promise<void>((resolve) => clock.arrive(10, () => resolve()))),
    );
    await clock.advance(500);
    await Promise.all(callers);
    assert.equal(connector.peak, 2);
  });
});

describe('StaticPool', () => {
  it('lends one connection to all at the same time, and keeps it', async (t) => {
    const { pool, connector } = poolOf(t, 'StaticPool');
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    assert.ok(leases.every((lease) => lease.connection === leases[0]!.connection));
    leases[0]!.release();
    assert.equal(leases[1]!.active, true);
    for (const lease of leases) lease.release();
    assert.equal((await pool.acquire()).connection.id, 1);
    assert.equal(connector.calls('open'), 1);
    assert.equal(pool.stats().inUse, 1);
  });

  it('replaces it when it is destroyed', async (t) => {
    const { pool } = poolOf(t, 'StaticPool');
    const lease = await pool.acquire();
    const other = await pool.acquire();
    lease.destroy();
    assert.equal(other.active, false);
    assert.equal((await pool.acquire()).connection.id, 2);
  });

  it('tells all who wait for it that it cannot be opened', async (t) => {
    const { pool, clock, connector } = poolOf(t, 'StaticPool', { acquireTimeout: 100 });
    connector.opening.usual = { hang: true };
    const codes = Promise.all([codeOf(pool.acquire()), codeOf(pool.acquire())]);
    await clock.advance(300);
    assert.deepEqual(await codes, ['POOL_ACQUIRE_TIMEOUT', 'POOL_ACQUIRE_TIMEOUT']);
  });
});

describe('AssertionPool', () => {
  it('fails on a second loan at the same time, and shows where the first was taken', async (t) => {
    const { pool } = poolOf(t, 'AssertionPool');
    const takeTheFirst = (): Promise<ScopedLease<FakeConnection>> => pool.acquire();
    const first = await takeTheFirst();
    await assert.rejects(pool.acquire(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'POOL_ALREADY_TAKEN');
      assert.match(error.message, /^test: the connection is already taken, here:\n/);
      assert.match(error.message, /pool-classes/);
      return true;
    });
    first.release();
    (await pool.acquire()).release();
    assert.equal(pool.stats().total.opened, 1);
  });

  it('fails also while the first is still being opened', async (t) => {
    const { pool, clock, connector } = poolOf(t, 'AssertionPool');
    connector.opening.usual = { after: 50 };
    const first = pool.acquire();
    assert.equal(await codeOf(pool.acquire()), 'POOL_ALREADY_TAKEN');
    await clock.advance(50);
    (await first).release();
  });

  it('recovers from a loan that could not be had (SQLAlchemy test_connect_error)', async (t) => {
    const { pool, clock, connector } = poolOf(t, 'AssertionPool', { acquireTimeout: 50 });
    connector.opening.next({ hang: true });
    const failed = codeOf(pool.acquire());
    await clock.advance(50);
    assert.equal(await failed, 'POOL_ACQUIRE_TIMEOUT');
    const lease = pool.acquire({ timeout: 60_000 });
    await clock.advance(11_000);
    (await lease).release();
  });
});

describe('SingletonThreadPool', () => {
  it('lends one connection a scope, and never closes one in use (SQLAlchemy D12)', async (t) => {
    const { pool, clock, connector } = poolOf(t, 'SingletonThreadPool', { maxSize: 3 });
    const scopes = Array.from({ length: 10 }, () =>
      runAs(new Borrower(), async () => {
        const first = await pool.acquire();
        for (let use = 0; use < 10; use++) {
          const lease = await pool.acquire();
          assert.equal(lease.connection, first.connection);
          assert.equal(lease.connection.destroyed, false);
          lease.release();
          await new Promise((resolve) => clock.arrive(1, () => resolve(undefined)));
        }
        assert.equal(first.active, true);
        first.release();
      }),
    );
    await clock.advance(1_000);
    await Promise.all(scopes);
    assert.ok(connector.peak <= 3);
  });

  it('gives the connection back with the outermost release only', async (t) => {
    const { pool, connector } = poolOf(t, 'SingletonThreadPool');
    await runAs(new Borrower(), async () => {
      const outer = await pool.acquire();
      const inner = await pool.acquire();
      inner.release();
      assert.equal(connector.calls('clean'), 0);
      outer.release();
      assert.equal(connector.calls('clean'), 1);
    });
  });

  it('outside of any scope lends each caller one of its own', async (t) => {
    const { pool, clock } = poolOf(t, 'SingletonThreadPool');
    const leases = [pool.acquire(), pool.acquire()];
    await clock.advance(100);
    const [one, two] = await Promise.all(leases);
    assert.notEqual(one!.connection, two!.connection);
  });
});
