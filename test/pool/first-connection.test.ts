import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeFailure } from './support/fake-connector.js';
import { Issuer } from './support/issuer.js';
import { watch } from './support/outcome.js';
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

  it('says of a server without room that it has none; to wait in the line of a fleet is nothing to tell of', async (t) => {
    const full = { fail: new FakeFailure('Too many connections', 'full') };
    const alone = fakePool(t, { name: 'orders' });
    alone.connector.opening.usual = full;
    alone.ask();
    const [text] = await warningsOf(() => alone.clock.advance(3_000));
    assert.match(
      text!,
      /^orders: no connection yet, the server has no room: \d attempts have failed in 1\.\d s: Too many connections$/,
    );
    const fleet = { limit: 'the limit of the fleet', held: 100, of: 100, coming: 0 };
    const permits = Object.assign(new Issuer(10), { full: fleet, pacesFull: true });
    const member = fakePool(t, { name: 'orders' }, { permits });
    // With `pacesFull` the permits set the pace of retries, so that here the dial itself has to take time.
    member.connector.opening.usual = { ...full, after: 100 };
    member.ask();
    assert.deepEqual(await warningsOf(() => member.clock.advance(20_000)), []);
    member.connector.opening.usual = { fail: new Error('connect ECONNREFUSED 127.0.0.1:3306') };
    const [told] = await warningsOf(() => member.clock.advance(3_000));
    assert.match(told!, /^orders: no connection yet: \d+ attempts? ha.* failed in .* s: connect ECONNREFUSED/);
    const kinds = alone.record('openFailed');
    await alone.clock.advance(2_000);
    alone.connector.opening.usual = { fail: new FakeFailure('down') };
    await alone.clock.advance(2_000);
    assert.deepEqual(
      [...new Set(kinds.map((event) => event.event === 'openFailed' && event.kind))],
      ['full', 'transient'],
    );
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

describe('failFast', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:3306');

  it('tells whoever waits for the first connection of all what the dial has failed of, and whoever asks in the pause', async (t) => {
    const fake = fakePool(t, { failFast: true, acquireTimeout: Infinity, maxSize: 3 }, { random: () => 0.999 });
    fake.connector.opening.usual = { after: 5, fail: refused };
    const told = [fake.ask(), fake.ask(), watch(fake.pool.warmUp())];
    await fake.clock.advance(5);
    for (const { error } of told) {
      assert.deepEqual([error.code, error.cause], ['POOL_UNAVAILABLE', refused]);
      assert.match(
        error.message,
        /^test: no connection is alive, (?:an attempt to connect|2 attempts in a row) failed, the next may begin in \d+ ms: connect ECONNREFUSED/,
      );
    }
    const dials = fake.connector.calls('open');
    const inPause = fake.ask();
    await fake.clock.settle();
    assert.deepEqual([inPause.error.code, fake.connector.calls('open')], ['POOL_UNAVAILABLE', dials]);
    await fake.clock.advance(800);
    fake.connector.opening.usual = { after: 5 };
    const later = [fake.ask(), fake.ask()];
    assert.deepEqual(
      later.map(({ state }) => state),
      ['pending', 'pending'],
      'both wait for the dial that the first of them has begun',
    );
    await fake.clock.advance(10);
    assert.equal(later[0]!.state, 'resolved');
  });

  it('waits for a second dial that is under way when the first fails', async (t) => {
    const fake = fakePool(t, { failFast: true });
    fake.connector.opening.next({ after: 5, fail: refused }, { after: 10 });
    const asked = [fake.ask(), fake.ask()];
    await fake.clock.advance(6);
    assert.deepEqual([asked[0]!.state, asked[1]!.state], ['pending', 'pending']);
    await fake.clock.advance(4);
    assert.equal(asked[0]!.state, 'resolved');
  });

  it('has no effect once there has been a connection, on a server that has no room, and unless it is set', async (t) => {
    const had = fakePool(t, { failFast: true });
    (await had.acquire()).destroy();
    had.connector.opening.usual = { fail: refused };
    const full = fakePool(t, { failFast: true });
    full.connector.opening.usual = { fail: new FakeFailure('too many connections', 'full') };
    const without = fakePool(t);
    without.connector.opening.usual = { fail: refused };
    for (const fake of [had, full, without]) {
      const asked = fake.ask();
      await fake.clock.advance(3_000);
      assert.equal(asked.state, 'pending');
    }
  });
});

describe('a dial that fails under a limit over several pools', () => {
  it('is not followed by another before its pause is over', async (t) => {
    const permits = new Issuer(1);
    const fake = fakePool(t, {}, { permits, random: () => 0.999 });
    // An issuer that calls `retry` at once when a permit is returned.
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

describe('a full server', () => {
  it('is no reason to give up when it cannot be reached once, however long it was full', async (t) => {
    const fake = fakePool(t, { maxSize: 5 });
    fake.connector.opening.usual = { fail: new FakeFailure('too many connections', 'full') };
    const asked = fake.ask({ timeout: 60_000 });
    await fake.clock.advance(20_000);
    fake.connector.opening.usual = { fail: new Error('connect ECONNREFUSED 127.0.0.1:3306') };
    await fake.clock.advance(3_000);
    assert.equal(asked.state, 'pending');
    fake.connector.opening.usual = {};
    await fake.clock.advance(1_000);
    assert.equal(asked.state, 'resolved');
  });

  it('is waited for by nobody who has no time', async (t) => {
    const fake = fakePool(t, { maxSize: 5 });
    fake.connector.opening.usual = { after: 10, fail: new FakeFailure('too many connections', 'full') };
    const patient = fake.ask({ timeout: 60_000 });
    const hasty = [fake.ask({ timeout: 0 }), fake.ask({ timeout: 0 })];
    await fake.clock.advance(200);
    for (const { error } of hasty) assert.equal(error.code, 'POOL_ACQUIRE_TIMEOUT');
    assert.equal(patient.state, 'pending');
    fake.connector.opening.usual = {};
    await fake.clock.advance(2_000);
    assert.equal(patient.state, 'resolved');
    assert.equal(fake.counts().waiters, 0);
  });
});
