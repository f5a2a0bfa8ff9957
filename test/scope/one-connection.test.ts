import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AcquireOptions } from 'node-mysqlpool/pool';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { fakePool } from './support/scoped-pool.js';

const ONE = { oneConnection: true };

describe('autoCloseDb.run with oneConnection', () => {
  it('lends the same connection until the function ends, also when all leases have been given back', async (t) => {
    const fake = fakePool(t);
    const other = fakePool(t);
    await autoCloseDb.run(async () => {
      const connections = new Set<object>();
      for (let round = 0; round < 3; round++) {
        const lease = await fake.pool.acquire();
        connections.add(lease.connection);
        lease.release();
        connections.add(await fake.pool.use(({ connection }) => connection));
        const ready = fake.pool.tryAcquire();
        connections.add(ready!.connection);
        ready!.release();
      }
      assert.equal(connections.size, 1);
      assert.equal(fake.connector.calls('clean'), 0);
      assert.notEqual(await other.pool.use(({ connection }) => connection), [...connections][0]);
    }, ONE);
    assert.equal(fake.connector.calls('clean'), 1);
    assert.deepEqual([fake.pool.stats().inUse, other.pool.stats().inUse], [0, 0]);
  });

  it('lends each caller one of its own unless it is asked for one', async (t) => {
    const fake = fakePool(t);
    const two = async (): Promise<number> => {
      const leases = [await fake.pool.acquire(), await fake.pool.acquire()];
      return new Set(leases.map(({ connection }) => connection)).size;
    };
    assert.equal(await autoCloseDb.run(two), 2);
    assert.equal(await autoCloseDb.run(two, {}), 2);
    assert.equal(await autoCloseDb.run(two, { oneConnection: false }), 2);
    assert.equal(await autoCloseDb(two)(), 2);
    assert.equal(await autoCloseDb.run(two, ONE), 1);
  });

  it('keeps it as well when it was there without waiting', async (t) => {
    const fake = fakePool(t);
    await fake.pool.warmUp(2);
    await autoCloseDb.run(async () => {
      const first = fake.pool.tryAcquire()!;
      const { connection } = first;
      first.release();
      assert.equal(fake.pool.stats().inUse, 1);
      assert.equal(await fake.pool.use((lease) => lease.connection), connection);
    }, ONE);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('lends one to branches that run side by side, and to scopes inside of it', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await autoCloseDb.run(async () => {
      const take = (): Promise<object> => fake.pool.use(({ connection }) => connection);
      const nested = autoCloseDb(take);
      const connections = [take(), nested(), autoCloseDb.run(take, ONE), take()];
      assert.equal(new Set(await Promise.all(connections)).size, 1);
      // An inner scope gives back what is its own only.
      await autoCloseDb.run(async () => void (await fake.pool.acquire()), ONE);
      assert.equal(fake.pool.stats().inUse, 1);
    }, ONE);
    assert.equal(fake.connector.calls('open'), 1);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('lends no other one when it has been closed: what was set in its session would be missed', async (t) => {
    const fake = fakePool(t);
    await autoCloseDb.run(async () => {
      (await fake.pool.acquire()).destroy();
      await assert.rejects(fake.pool.acquire(), { code: 'POOL_SCOPE_CONNECTION_LOST' });
      assert.equal(fake.pool.tryAcquire(), undefined);
      await assert.rejects(
        fake.pool.use(() => undefined),
        /run the whole function again/,
      );
    }, ONE);
    await autoCloseDb.run(() => fake.pool.use(({ connection }) => assert.ok(connection)), ONE);
  });

  it('lends no other one, and not the dead one again, when it has been lost', async (t) => {
    const fake = fakePool(t);
    await autoCloseDb.run(async () => {
      fake.connector.kill(await fake.pool.use(({ connection }) => connection));
      await assert.rejects(fake.pool.acquire(), { code: 'POOL_SCOPE_CONNECTION_LOST' });
      assert.equal(fake.pool.tryAcquire(), undefined);
      const inner = autoCloseDb(() => fake.pool.use(() => undefined));
      await assert.rejects(inner(), { code: 'POOL_SCOPE_CONNECTION_LOST' });
    }, ONE);
    await autoCloseDb.run(() => fake.pool.use(({ connection }) => assert.ok(!connection.destroyed)), ONE);
  });

  it('goes for what outlives it, which is told that its scope has ended', async (t) => {
    const fake = fakePool(t);
    let late!: () => Promise<unknown>;
    await autoCloseDb.run(async () => {
      await fake.pool.use(() => undefined);
      let go!: () => void;
      const gate = new Promise<void>((resolve) => (go = resolve));
      const work = gate.then(() => fake.pool.acquire());
      work.catch(() => undefined);
      late = () => (go(), work);
    }, ONE);
    await assert.rejects(late(), { code: 'POOL_SCOPE_ENDED' });
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('keeps no pool from being closed inside of it', async (t) => {
    const fake = fakePool(t);
    await autoCloseDb.run(async () => {
      await fake.pool.use(() => undefined);
      const lease = await fake.pool.acquire();
      const closed = fake.pool.close();
      assert.equal(lease.active, true);
      lease.release();
      await closed;
      await assert.rejects(fake.pool.acquire(), { code: 'POOL_CLOSED' });
    }, ONE);
  });

  it('works on pools of every class', async (t) => {
    for (const poolClass of ['NullPool', 'StaticPool', 'AssertionPool', 'SingletonThreadPool'] as const) {
      const fake = fakePool(t, { poolClass });
      await autoCloseDb.run(async () => {
        const first = await fake.pool.use(({ connection }) => connection);
        assert.deepEqual([fake.pool.stats().inUse, fake.connector.calls('clean')], [1, 0], poolClass);
        assert.equal(await fake.pool.use(({ connection }) => connection), first, poolClass);
        const lease = fake.pool.tryAcquire();
        assert.equal(lease?.connection, first, poolClass);
        lease.destroy();
        await assert.rejects(fake.pool.acquire(), { code: 'POOL_SCOPE_CONNECTION_LOST' }, poolClass);
      }, ONE);
      await fake.pool.use(({ connection }) => assert.ok(connection));
      assert.equal(fake.pool.stats().inUse, 0, poolClass);
    }
  });

  it('shares the connection of a StaticPool with those outside, whose next one is not that of the scope', async (t) => {
    const fake = fakePool(t, { poolClass: 'StaticPool' });
    const outside = await fake.pool.acquire();
    await autoCloseDb.run(async () => {
      await fake.pool.use(({ connection }) => assert.equal(connection, outside.connection));
      outside.release();
      assert.equal(fake.pool.stats().inUse, 1);
      assert.equal(fake.connector.calls('clean'), 0);
    }, ONE);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  for (const contextLocal of [false, true])
    it(`has each caller wait for no longer than it wants to (contextLocal: ${contextLocal})`, async (t) => {
      const fake = fakePool(t, { maxSize: 1, acquireTimeout: 1_000, contextLocal });
      const outside = await fake.pool.acquire();
      const ended: string[] = [];
      const ask = (name: string, options?: AcquireOptions): Promise<void> =>
        fake.pool.acquire(options).then(
          () => void ended.push(name),
          (error: Error & { code: string }) => void ended.push(`${name} ${error.code}`),
        );
      await autoCloseDb.run(
        async () => {
          const abort = new AbortController();
          const all = [ask('a'), ask('b', { timeout: 100 }), ask('c', { signal: abort.signal }), ask('d'), ask('e')];
          all.push(ask('f', { timeout: 3_000 }));
          await fake.clock.advance(100);
          assert.deepEqual(ended, ['b POOL_ACQUIRE_TIMEOUT']);
          abort.abort(Object.assign(new Error('enough'), { code: 'ENOUGH' }));
          await fake.clock.advance(1);
          assert.equal(ended[1], 'c ENOUGH');
          await fake.clock.advance(900);
          const late = ['a', 'd', 'e'].map((name) => `${name} POOL_ACQUIRE_TIMEOUT`);
          assert.deepEqual(ended.slice(2).toSorted(), late);
          outside.release();
          await Promise.all(all);
          assert.equal(ended.at(-1), 'f');
        },
        { oneConnection: !contextLocal },
      );
      assert.equal(fake.pool.stats().inUse, 0);
    });

  it('has nobody wait in a scope that has ended', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const outside = await fake.pool.acquire();
    let waiting: Promise<unknown>[] = [];
    autoCloseDb.run(() => void (waiting = [1, 2, 3].map(() => fake.pool.acquire())), ONE);
    for (const one of waiting) await assert.rejects(one, { code: 'POOL_SCOPE_ENDED' });
    assert.equal(fake.pool.stats().waiters, 0);
    outside.release();
  });

  it('refuses options that there are not', () => {
    const run = (options: unknown) => () => autoCloseDb.run(() => undefined, options as never);
    const refused = (options: unknown, option: string, message: RegExp): void =>
      assert.throws(run(options), { name: 'PoolOptionError', code: 'POOL_OPTION', option, message });
    refused({ oneConection: true }, 'oneConection', /unknown option "oneConection" \(did you mean "oneConnection"\?\)/);
    refused(
      { oneConnection: 1 },
      'oneConnection',
      /^autoCloseDb\.run: option "oneConnection": expected true or false, got 1/,
    );
    refused(null, 'options', /^autoCloseDb\.run: expected an object of options \(oneConnection\), got null/);
  });
});
