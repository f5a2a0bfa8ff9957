import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { fakePool } from './support/scoped-pool.js';
import type { FakeScopedPool, FakeLease } from './support/scoped-pool.js';
import { watch } from '../pool/support/outcome.js';

/** Runs a statement that takes 10 ms on the fake server. */
async function query(fake: FakeScopedPool, lease: FakeLease): Promise<void> {
  const done = fake.connector.use(lease.connection);
  await new Promise<void>((resolve) => fake.clock.arrive(10, resolve));
  done();
}

describe('a scope that waits for itself', () => {
  it('fails at once, with the place it waits at and the place it took what it waits for', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const takesFirst = (): Promise<FakeLease> => fake.pool.acquire();
    const waitsHere = (): Promise<FakeLease> => fake.pool.acquire();
    const outcome = watch(
      autoCloseDb(async () => {
        await takesFirst();
        await fake.pool.acquire();
        await waitsHere();
      })(),
    );
    await fake.clock.advance(0);
    const { error } = outcome;
    assert.equal(error.code, 'POOL_SELF_DEADLOCK');
    assert.match(error.message, /waits for a connection while it holds all 2/);
    assert.match(error.message, /raise maxSize/);
    assert.ok(error.message.includes('waitsHere'), error.message);
    assert.equal(error.message.split('self-deadlock.test').length > 2, true, 'both stacks lead here');
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('fails for use inside use', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const outcome = watch(autoCloseDb(() => fake.pool.use(() => fake.pool.use(() => 'never')))());
    await fake.clock.advance(0);
    assert.equal(outcome.error.code, 'POOL_SELF_DEADLOCK');
  });

  it('fails for a scope inside the one that holds everything', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const inner = autoCloseDb(() => fake.pool.use(() => 'never'));
    const outcome = watch(
      autoCloseDb(async () => {
        await fake.pool.acquire();
        return inner();
      })(),
    );
    await fake.clock.advance(0);
    assert.equal(outcome.error.code, 'POOL_SELF_DEADLOCK');
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('lets branches that run queries side by side wait for each other', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const branches = autoCloseDb(() =>
      Promise.all([1, 2, 3, 4, 5, 6].map((n) => fake.pool.use((lease) => query(fake, lease).then(() => n)))),
    );
    const outcome = watch(branches());
    await fake.clock.advance(100);
    assert.deepEqual(outcome.value, [1, 2, 3, 4, 5, 6]);
  });

  it('lets branches wait that hold their own for a while without a query', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const think = (): Promise<void> => new Promise((resolve) => fake.clock.arrive(500, resolve));
    const branches = autoCloseDb(() => Promise.all([fake.pool.use(think), fake.pool.use(think)]));
    const outcome = watch(branches());
    await fake.clock.advance(2_000);
    assert.equal(outcome.value.length, 2);
  });

  it('lets a scope wait for what somebody else holds', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    const other = await fake.acquire();
    const outcome = watch(
      autoCloseDb(async () => {
        await fake.pool.acquire();
        return (await fake.pool.acquire()).id;
      })(),
    );
    await fake.clock.advance(1_000);
    assert.equal(outcome.state, 'pending');
    other.release();
    await fake.clock.advance(0);
    assert.equal(outcome.value, 3);
  });

  it('does not take what it holds of another pool for what it waits for', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const another = fakePool(t, { maxSize: 1 });
    const other = await fake.acquire();
    const outcome = watch(
      autoCloseDb(async () => {
        await another.pool.acquire();
        return (await fake.pool.acquire()).id;
      })(),
    );
    await fake.clock.advance(1_000);
    assert.equal(outcome.state, 'pending');
    other.release();
    await fake.clock.advance(0);
    assert.equal(outcome.value, 2);
  });

  it('lets it wait while there is room to open one', async (t) => {
    const fake = fakePool(t, { maxSize: 2 });
    fake.connector.opening.usual = { after: 300 };
    const outcome = watch(
      autoCloseDb(async () => {
        await fake.pool.acquire();
        await fake.pool.acquire();
        return 'both';
      })(),
    );
    await fake.clock.advance(1_000);
    assert.equal(outcome.value, 'both');
  });
});
