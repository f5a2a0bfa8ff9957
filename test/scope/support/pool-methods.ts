import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { TestContext } from 'node:test';
import { autoCloseDb, type ScopedLease, type ScopedPool } from 'node-mysqlpool/scope';
import type { Pool } from 'node-mysqlpool/pool';
import { watch } from '../../pool/support/outcome.js';
import { until } from '../../support/until.js';

export type AnyScopedPool = ScopedPool<object, ScopedLease<object>>;

/** A way to open a pool: one of the pool classes, or a wrapper. `maxSize` is 3 where the class allows it. */
export interface Door {
  readonly name: string;
  /** Whether the callers of one scope share a loan. @default depends on the class */
  readonly contextLocal?: boolean;
  readonly open: (t: TestContext) => AnyScopedPool | Promise<AnyScopedPool>;
}

/** What a pool class promises, from which the rows below derive their expectations. */
interface Traits {
  /** All callers share one loan. */
  readonly isStatic: boolean;
  /** The callers of one scope share a loan. */
  readonly isLocal: boolean;
  /** A second loan fails. */
  readonly isAssertion: boolean;
  readonly keepsNone: boolean;
  readonly most: number;
}

const traitsOf = (pool: AnyScopedPool, contextLocal = pool.poolClass === 'SingletonThreadPool'): Traits => ({
  isStatic: pool.poolClass === 'StaticPool',
  isLocal: contextLocal,
  isAssertion: pool.poolClass === 'AssertionPool',
  keepsNone: pool.options.maxIdle === 0,
  most: Math.min(pool.options.maxSize, 3),
});

/** Waits until all connections are idle and no caller waits. */
const atRest = (pool: AnyScopedPool): Promise<boolean> =>
  until(() => {
    const { size, idle, waiters } = pool.stats();
    return size === idle && waiters === 0;
  });

const inScope = <T>(fn: () => Promise<T>): Promise<T> => autoCloseDb.run(fn);

/** Uses the pool once, so that a connection is idle, unless the class keeps none. */
async function warmed(pool: AnyScopedPool): Promise<void> {
  await pool.use(() => undefined);
  await atRest(pool);
}

/** Checks the result of a second `acquire` while the first lease is active. */
async function second(
  pool: AnyScopedPool,
  traits: Traits,
  first: ScopedLease<object>,
  inAScope: boolean,
): Promise<void> {
  const { isStatic, isLocal, isAssertion } = traits;
  if (isAssertion) {
    await assert.rejects(pool.acquire(), { code: 'POOL_ALREADY_TAKEN' });
    return;
  }
  const other = await pool.acquire();
  assert.equal(other.connection === first.connection, isStatic || (isLocal && inAScope));
  other.release();
  assert.equal(first.active, true);
}

type Row = (pool: AnyScopedPool, traits: Traits) => Promise<void>;

