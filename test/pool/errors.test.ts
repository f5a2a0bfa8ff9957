import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'node:test';
import * as pool from 'node-mysqlpool/pool';
import { fakePool } from './support/pool.js';

describe('the time-out message', () => {
  it('names pool, time, phase and counts', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 2, acquireTimeout: 500 });
    await fake.acquire();
    await fake.clock.advance(2_345);
    await fake.acquire();
    await fake.clock.advance(10_000);
    fake.ask({ timeout: 5_000 });
    const asked = fake.ask();
    await fake.clock.advance(500);
    assert.equal(
      asked.error.message,
      'orders: no connection within 500 ms ' +
        '(waiting; size 2/2, idle 0, in use 2, connecting 0, waiters 1; oldest loan 12.8 s; set leakThreshold to see the line that took it)',
    );
    assert.ok(asked.error instanceof pool.AcquireTimeoutError);
    assert.equal(asked.error.phase, 'waiting');
    assert.equal(asked.error.pool, 'orders');
    assert.equal(asked.error.name, 'AcquireTimeoutError');
    assert.equal(asked.error.stats.inUse, 2);
    assert.equal('cause' in asked.error, false);
  });

  it('says connecting while nothing is alive', async (t) => {
    const fake = fakePool(t, { acquireTimeout: 50 });
    fake.connector.opening.usual = { hang: true };
    const asked = fake.ask();
    await fake.clock.advance(50);
    assert.equal(
      asked.error.message,
      'test: no connection within 50 ms (connecting; size 1/10, idle 0, in use 0, connecting 1, waiters 0)',
    );
  });

  it('says checking while a ping or a cleaning is waited for', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 50 });
    await fake.warm(1);
    await fake.clock.advance(1_000);
    fake.connector.pinging.usual = { hang: true };
    const asked = fake.ask();
    await fake.clock.advance(50);
    assert.match(asked.error.message, /\(checking; size 1\/1, idle 1, /);
  });

  it('names the code of a cause that has no message, as of a host with several addresses', () => {
    const cause = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    assert.match(new pool.ConnectError('orders', cause).message, /: ECONNREFUSED$/);
    assert.match(new pool.ConnectError('orders', new RangeError('')).message, /: RangeError$/);
  });

  it('gives the last failure to connect as cause, also when that is no error', async (t) => {
    const fake = fakePool(t, { acquireTimeout: 50 });
    fake.connector.opening.usual = { fail: { errno: 7 } };
    const asked = fake.ask();
    await fake.clock.advance(50);
    assert.match(asked.error.message, /waiters 0; last failure 0\.\d s ago\): \{ errno: 7 \}$/);
    assert.deepEqual(asked.error.cause, { errno: 7 });
  });

  it('does not give a failure that is over', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 1_000 });
    fake.connector.opening.failNext(1, new Error('down'));
    const lease = fake.ask();
    await fake.clock.advance(500);
    assert.equal(lease.state, 'resolved');
    const asked = fake.ask();
    await fake.clock.advance(1_000);
    assert.equal(asked.error.cause, undefined);
  });

  it('with timeout 0 says that nothing was waited for', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.acquire();
    const asked = fake.ask({ timeout: 0 });
    await fake.clock.settle();
    assert.match(asked.error.message, /^test: no connection within 0 ms \(waiting; /);
  });
});

describe('errors of the pool', () => {
  it('are of one base class, each with a code of its own', () => {
    const classes = Object.entries(pool).filter(([name]) => name.endsWith('Error') && name !== 'PoolError');
    assert.ok(classes.length >= 8);
    for (const [name, Class] of classes) {
      assert.ok((Class as typeof pool.PoolError).prototype instanceof pool.PoolError, name);
    }
  });

  it('tell a full line with its counts', async (t) => {
    const fake = fakePool(t, { maxSize: 1, maxWaiters: 1 });
    await fake.acquire();
    fake.ask();
    const asked = fake.ask();
    await fake.clock.settle();
    assert.equal(
      asked.error.message,
      'test: 1 callers wait already, the most allowed ' +
        '(maxWaiters; size 1/1, idle 0, in use 1, connecting 0, waiters 1; oldest loan 0.0 s)',
    );
  });

  it('show the place where acquire was called', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 0 });
    await fake.acquire();
    const failing = async (): Promise<void> => void (await fake.pool.acquire());
    await assert.rejects(failing, (error: Error) => {
      assert.match(error.stack ?? '', /^AcquireTimeoutError: test: no connection/);
      return true;
    });
  });

  it('can be inspected and turned into JSON, and are small', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 0 });
    await fake.acquire();
    const asked = fake.ask();
    await fake.clock.settle();
    assert.match(inspect(asked.error), /code: 'POOL_ACQUIRE_TIMEOUT'/);
    assert.equal((JSON.parse(JSON.stringify(asked.error)) as { code: string }).code, 'POOL_ACQUIRE_TIMEOUT');
  });
});

describe('didYouMean', () => {
  it('finds the nearest, whatever the case or the separators', () => {
    const known = ['maxSize', 'maxIdle', 'minIdle', 'acquireTimeout'];
    assert.equal(pool.didYouMean('MAX-SIZE', known), ' (did you mean "maxSize"?)');
    assert.equal(pool.didYouMean('min_idel', known), ' (did you mean "minIdle"?)');
    assert.equal(pool.didYouMean('zzzzzz', known), '');
    assert.equal(pool.didYouMean('', []), '');
  });
});
