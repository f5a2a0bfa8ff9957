import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { AcquireOptions } from 'node-mysqlpool/pool';
import { Lending, type LendingRules } from '#internal/orm/lending.js';
import { TarnPool } from '#internal/orm/tarn-pool.js';
import { watch } from '../pool/support/outcome.js';
import { fakePool } from '../scope/support/scoped-pool.js';

class OrmTimeout extends Error {}

const rules = (validate: () => boolean | Promise<boolean>): LendingRules => ({
  validate,
  timeoutError: () => new OrmTimeout('the ORM says that it took too long'),
});

/** What lends to an ORM, over a pool on fakes of which it needs no more. */
function lend(
  t: TestContext,
  options: { readonly acquireTimeout?: number },
  validate: () => boolean | Promise<boolean>,
) {
  const fake = fakePool(t, { maxSize: 1, ...options });
  return { fake, lending: new Lending(fake.pool as never, rules(validate)) };
}

/** Real time: what the ORM's own check takes. */
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('lending to an ORM', () => {
  it('asks the pool for nothing of its own, so that a loan takes the shortest way', async (t) => {
    const { fake, lending } = lend(t, {}, () => true);
    const asked: (AcquireOptions | undefined)[] = [];
    const acquire = fake.pool.acquire.bind(fake.pool);
    fake.pool.acquire = (given) => {
      asked.push(given);
      return acquire(given);
    };
    for (let n = 0; n < 3; n++) assert.equal(lending.release(await lending.acquire()), true);
    // What lies ready, as from the second time on, is not even asked for.
    assert.deepEqual(asked, [undefined]);
  });

  it('replaces what the ORM finds unfit, within the time of one acquire', async (t) => {
    let isFit = false;
    const { fake, lending } = lend(t, { acquireTimeout: 40_000 }, async () => {
      if (isFit) return true;
      // The pool's clock stands still meanwhile; what has passed here is no longer there for the next one.
      await pass(60);
      isFit = true;
      fake.connector.opening.next({ hang: true });
      return false;
    });
    const outcome = watch(lending.acquire());
    while (fake.connector.calls('open') < 2) await pass(1);
    await fake.clock.advance(9_000);
    assert.equal(outcome.state, 'pending');
    // Ten seconds is what a dial may take; the next one is not answered either.
    fake.connector.opening.usual = { hang: true };
    await fake.clock.advance(30_950);
    assert.equal(outcome.error.code, 'ETIMEDOUT', 'less than all of its time was left');
  });

  it('gives up when the time is over although the check never ends, each in its own time, and keeps nothing', async (t) => {
    const { fake, lending } = lend(t, { acquireTimeout: 40 }, () => new Promise(() => undefined));
    // A connection would keep the process alive.
    const socket = setInterval(() => undefined, 1_000);
    t.after(() => clearInterval(socket));
    const start = performance.now();
    // The second waits in line for the connection that the first has, and then for its own check.
    const late = await Promise.allSettled([lending.acquire(), pass(15).then(() => lending.acquire())]);
    assert.deepEqual(late.map(({ status }) => status), ['rejected', 'rejected']); // prettier-ignore
    assert.ok((late[0] as PromiseRejectedResult).reason instanceof Error);
    assert.ok(performance.now() - start >= 39);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('lends nothing when the check ends after the pool was closed', async (t) => {
    let end: ((isFit: boolean) => void) | undefined;
    const { fake, lending } = lend(t, {}, () => new Promise((resolve) => (end = resolve)));
    const outcome = watch(lending.acquire());
    while (end === undefined) await pass(1);
    const closed = fake.pool.close({ timeout: 0 });
    await fake.clock.advance(1);
    end(true);
    await pass(1);
    await closed;
    assert.equal(outcome.error.code, 'POOL_LEASE_ENDED');
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('gives up when the time is over, although there is always another one that is unfit', async (t) => {
    const start = performance.now();
    const { fake, lending } = lend(t, { acquireTimeout: 30 }, () => {
      assert.ok(performance.now() < start + 10_000, 'it goes on for ever');
      return false;
    });
    await assert.rejects(lending.acquire(), OrmTimeout);
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('tells why none could be connected, and says that the pool is full only when it is', async (t) => {
    const { fake, lending } = lend(t, { acquireTimeout: 1_000 }, () => true);
    const refusal = new Error('connect ECONNREFUSED');
    fake.connector.opening.usual = { fail: refusal };
    const refused = watch(lending.acquire());
    await fake.clock.advance(1_000);
    assert.equal(refused.error, refusal);
    fake.connector.opening.usual = {};
    const held = watch(lending.acquire());
    await fake.clock.advance(1_000);
    const waiting = watch(lending.acquire());
    await fake.clock.advance(1_000);
    assert.ok(waiting.error instanceof OrmTimeout);
    lending.release(held.value!);
    // A server that does not answer is nobody's full pool either: mysql2 says ETIMEDOUT of it.
    fake.pool.evict();
    await fake.clock.settle();
    fake.connector.opening.usual = { hang: true };
    fake.pool.resize({ acquireTimeout: 11_000 });
    const silent = watch(lending.acquire());
    await fake.clock.advance(11_000);
    assert.equal((silent.error as { code?: unknown }).code, 'ETIMEDOUT');
  });

  it('gives back each loan once', async (t) => {
    const { lending } = lend(t, {}, () => true);
    const first = await lending.acquire();
    assert.deepEqual([lending.release(first), lending.release(first), lending.destroy(first)], [true, false, false]);
    const second = await lending.acquire();
    assert.equal(lending.release(first), false, 'of the loan before');
    assert.equal(lending.destroy(second), true);
  });
});

describe("Knex's pool over ours", () => {
  it('closes a connection that Knex has disposed of, rather than lend it again', async (t) => {
    const { fake, lending } = lend(t, {}, () => true);
    const pool = new TarnPool(lending);
    const connection = await pool.acquire().promise;
    assert.equal(pool.release(connection), true);
    const again = await pool.acquire().promise;
    Object.assign(again, { __knex__disposed: new Error('the server has closed it') });
    assert.equal(pool.release(again), true);
    assert.equal(pool.release(again), false);
    await fake.clock.settle();
    assert.equal(fake.pool.stats().size, 0);
    assert.equal(fake.connector.calls('destroy'), 1);
    pool.release(await pool.acquire().promise);
    assert.equal(fake.connector.calls('open'), 2);
  });
});
