import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Permits } from 'node-mysqlpool/pool';
import { PortPool } from './support/port-pool.js';

/** What an issuer of permits must do that has no limit. One that has is held to `permitsConformance`. */
export function unlimitedConformance(name: string, make: () => Permits): void {
  describe(`${name}: no limit`, () => {
    it('gives out what is asked for, in the same tick', () => {
      const pool = new PortPool('a', make());
      pool.acquire(1_000);
      assert.deepEqual([pool.inUse, pool.waiters, pool.told], [1_000, 0, 0]);
    });

    it('never has one pool give way to another', () => {
      const permits = make();
      const [a, b] = [new PortPool('a', permits), new PortPool('b', permits)];
      a.acquire(100);
      b.acquire(100);
      assert.equal(a.account.contested, false);
      a.release(100);
      b.acquire(100);
      assert.deepEqual([a.idle, a.spared, a.told, b.inUse], [100, 0, 0, 200]);
    });

    it('minds neither what is given back too often, nor a wish that never was', () => {
      const pool = new PortPool('a', make());
      pool.account.withdraw();
      pool.account.giveBack('closed');
      pool.acquire(10);
      assert.equal(pool.inUse, 10);
    });

    it('goes on for the others when a pool closes', () => {
      const permits = make();
      const [a, b] = [new PortPool('a', permits), new PortPool('b', permits)];
      a.acquire(10);
      a.shut();
      a.account.close();
      b.acquire(10);
      assert.deepEqual([b.inUse, a.told], [10, 0]);
    });
  });
}
