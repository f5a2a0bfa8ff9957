import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Permits } from 'node-mysqlpool/pool';
import { PortPool } from './support/port-pool.js';

/** An issuer of permits under test. */
export interface IssuerUnderTest {
  readonly permits: Permits;
  /** Lets everything happen that needs no time, and so much time pass. */
  readonly advance: (ms: number) => Promise<void>;
  /** Tells it that a connection was opened, if it is told. */
  readonly admitted?: () => void;
}

// Longer than any issuer may let a caller wait although somebody could give way.
const PATIENCE = 1_000;

/**
 * What every issuer of permits must do, whatever stands behind it: call it with one that gives out `limit` permits.
 */
export function permitsConformance(name: string, make: (limit: number) => IssuerUnderTest): void {
  const setUp = (limit: number, ...names: string[]) => {
    const { permits, advance } = make(limit);
    return { permits, advance, pools: names.map((n) => new PortPool(n, permits)) };
  };
  const two = (limit: number) => {
    const { advance, pools } = setUp(limit, 'a', 'b');
    return { advance, a: pools[0]!, b: pools[1]! };
  };

  describe(`${name}: the limit`, () => {
    it('gives out as many permits as there are and no more', async () => {
      const { a, b, advance } = two(3);
      a.acquire(2);
      b.acquire(2);
      await advance(0);
      assert.deepEqual([a.inUse, b.inUse], [2, 1]);
      await advance(PATIENCE);
      assert.equal(a.size + b.size, 3);
    });

    it('tells every pool how it stands, and that it is one and the same', async () => {
      const { a, b, advance } = two(3);
      a.acquire(1);
      b.acquire(1);
      await advance(0);
      const { issuer } = a.account;
      assert.ok(issuer !== undefined && issuer === b.account.issuer);
      const { limit, held } = issuer.stats();
      assert.deepEqual([limit, held], [3, 2]);
      assert.notEqual(two(3).a.account.issuer, issuer, 'another limit is another one');
    });

    it('gives out again what is given back, whatever became of it', async () => {
      const { permits, advance, admitted } = make(2);
      const a = new PortPool('a', permits);
      for (const outcome of ['closed', 'failed', 'full', 'closed'] as const) {
        a.acquire(2);
        await advance(PATIENCE);
        // After a full server it may say when to ask again, and let one find out whether there is room.
        a.pump();
        admitted?.();
        assert.equal(a.inUse, 2);
        a.lose(outcome);
        a.lose(outcome);
      }
    });

    it('takes nothing of a permit that is given back once too often', async () => {
      const { a, b, advance } = two(1);
      a.acquire();
      a.lose();
      a.account.giveBack('closed');
      a.account.giveBack('closed');
      a.acquire();
      b.acquire();
      await advance(PATIENCE);
      assert.equal(a.inUse + b.inUse, 1);
    });
  });

  describe(`${name}: the line`, () => {
    it('tells a pool that was refused, when a permit is free', async () => {
      const { a, b, advance } = two(1);
      a.acquire();
      b.acquire();
      await advance(0);
      assert.deepEqual([b.waiters, b.told], [1, 0]);
      a.lose();
      await advance(0);
      assert.deepEqual([b.waiters, b.inUse], [0, 1]);
    });

    it('tells equals in the order in which they came', async () => {
      const { pools, advance } = setUp(1, 'holder', 'a', 'b', 'c');
      const [holder, ...others] = pools as [PortPool, ...PortPool[]];
      holder.acquire();
      const served: string[] = [];
      for (const pool of others) {
        pool.onTold = () => pool.inUse > 0 && served.push(pool.name);
        pool.acquire();
        await advance(0);
      }
      for (const pool of [holder, ...others]) {
        pool.lose();
        await advance(0);
      }
      assert.deepEqual(served, ['a', 'b', 'c']);
    });

    it('goes on to the next when the first in line takes nothing', async () => {
      const { pools, advance } = setUp(1, 'holder', 'a', 'b');
      const [holder, a, b] = pools as [PortPool, PortPool, PortPool];
      holder.acquire();
      a.acquire();
      b.acquire();
      a.paused = true;
      holder.lose();
      await advance(0);
      assert.equal(b.inUse, 1);
      a.paused = false;
      b.lose();
      await advance(0);
      assert.equal(a.inUse, 1, 'and it has kept its place');
    });

    it('tells it again when a permit comes back while the others are being told', async () => {
      const { pools, advance } = setUp(1, 'holder', 'a', 'b');
      const [holder, a, b] = pools as [PortPool, PortPool, PortPool];
      holder.acquire();
      a.acquire();
      b.acquire();
      a.paused = true;
      b.onTold = () => {
        a.paused = false;
        b.lose();
      };
      holder.lose();
      await advance(0);
      assert.deepEqual([a.inUse, b.inUse], [1, 0]);
    });

    it('forgets a wish that is withdrawn', async () => {
      const { a, b, advance } = two(1);
      a.acquire();
      b.acquire();
      b.waiters = 0;
      b.pump();
      a.lose();
      await advance(PATIENCE);
      assert.equal(b.told, 0);
      a.acquire();
      await advance(0);
      assert.equal(a.inUse, 1);
    });

    it('gives everything back that a closed pool had, and tells it nothing more', async () => {
      const { a, b, advance } = two(2);
      a.acquire(2);
      b.acquire(2);
      a.shut();
      await advance(0);
      assert.equal(b.inUse, 2);
      b.acquire();
      b.shut();
      b.lose();
      await advance(PATIENCE);
      assert.notEqual(b.account.take(), true);
      assert.equal(b.inUse, -1, 'nothing was taken after the end');
    });

    it('serves hundreds in line in one go, without a call inside a call inside a call', async () => {
      const { permits, advance } = make(1);
      const holder = new PortPool('holder', permits);
      holder.acquire();
      const pools = Array.from({ length: 500 }, (_, i) => new PortPool(`p${i}`, permits));
      for (const pool of pools) {
        pool.onTold = () => pool.inUse > 0 && pool.lose();
        pool.acquire();
      }
      holder.lose();
      await advance(0);
      assert.equal(pools.filter((pool) => pool.waiters > 0).length, 0);
      assert.ok(pools.every((pool) => pool.deepest === 1));
    });
  });

  describe(`${name}: idle connections of others`, () => {
    it('asks for one rather than leave a caller waiting', async () => {
      const { a, b, advance } = two(3);
      a.acquire(3);
      a.release(3);
      b.acquire();
      await advance(0);
      assert.deepEqual([a.spared, a.idle], [1, 2], 'one, not all');
      assert.equal(b.waiters, 1, 'the permit comes when the connection is really closed');
      a.closed();
      await advance(0);
      assert.equal(b.inUse, 1);
    });

    it('asks again for the next caller, and takes none twice', async () => {
      const { a, b, advance } = two(3);
      a.acquire(3);
      a.release(3);
      b.acquire(3);
      for (let i = 0; i < 3; i++) {
        await advance(PATIENCE);
        a.closed();
      }
      await advance(0);
      assert.deepEqual([b.inUse, a.size, a.spared], [3, 0, 3]);
    });

    it('uses a permit that comes back while it is being asked for', async () => {
      const { a, b } = two(1);
      a.closesAtOnce = true;
      a.acquire();
      a.release();
      b.acquire();
      assert.deepEqual([a.size, b.inUse, b.told], [0, 1, 0], 'told in the middle of asking, it would take two');
    });

    it('gives it to the caller it was closed for, not back to the reserve of the pool that closed it', async () => {
      const { a, b, advance } = two(1);
      a.closesAtOnce = true;
      a.reserve = 1;
      a.pump();
      b.acquire();
      await advance(PATIENCE);
      assert.deepEqual([a.size, a.spared, b.inUse], [0, 1, 1]);
    });

    it('takes also the last idle one of a pool that has less, soon', async () => {
      const { a, b, advance } = two(3);
      a.acquire();
      a.release();
      b.acquire(3);
      await advance(PATIENCE);
      a.closed();
      await advance(PATIENCE);
      assert.deepEqual([a.size, b.inUse], [0, 3]);
    });

    it('never takes one for a reserve', async () => {
      const { a, b, advance } = two(2);
      a.acquire(2);
      a.release(1);
      b.reserve = 1;
      b.pump();
      await advance(PATIENCE);
      assert.deepEqual([a.spared, a.account.contested, b.size], [0, false, 0]);
      a.lose();
      await advance(0);
      assert.equal(b.idle, 1, 'but it is told when one is free');
    });

    it('does not let a reserve and a caller fight over one connection', async () => {
      const { a, b, advance } = two(2);
      a.reserve = 1;
      a.pump();
      await advance(0);
      b.acquire(2);
      for (let i = 0; i < 20; i++) {
        await advance(PATIENCE);
        a.closed();
        b.release();
        b.acquire();
      }
      assert.deepEqual([a.spared, b.spared], [1, 0]);
    });
  });

  describe(`${name}: shares`, () => {
    it('does not ask anybody to give way while nobody waits', async () => {
      const { a, b, advance } = two(10);
      a.acquire(9);
      b.acquire(1);
      await advance(PATIENCE);
      assert.deepEqual([a.account.contested, b.account.contested], [false, false]);
    });

    it('has the richer give way, one connection for one wish', async () => {
      const { a, b, advance } = two(10);
      a.acquire(30);
      b.acquire();
      await advance(0);
      assert.deepEqual([a.account.contested, b.account.contested], [true, false]);
      a.release(10);
      assert.deepEqual([a.closing, a.inUse], [1, 9]);
      a.closed();
      await advance(0);
      assert.deepEqual([a.inUse, b.inUse], [9, 1]);
    });

    it('ends with equal shares under lasting load, and stays there', async () => {
      for (const [limit, count] of [
        [10, 2],
        [10, 3],
        [7, 2],
        [4, 4],
      ] as const) {
        const names = Array.from({ length: count }, (_, i) => `p${i}`);
        const { pools, advance } = setUp(limit, ...names);
        for (const pool of pools) pool.acquire(100);
        const round = async (): Promise<void> => {
          for (const pool of pools) {
            const { inUse } = pool;
            if (inUse > 0) pool.release(inUse);
            pool.closed();
            pool.acquire(inUse);
            await advance(0);
          }
        };
        for (let i = 0; i < 40; i++) await round();
        const sizes = pools.map((pool) => pool.size);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${limit} over ${count}: ${sizes.join()}`);
        const spared = pools.map((pool) => pool.spared);
        for (let i = 0; i < 40; i++) await round();
        assert.deepEqual(
          pools.map((pool) => pool.spared),
          spared,
          'nothing more is closed',
        );
      }
    });

    it('lets pools take turns when there are more of them than permits', async () => {
      const { pools, advance } = setUp(2, 'a', 'b', 'c', 'd', 'e');
      const served = new Map<string, number>(pools.map((pool) => [pool.name, 0]));
      for (const pool of pools) pool.acquire(1_000);
      for (let i = 0; i < 200; i++) {
        for (const pool of pools) {
          served.set(pool.name, served.get(pool.name)! + pool.inUse);
          pool.release(pool.inUse);
          pool.closed();
        }
        await advance(10);
      }
      for (const [pool, times] of served) assert.ok(times >= 20, `${pool} was served ${times} times`);
    });
  });

  it(`${name}: any order of calls keeps the limit, loses no wish and leaves nothing`, async () => {
    const calls = fc.array(
      fc.tuple(
        fc.constantFrom('acquire', 'release', 'closed', 'lose', 'shut', 'wait'),
        fc.nat(3),
        fc.integer({ min: 1, max: 3 }),
      ),
      { maxLength: 60, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), calls, async (limit, steps) => {
        const { pools, advance } = setUp(limit, 'a', 'b', 'c', 'd');
        const check = (): void => {
          assert.ok(pools.reduce((sum, pool) => sum + pool.size, 0) <= limit, 'the limit');
          assert.ok(
            pools.every((pool) => pool.deepest <= 1),
            'no nesting',
          );
        };
        const shut = new Set<PortPool>();
        for (const [call, index, count] of steps) {
          const pool = pools[index]!;
          if (call === 'wait') await advance(count * 10);
          else if (call === 'acquire' && !shut.has(pool)) pool.acquire(count);
          else if (call === 'release' && pool.inUse >= count) pool.release(count);
          else if (call === 'closed') pool.closed(Math.min(count, pool.closing));
          else if (call === 'lose' && pool.inUse > 0) pool.lose();
          else if (call === 'shut' && shut.add(pool)) pool.shut();
          check();
        }
        // Whoever still waits is served as long as connections come back.
        for (let i = 0; i < 500 && pools.some((pool) => pool.waiters > 0); i++) {
          for (const pool of pools) {
            pool.closed();
            if (pool.inUse > 0) pool.release();
            check();
          }
          await advance(20);
        }
        assert.deepEqual(
          pools.filter((pool) => pool.waiters > 0),
          [],
        );
      }),
      { numRuns: 150 },
    );
  });
}
