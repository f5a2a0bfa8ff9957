/** What a caller in a scope is told, and when, if it cannot be served at once. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { autoCloseDb, Borrower, runAs } from 'node-mysqlpool/scope';
import { watch } from '../pool/support/outcome.js';
import { fakePool } from './support/scoped-pool.js';

describe('a caller in a scope', () => {
  it('is refused wrong options also where a connection lies ready', async (t) => {
    const fake = fakePool(t);
    await fake.warm(1);
    await autoCloseDb.run(async () => {
      await assert.rejects(fake.pool.acquire({ timeout: -1 }), { option: 'timeout' });
    });
    assert.equal(fake.pool.stats().inUse, 0);
  });

  it('does not wait with a signal that has aborted before', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const other = await fake.acquire();
    const reason = new Error('no longer wanted');
    const waiting = runAs(new Borrower(), () => watch(fake.pool.acquire({ signal: AbortSignal.abort(reason) })));
    await fake.clock.settle();
    assert.equal(waiting.state, 'rejected');
    assert.equal(waiting.error, reason);
    other.release();
  });

  it('has the place where it began to wait in its lease', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const other = await fake.acquire();
    const waiting = runAs(new Borrower(), () => watch(fake.pool.acquire()));
    await fake.clock.settle();
    other.release();
    await fake.clock.settle();
    assert.match(String(waiting.value.takenFrom?.stack), /waits\.test/);
    waiting.value.release();
  });

  it('waits its own time when what it hoped to share has come to nothing, and leaves nothing on its signal', async (t) => {
    const fake = fakePool(t, { maxSize: 1, contextLocal: true });
    const other = await fake.acquire();
    const scope = new Borrower();
    const first = new AbortController();
    const second = new AbortController();
    const [one, two] = runAs(scope, () => [
      watch(fake.pool.acquire({ signal: first.signal })),
      watch(fake.pool.acquire({ timeout: 100, signal: second.signal })),
    ]);
    await fake.clock.advance(60);
    first.abort(new Error('gives up'));
    await fake.clock.settle();
    assert.deepEqual([one.state, two.state], ['rejected', 'pending']);
    await fake.clock.advance(39);
    assert.equal(two.state, 'pending');
    await fake.clock.advance(2);
    assert.equal(two.state, 'rejected');
    assert.deepEqual(
      [first, second].map(({ signal }) => getEventListeners(signal, 'abort').length),
      [0, 0],
    );
    other.release();
  });

  it('is told nothing of a scope that has ended as it should', async (t) => {
    const fake = fakePool(t);
    const warned = t.mock.method(process, 'emitWarning', () => undefined);
    await autoCloseDb.run(async () => void (await fake.pool.acquire()));
    assert.deepEqual([warned.mock.callCount(), fake.pool.stats().inUse], [0, 0]);
  });
});

it('a class of pools that there is not, and a listener that is none, are refused by name', (t) => {
  const open = (poolClass: unknown) => () => fakePool(t, { poolClass: poolClass as 'NullPool' });
  assert.throws(open('NulPool'), { option: 'poolClass', message: /got "NulPool".*did you mean "NullPool"/ });
  assert.throws(open(5), { option: 'poolClass', message: /got 5/ });
  const { pool } = fakePool(t);
  assert.throws(() => pool.on('acquired', 'x' as never), /listener/);
});

it('a StaticPool lends a scope with one connection the one that everybody has', async (t) => {
  const { pool } = fakePool(t, { poolClass: 'StaticPool' });
  const other = await pool.acquire();
  await autoCloseDb.run(
    async () => {
      const lease = await pool.acquire();
      assert.equal(lease.connection, other.connection);
    },
    { oneConnection: true },
  );
  other.release();
});

it('an AssertionPool that is local to contexts lends outside of any as well', async (t) => {
  const { pool } = fakePool(t, { poolClass: 'AssertionPool', contextLocal: true });
  const lease = await pool.acquire();
  lease.release();
  pool.tryAcquire()?.release();
});
