import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { describe, it, type TestContext } from 'node:test';
import { channels, POOL_EVENTS, type AcquireTrace, type OpenTrace } from 'node-mysqlpool/pool';
import { trace } from '../support/trace.js';
import { FakeFailure } from './support/fake-connector.js';
import { fakePool } from './support/pool.js';

/** Records the messages of a diagnostics channel until the test ends. */
function listen(t: TestContext, name: string): unknown[] {
  const messages: unknown[] = [];
  const hear = (message: unknown): void => void messages.push(message);
  channel(name).subscribe(hear);
  t.after(() => channel(name).unsubscribe(hear));
  return messages;
}

describe('channels', () => {
  it('publish every event of every pool under its name, with the pool', async (t) => {
    const heard = listen(t, 'mysqlpool:acquired');
    const one = fakePool(t);
    const two = fakePool(t);
    await one.acquire({ label: 'a' });
    await two.acquire();
    assert.deepEqual(heard, [
      { pool: one.pool, loan: 1, connection: 1, waited: 0, label: 'a' },
      { pool: two.pool, loan: 1, connection: 1, waited: 0, label: undefined },
    ]);
  });

  it('are there for all events and no others', () => {
    assert.deepEqual(Object.keys(channels), [...POOL_EVENTS]);
    for (const name of POOL_EVENTS) assert.equal(channels[name].name, `mysqlpool:${name}`);
  });

  it('tell of a pool after whoever made it could add listeners', async (t) => {
    const heard = listen(t, 'mysqlpool:poolOpened');
    const { pool } = fakePool(t);
    assert.deepEqual(heard, []);
    await Promise.resolve();
    assert.deepEqual(heard, [{ pool }]);
  });

  it('trace a caller in line from the call to the loan, with what it waited for', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const steps = trace<AcquireTrace & { result?: unknown }>(t, 'mysqlpool:acquire');
    const first = await fake.acquire({ label: 'first' });
    assert.deepEqual(
      steps.map(([step, { phase, label }]) => [step, phase, label]),
      ['start', 'end', 'asyncStart', 'asyncEnd'].map((step) => [step, 'connecting', 'first']),
    );
    assert.equal(steps[3]![1].result, first);
    assert.equal(steps[0]![1].pool, fake.pool);
    steps.length = 0;
    const second = fake.ask();
    first.release();
    await fake.clock.advance(0);
    assert.deepEqual(
      steps.map(([step, { phase }]) => [step, phase]),
      ['start', 'end', 'asyncStart', 'asyncEnd'].map((step) => [step, 'waiting']),
    );
    second.value.release();
    steps.length = 0;
    (await fake.acquire()).release();
    assert.deepEqual(steps, [], 'one who need not wait is not traced');
  });

  it('trace a caller who goes away without a connection to its error', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 100 });
    await fake.acquire();
    const steps = trace<AcquireTrace & { error?: unknown }>(t, 'mysqlpool:acquire');
    const late = fake.ask();
    await fake.clock.advance(100);
    assert.deepEqual(steps.at(-1)![0], 'asyncEnd');
    assert.equal(steps.at(-1)![1].error, late.error);
  });

  it('trace the opening of a connection, whether it succeeds or fails', async (t) => {
    const fake = fakePool(t);
    const steps = trace<OpenTrace & { error?: unknown }>(t, 'mysqlpool:open');
    const down = new FakeFailure('down');
    fake.connector.opening.next({ after: 5, fail: down }, { after: 5 });
    fake.ask();
    await fake.clock.advance(1_000);
    assert.deepEqual(
      steps
        .filter(([step]) => step === 'start' || step === 'asyncEnd')
        .map(([, { connection, error }]) => [connection, error]),
      [[1, undefined], [1, down], [2, undefined], [2, undefined]], // prettier-ignore
    );
  });
});
