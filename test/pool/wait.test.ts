import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pool, Refusal, type AcquireTrace, type PoolError } from 'node-mysqlpool/pool';
import { trace } from '../support/trace.js';
import { fakePool, type FakeLease, type FakePool } from './support/pool.js';

/** A caller that waits with a callback. */
class Caller {
  /** The outcomes that the callback has received, in order. */
  readonly told: (FakeLease | Error)[] = [];
  readonly end: (reason: unknown) => void;

  constructor({ pool }: FakePool, label?: string) {
    const told = (outcome: FakeLease | Refusal): number =>
      this.told.push(outcome instanceof Refusal ? (outcome.error as Error) : outcome);
    this.end = Pool.wait(pool, told, label);
  }

  get times(): number {
    return this.told.length;
  }

  get lease(): FakeLease {
    assert.equal(this.told.length, 1);
    return this.told[0] as FakeLease;
  }
}

const wait = (fake: FakePool, label?: string): Caller => new Caller(fake, label);

describe('a caller who waits with a function', () => {
  it('has the connection before the release that it is due to has returned', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const caller = wait(fake, 'mine');
    assert.equal(caller.times, 0);
    first.release();
    assert.equal(caller.lease.label, 'mine');
    assert.equal(first.active, false);
    caller.lease.release();
    assert.equal(caller.times, 1);
  });

  it('is never told before it has got in line, also when a connection is there', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.warm(1);
    const caller = wait(fake);
    assert.equal(caller.times, 0);
    await fake.clock.settle();
    caller.lease.release();
  });

  it('stands in one line with those who wait for a promise', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const asked = fake.ask();
    const caller = wait(fake);
    first.release();
    await fake.clock.settle();
    assert.equal(caller.times, 0);
    asked.value.release();
    caller.lease.release();
  });

  it('is told why it goes away: its time is over, the line is full, the pool is closed', async (t) => {
    const fake = fakePool(t, { maxSize: 1, maxWaiters: 1, acquireTimeout: 100 });
    const lease = await fake.acquire();
    const late = wait(fake);
    const full = wait(fake);
    assert.equal(full.times, 0);
    await fake.clock.advance(100);
    const closed = wait(fake);
    const ending = fake.pool.close();
    const after = wait(fake);
    lease.release();
    await fake.clock.settle();
    await ending;
    const codes = [late, full, closed, after].map(({ told }) => told.map((error) => (error as PoolError).code));
    assert.deepEqual(codes, [['POOL_ACQUIRE_TIMEOUT'], ['POOL_QUEUE_FULL'], ['POOL_CLOSED'], ['POOL_CLOSED']]);
    assert.equal(fake.pool.stats().total.failed, 4);
  });

  it('may end its wait, once, and nothing happens when it has been served', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const [ended, served] = [wait(fake), wait(fake)];
    const enough = new Error('enough');
    ended.end(enough);
    ended.end(new Error('more'));
    assert.deepEqual(ended.told, [enough]);
    assert.equal(fake.counts().waiters, 1);
    first.release();
    served.end(new Error('late'));
    served.lease.release();
    assert.equal(fake.counts().idle, 1);
  });

  it('may give the connection back, and wait again, in the middle of being told', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const first = await fake.acquire();
    const order: string[] = [];
    const again = (name: string, times: number): void => {
      const told = (outcome: FakeLease | Refusal): void => {
        order.push(`${name}${times}`);
        if (times > 1) again(name, times - 1);
        (outcome as FakeLease).release();
      };
      Pool.wait(fake.pool, told);
    };
    for (const name of ['a', 'b']) again(name, 3);
    first.release();
    assert.deepEqual(order, ['a3', 'b3', 'a2', 'b2', 'a1', 'b1']);
    Pool.assertInvariants(fake.pool);
  });

  it('is traced as everybody else is, and may end its wait then as well', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    const steps = trace<AcquireTrace & { error?: unknown }>(t, 'mysqlpool:acquire');
    const [ended, served] = [wait(fake, 'ended'), wait(fake, 'served')];
    const enough = new Error('enough');
    ended.end(enough);
    lease.release();
    await fake.clock.settle();
    const ends = steps.filter(([step]) => step === 'asyncEnd').map(([, { label, error }]) => [label, error] as const);
    assert.deepEqual(Object.fromEntries(ends), { ended: enough, served: undefined });
    assert.deepEqual(ended.told, [enough]);
    served.lease.release();
  });
});