/** A test for each public member of `Pool`, to be run through every door. A new member needs a row. */
export const POOL_METHODS = {
  async acquire(pool, traits) {
    const lease = await inScope(async () => {
      const first = await pool.acquire();
      assert.equal(pool.stats().inUse, 1);
      await second(pool, traits, first, true);
      return first;
    });
    assert.equal(lease.active, false, 'its scope is over');
    await atRest(pool);
    const outside = await pool.acquire();
    await second(pool, traits, outside, false);
    outside.release();
    await atRest(pool);
  },

  async keepsCallSites(pool) {
    assert.equal(pool.keepsCallSites, false);
    const stop = pool.traceCallSites();
    assert.equal(pool.keepsCallSites, true);
    stop();
    assert.equal(pool.keepsCallSites, false);
    await inScope(async () => assert.equal(pool.keepsCallSites, true, 'what a scope borrows is kept with its line'));
  },

  async lateError(pool) {
    const error = pool.lateError(1_234);
    assert.equal(error.code, 'POOL_ACQUIRE_TIMEOUT');
    assert.match(error.message, /no connection within 1234 ms/);
  },

  async tryAcquire(pool, traits) {
    const { keepsNone, isStatic, isLocal, isAssertion } = traits;
    await warmed(pool);
    if (keepsNone) {
      assert.equal(pool.tryAcquire(), undefined);
      return;
    }
    const lease = await inScope(async () => {
      const first = pool.tryAcquire('mine')!;
      assert.equal(first.label, 'mine');
      assert.equal(pool.stats().inUse, 1);
      const again = pool.tryAcquire();
      if (isStatic || isLocal) assert.equal(again!.connection, first.connection);
      else assert.equal(again, undefined, 'no other lies idle');
      again?.release();
      await second(pool, traits, first, true);
      return first;
    });
    assert.equal(lease.active, false, 'its scope is over');
    await atRest(pool);
    const [first, again] = [pool.tryAcquire()!, pool.tryAcquire()];
    assert.equal(again !== undefined && again.connection === first.connection, isStatic);
    if (isAssertion) await assert.rejects(pool.acquire(), { code: 'POOL_ALREADY_TAKEN' });
    again?.release();
    first.release();
    await atRest(pool);
  },

  async use(pool, traits) {
    assert.equal(await pool.use((lease) => lease.active), true);
    await atRest(pool);
    const error = new Error('own');
    const failing = pool.use(() => {
      throw error;
    });
    await assert.rejects(failing, (thrown) => thrown === error);
    await atRest(pool);
    await inScope(() => pool.use((lease) => second(pool, traits, lease, true)));
    await atRest(pool);
  },

  async warmUp(pool, traits) {
    const { most, keepsNone } = traits;
    await assert.rejects(pool.warmUp(pool.options.maxSize + 1), { code: 'POOL_OPTION' });
    const lease = await inScope(async () => {
      const first = await pool.acquire();
      await pool.warmUp(most);
      assert.equal(pool.stats().inUse, 1, 'nothing is borrowed for it');
      // The connection on loan counts towards them.
      if (!keepsNone) assert.equal(pool.stats().size, most);
      return first;
    });
    assert.equal(lease.active, false);
    await atRest(pool);
  },

  async evict(pool) {
    const numberOf = (): Promise<object> => pool.use((lease) => lease.connection);
    const first = await numberOf();
    await atRest(pool);
    pool.evict();
    assert.notEqual(await numberOf(), first);
    await atRest(pool);
    const { connection } = await inScope(async () => {
      const lease = await pool.acquire();
      pool.evict();
      assert.equal(lease.active, true, 'it goes on until it comes back');
      return { connection: lease.connection };
    });
    assert.notEqual(await numberOf(), connection);
    await atRest(pool);
  },

  async resize(pool, traits) {
    const { isStatic, isAssertion } = traits;
    pool.resize({ acquireTimeout: 7_000 });
    assert.equal(pool.options.acquireTimeout, 7_000);
    assert.throws(() => pool.resize({ maxSize: 0 }), { code: 'POOL_OPTION' });
    if (isStatic || isAssertion) {
      const wrong = { code: 'POOL_OPTION', option: 'maxSize', message: /has exactly one connection, but maxSize is 2/ };
      assert.throws(() => pool.resize({ maxSize: 2 }), wrong);
      assert.equal(pool.options.maxSize, 1);
      return;
    }
    // maxIdle must not exceed maxSize if it was set explicitly.
    pool.resize({ maxSize: 1, maxIdle: Math.min(1, pool.options.maxIdle) });
    const lease = await pool.acquire();
    await assert.rejects(pool.acquire({ timeout: 0 }), { code: 'POOL_ACQUIRE_TIMEOUT' });
    pool.resize({ maxSize: 2 });
    (await pool.acquire()).release();
    lease.release();
    await atRest(pool);
  },

  async suspend(pool) {
    await warmed(pool);
    pool.suspend();
    assert.equal(pool.state, 'suspended');
    assert.equal(pool.tryAcquire(), undefined);
    const waiting = watch(inScope(() => pool.acquire()));
    await until(() => pool.stats().waiters === 1);
    assert.equal(waiting.state, 'pending');
    pool.resume();
    await until(() => waiting.state === 'resolved');
    await atRest(pool);
  },

  async resume(pool) {
    pool.resume();
    assert.equal(pool.state, 'open');
    pool.suspend();
    pool.resume();
    assert.equal(await pool.use((lease) => lease.active), true);
    await atRest(pool);
  },

  async drain(pool) {
    const draining = await inScope(async () => {
      const lease = await pool.acquire();
      const drained = watch(pool.drain());
      assert.equal(pool.state, 'draining');
      assert.equal(lease.active, true);
      return drained;
    });
    await until(() => draining.state === 'resolved');
    assert.equal(pool.state, 'closed');
  },

  async close(pool) {
    const closing = await inScope(async () => {
      const lease = await pool.acquire();
      const closed = watch(pool.close());
      await assert.rejects(
        inScope(() => pool.acquire()),
        { code: 'POOL_CLOSED' },
      );
      assert.equal(lease.active, true, 'a loan is waited for');
      assert.equal(closed.state, 'pending');
      return { closed };
    });
    await until(() => closing.closed.state === 'resolved');
    assert.equal(pool.state, 'closed');
    assert.equal(pool.stats().size, 0);
    assert.equal(pool.tryAcquire(), undefined);
    await assert.rejects(pool.acquire(), { code: 'POOL_CLOSED' });
    await assert.rejects(
      pool.use(() => 'never'),
      { code: 'POOL_CLOSED' },
    );
  },

  async stats(pool) {
    await inScope(async () => {
      await pool.acquire();
      const { size, idle, inUse, connecting, closing, waiters, maxSize } = pool.stats();
      assert.deepEqual([idle + inUse + connecting + closing, inUse, waiters], [size, 1, 0]);
      assert.equal(maxSize, pool.options.maxSize);
    });
    await atRest(pool);
    assert.equal(pool.stats().total.acquired, 1);
  },

  async borrowers(pool) {
    assert.deepEqual(pool.borrowers().loans, []);
    await autoCloseDb.label('upload').run(async () => {
      await pool.acquire();
      const [loan] = pool.borrowers().loans;
      assert.equal(loan!.label, pool.via === undefined ? 'upload' : `upload (${pool.via})`);
      assert.deepEqual(pool.borrowers(0), { loans: [], waiters: [] });
    });
    await atRest(pool);
    assert.deepEqual(pool.borrowers(), { loans: [], waiters: [] });
  },

  async traceCallSites(pool) {
    const stop = pool.traceCallSites();
    const lease = await pool.acquire();
    assert.match(String(lease.takenFrom?.stack), /pool-methods/);
    lease.release();
    stop();
    stop();
    await atRest(pool);
  },

  async on(pool) {
    const heard: string[] = [];
    const storage = new AsyncLocalStorage<string>();
    const forget = pool.on('acquired', () => heard.push(`acquired ${storage.getStore()}`));
    pool.on('released', () => heard.push('released'));
    await warmed(pool);
    await storage.run('here', () => inScope(() => pool.acquire()));
    await atRest(pool);
    forget();
    await pool.use(() => undefined);
    assert.equal(heard.filter((each) => each === 'released').length, 3);
    assert.equal(heard.filter((each) => each.startsWith('acquired')).length, 2);
    assert.throws(() => pool.on('acquire' as never, () => undefined), /did you mean "acquired"/);
    assert.throws(() => pool.on('acquired', 1 as never), TypeError);
  },

  async off(pool) {
    let count = 0;
    const listener = (): void => void count++;
    pool.on('released', listener);
    pool.off('released', () => undefined);
    await warmed(pool);
    pool.off('released', listener);
    await pool.use(() => undefined);
    assert.equal(count, 1);
  },

  async name(pool) {
    assert.equal(typeof pool.name, 'string');
    assert.notEqual(pool.name, '');
  },

  async options(pool) {
    assert.equal(pool.options.name, pool.name);
    assert.equal(pool.options.maxSize, pool.stats().maxSize);
  },

  async state(pool) {
    assert.equal(pool.state, 'open');
    await pool.close();
    assert.equal(pool.state, 'closed');
  },

  async [Symbol.asyncDispose](pool) {
    await warmed(pool);
    await pool[Symbol.asyncDispose]();
    assert.equal(pool.state, 'closed');
    assert.equal(pool.stats().size, 0);
  },
} satisfies Record<keyof Pool<object>, Row>;

/** The names of the rows. */
export const ROWS: readonly (keyof Pool<object>)[] = Reflect.ownKeys(POOL_METHODS) as (keyof Pool<object>)[];

/** Runs a row through a door. */
export async function runRow(t: TestContext, { open, contextLocal }: Door, row: keyof Pool<object>): Promise<void> {
  const pool = await open(t);
  const run: Row = POOL_METHODS[row];
  await run(pool, traitsOf(pool, contextLocal));
}

/** The public members of a class. */
export const membersOf = (of: { readonly prototype: object }): string[] =>
  Reflect.ownKeys(of.prototype)
    .filter((key) => key !== 'constructor')
    .map(String)
    .toSorted();
