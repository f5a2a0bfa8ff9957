import type { TestContext } from 'node:test';
import type { Permits } from 'node-mysqlpool/pool';
import { ScopedPool } from 'node-mysqlpool/scope';
import type { ScopedPoolOptions } from 'node-mysqlpool/scope';
import type { FakeConnection } from '../../pool/support/fake-connector.js';
import { FakePool } from '../../pool/support/pool.js';

export type { FakeLease } from '../../pool/support/pool.js';

/** A scoped pool on a fake clock and a fake connector. */
export class FakeScopedPool extends FakePool {
  override readonly pool: ScopedPool<FakeConnection>;

  constructor(options: ScopedPoolOptions, permits?: Permits) {
    super();
    const { clock, connector } = this;
    const parts = { connector, clock, permits, random: () => 0.5 };
    this.pool = new ScopedPool<FakeConnection>(parts, { name: 'test', ...options });
  }
}

/** A `FakeScopedPool` that is closed and checked after the test. */
export function fakePool(t: TestContext, options: ScopedPoolOptions = {}, permits?: Permits): FakeScopedPool {
  const fake = new FakeScopedPool(options, permits);
  t.after(() => fake.finish());
  return fake;
}
