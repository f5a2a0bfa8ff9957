import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Issuer } from './support/issuer.js';
import { fakePool } from './support/pool.js';

describe('a pool that has never had a connection', () => {
  const warningsOf = async (work: () => Promise<void>): Promise<string[]> => {
    const heard: string[] = [];
    const hear = (warning: Error & { code?: string }): void => {
      if (warning.code === 'POOL_NOT_CONNECTED') heard.push(warning.message);
    };
    process.on('warning', hear);
    await work();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    return heard;
  };

  it('says so once, with the reason, when dials have failed for a second', async (t) => {
    const fake = fakePool(t, { name: 'orders' });
    const parts = [new Error('connect ECONNREFUSED ::1:3306'), new Error('connect ECONNREFUSED 127.0.0.1:3306')];
    fake.connector.opening.usual = { fail: new AggregateError(parts) };
    const events = fake.record('openFailed');
    fake.ask();
    const early = await warningsOf(() => fake.clock.advance(900));
    assert.deepEqual(early, []);
    const heard = await warningsOf(() => fake.clock.advance(10_000));
    assert.equal(heard.length, 1);
    assert.match(
      heard[0]!,
      /^orders: no connection yet: \d attempts have failed in 1\.\d s: connect ECONNREFUSED ::1:3306, connect ECONNREFUSED 127\.0\.0\.1:3306$/,
    );
    const [first] = events;
    assert.ok(first?.event === 'openFailed' && (first.error as Error).message.startsWith('connect ECONNREFUSED ::1'));
  });

  it('says so too after one dial that took long; one that once had a connection says nothing', async (t) => {
    const slow = fakePool(t, { connectTimeout: 1_500 });
    slow.connector.opening.usual = { hang: true };
    slow.ask();
    assert.equal((await warningsOf(() => slow.clock.advance(1_500))).length, 1);
    const had = fakePool(t);
    await had.warm(1);
    had.connector.opening.usual = { fail: new Error('down') };
    had.pool.evict();
    had.ask();
    assert.deepEqual(await warningsOf(() => had.clock.advance(5_000)), []);
  });

  it('tells the last failure to whoever waited for it', async (t) => {
    const fake = fakePool(t, { acquireTimeout: 800 });
    fake.connector.opening.usual = { fail: new Error('connect ECONNREFUSED 127.0.0.1:3306') };
    const asked = fake.ask();
    await fake.clock.advance(800);
    assert.match(
      asked.error.message,
      /\(connecting; size 0\/10, .*; last failure 0\.\d s ago\): connect ECONNREFUSED 127/,
    );
  });
});

describe('a dial that fails under a limit over several pools', () => {
  it('is not followed by another before its pause is over', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, {}, { permits, random: () => 0.999 });
    // Whoever gives permits tells those in line at once that one has come back.
    const giveBack = permits.giveBack.bind(permits);
    permits.giveBack = (outcome) => {
      giveBack(outcome);
      permits.holder.retry();
    };
    fake.connector.opening.next({ after: 1, fail: new Error('down') });
    const asked = fake.ask();
    await fake.clock.advance(1);
    assert.equal(fake.connector.calls('open'), 1);
    await fake.clock.advance(300);
    assert.equal(fake.connector.calls('open'), 2);
    assert.equal(asked.state, 'resolved');
  });
});
