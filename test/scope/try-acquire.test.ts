import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { autoCloseDb, Borrower, runAs } from 'node-mysqlpool/scope';
import { fakePool } from './support/scoped-pool.js';
import { watch } from '../pool/support/outcome.js';

describe('tryAcquire within a scope', () => {
  it('calls the loan as acquire would: by its own label, the scope, and what it is borrowed through', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    const labelOf = (label?: string): string | undefined =>
      autoCloseDb.label('upload').run(() => {
        const lease = fake.pool.tryAcquire(label)!;
        const name = lease.label;
        lease.release();
        return name;
      });
    assert.deepEqual([labelOf(), labelOf('mine')], ['upload', 'mine']);
    fake.pool.via = 'orm';
    assert.deepEqual([labelOf(), labelOf('mine')], ['upload (orm)', 'mine']);
  });

  it('takes no second connection for a scope that has just been given its first', async (t) => {
    const fake = fakePool(t, { contextLocal: true, maxSize: 2 });
    const others = [await fake.acquire(), await fake.acquire()];
    const scope = new Borrower();
    const first = runAs(scope, () => watch(fake.pool.acquire()));
    await fake.clock.settle();
    // The first goes to the scope that waits, which hears of it in a moment; the second lies idle.
    for (const other of others) other.release();
    assert.equal(
      runAs(scope, () => fake.pool.tryAcquire()),
      undefined,
    );
    await fake.clock.settle();
    const second = runAs(scope, () => fake.pool.tryAcquire())!;
    assert.equal(second.connection, first.value.connection);
    first.value.release();
    second.release();
  });
});

describe('a scope with a lease whose loan was ended through another one', () => {
  it('waits as any other', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const scope = new Borrower();
    const lease = await runAs(scope, () => fake.pool.acquire());
    const shared = lease.share();
    lease.destroy();
    assert.equal(shared.active, false);
    const other = await fake.acquire();
    const waiting = runAs(scope, () => watch(fake.pool.acquire()));
    await fake.clock.advance(10);
    // Whether it waits for itself is looked at in a turn of the real loop.
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(waiting.state, 'pending');
    other.release();
    await fake.clock.settle();
    waiting.value.release();
  });
});
