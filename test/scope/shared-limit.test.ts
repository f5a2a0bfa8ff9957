import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Permits } from 'node-mysqlpool/pool';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { MaxTotal } from '#internal/budget/index.js';
import { setProcessPermits } from '#internal/pool/permits.js';
import { FakeClock } from '../pool/support/fake-clock.js';
import { FakePool } from '../pool/support/pool.js';
import { watch } from '../pool/support/outcome.js';
import { fakePool, type FakeScopedPool } from './support/scoped-pool.js';

const clock = new FakeClock();

const under = (limit: number): MaxTotal => new MaxTotal(limit, { clock });

/** Two pools, each with room for five of its own, under one limit. */
function two(t: TestContext, permits: Permits | undefined): readonly [FakeScopedPool, FakeScopedPool] {
  const make = (name: string): FakeScopedPool => fakePool(t, { name, maxSize: 5, acquireTimeout: Infinity }, permits);
  return [make('a'), make('b')];
}

/** So much time passes, for each pool and for the limit. */
async function pass(ms: number, ...fakes: FakePool[]): Promise<void> {
  for (const each of [...fakes.map((fake) => fake.clock), clock, ...fakes.map((fake) => fake.clock)]) {
    await each.advance(ms);
  }
}

describe('a scope that waits under a limit over several pools', () => {
  it('fails at once when it holds all of the limit, of whichever pools', async (t) => {
    const [a, b] = two(t, under(2));
    const outcome = watch(
      autoCloseDb(async () => {
        await a.pool.acquire();
        await b.pool.acquire();
        await b.pool.acquire();
      })(),
    );
    await pass(0, a, b);
    const { error } = outcome;
    assert.equal(error.code, 'POOL_SELF_DEADLOCK');
    assert.match(error.message, /b: this scope waits .* holds all 2 there are; .* raise the limit over all pools/);
    assert.equal(error.message.split('shared-limit.test').length > 2, true, 'both stacks lead here');
    assert.deepEqual([a.pool.stats().inUse, b.pool.stats().inUse], [0, 0]);
  });

  it('fails when what it holds is held by the scope around it, and the limit is the process’s', async (t) => {
    setProcessPermits(under(1));
    t.after(() => setProcessPermits(new MaxTotal(Infinity)));
    const [a, b] = two(t, undefined);
    const outcome = watch(autoCloseDb(() => a.pool.use(autoCloseDb(() => b.pool.use(() => 'never'))))());
    await pass(0, a, b);
    assert.equal(outcome.error.code, 'POOL_SELF_DEADLOCK');
    assert.match(outcome.error.message, /holds the only one there is/);
  });

  it('waits for what somebody else holds of another pool', async (t) => {
    const [a, b] = two(t, under(2));
    const other = await a.acquire();
    const outcome = watch(autoCloseDb(async () => a.pool.use(() => b.pool.use(() => 'both')))());
    await pass(10, a, b);
    assert.equal(outcome.state, 'pending');
    other.destroy();
    await pass(10, a, b);
    assert.equal(outcome.value, 'both');
  });

  it('waits for what a pool holds that knows no scopes', async (t) => {
    const total = under(2);
    const [, b] = two(t, total);
    const plain = new FakePool({ maxSize: 5 }, { permits: total });
    t.after(() => plain.finish());
    const other = await plain.acquire();
    const outcome = watch(autoCloseDb(() => b.pool.use(() => b.pool.use(() => 'both')))());
    await pass(10, plain, b);
    assert.equal(outcome.state, 'pending');
    other.destroy();
    await pass(10, plain, b);
    assert.equal(outcome.value, 'both');
  });

  it('is given the place of a connection that lies idle in another pool', async (t) => {
    const [a, b] = two(t, under(2));
    (await a.acquire()).release();
    const outcome = watch(autoCloseDb(() => b.pool.use(() => b.pool.use(() => 'both')))());
    await pass(100, a, b);
    assert.equal(outcome.value, 'both');
    assert.equal(a.pool.stats().size, 0);
  });

  it('does not count what it holds under another limit', async (t) => {
    const [[a], [, b]] = [two(t, under(1)), two(t, under(1))];
    const other = await a.acquire();
    const outcome = watch(autoCloseDb(() => b.pool.use(() => a.pool.use(() => 'both')))());
    await pass(10, a, b);
    assert.equal(outcome.state, 'pending');
    other.release();
    await pass(10, a, b);
    assert.equal(outcome.value, 'both');
  });
});
