import type { TestContext } from 'node:test';
import { ScopedPool } from 'node-mysqlpool/scope';
import type { ScopedPoolOptions } from 'node-mysqlpool/scope';
import type { FakeConnection } from '../../pool/support/fake-connector.js';
import { FakePool } from '../../pool/support/pool.js';

export type { FakeLease } from '../../pool/support/pool.js';

/** A pool that knows its borrowers, on a fake clock and a fake connector. */
export class FakeScopedPool extends FakePool {
  override readonly pool: ScopedPool<FakeConnection>;

  constructor(options: ScopedPoolOptions) {
    super();
    const { clock, connector } = this;
    this.pool = new ScopedPool<FakeConnection>({ connector, clock, random: () => 0.5 }, { name: 'test', ...options });
  }
}

/** The same, finished and checked after the test. */
export function fakePool(t: TestContext, options: ScopedPoolOptions = {}): FakeScopedPool {
  const fake = new FakeScopedPool(options);
  t.after(() => fake.finish());
  return fake;
}
