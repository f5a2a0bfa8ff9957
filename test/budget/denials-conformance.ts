import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { IssuerUnderTest } from './permits-conformance.js';
import { PortPool } from './support/port-pool.js';

/** What every issuer of permits must tell when it has none. */
export function denialsConformance(name: string, make: (limit: number) => IssuerUnderTest): void {
  describe(`${name}: a denial`, () => {
    it('says with a denial what limits, how it stands, and whether one is on its way', async () => {
      const { permits, advance } = make(2);
      const [a, b] = [new PortPool('a', permits), new PortPool('b', permits)];
      a.acquire(2);
      b.acquire(1);
      await advance(0);
      const { limit, held, of, coming } = b.denial!;
      assert.ok(typeof limit === 'string' && limit !== '');
      assert.deepEqual({ held, of, coming }, { held: 2, of: 2, coming: 0 });
      b.waiters = 0;
      b.pump();
      a.release(1);
      b.acquire(1);
      assert.deepEqual([a.closing, b.denial!.coming], [1, 1], 'an idle one of the other is being closed');
      a.closed();
      await advance(0);
      assert.deepEqual([b.inUse, b.denial], [1, undefined]);
    });
  });
}
