import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textOf, TOLD_EVENTS } from '#internal/monitor/event-text.js';
import { RecentEvents } from '#internal/monitor/recent-events.js';
import { FakeFailure } from '../pool/support/fake-connector.js';
import { watch } from '../pool/support/outcome.js';
import { NOON, watchedFake } from './support.js';

describe('recent events', () => {
  it('are told in plain lines, in order, with numbers', async (t) => {
    const watched = watchedFake(t, { maxSize: 1 });
    const { fake } = watched;
    const lease = await fake.acquire();
    const late = watch(fake.pool.acquire({ timeout: 250, label: 'report' }));
    await fake.clock.advance(250);
    assert.equal(late.state, 'rejected');
    lease.release();
    fake.pool.suspend();
    fake.pool.resume();
    fake.pool.resize({ maxSize: 3 });
    fake.pool.evict();
    await fake.clock.advance(0);
    const { events } = watched.report();
    assert.deepEqual(
      events.map(({ id, at, event }) => [id, at, event]),
      [
        [1, NOON, 'opened'],
        [2, NOON + 250, 'acquireFailed'],
        [3, NOON + 250, 'suspended'],
        [4, NOON + 250, 'resumed'],
        [5, NOON + 250, 'resized'],
        [6, NOON + 250, 'evicted'],
        [7, NOON + 250, 'closed'],
      ],
    );
    assert.match(events[1]!.text, /^report turned away after 250 ms: test: no connection within 250 ms \(waiting;/);
    assert.equal(events[4]!.text, 'resized, maxSize is 3');
    assert.equal(events[6]!.text, 'connection 1 closed: evicted');
  });

  it('say why connecting failed', async (t) => {
    const watched = watchedFake(t);
    const { fake } = watched;
    fake.connector.opening.next({ fail: new Error('connect ECONNREFUSED\n    at a stack') });
    const lease = await fake.acquireAfter(1_000);
    lease.release();
    const text = watched.report().events[0]!.text;
    assert.match(text, /^connecting failed after 0 ms, next try in .*: connect ECONNREFUSED at a stack$/);
  });

  it('tell once of a server that is full, and how many it has refused', async (t) => {
    const watched = watchedFake(t);
    const { fake } = watched;
    fake.connector.opening.usual = { fail: new FakeFailure('Too many connections', 'full') };
    fake.ask();
    await fake.clock.advance(10_000);
    const { events, refusals, stats } = watched.report();
    assert.deepEqual(
      events.map(({ at, event, text }) => [at, event, text]),
      [[NOON, 'noRoom', 'the server has no room, callers wait for it: Too many connections']],
    );
    assert.equal(refusals?.since, NOON);
    assert.ok(refusals.count > 5 && refusals.count === stats.total.openRefused && stats.total.openFailed === 0);
    fake.connector.opening.usual = {};
    await fake.clock.advance(62_000);
    assert.equal(watched.report().refusals, undefined, 'it has had room for a minute');
  });

  it('show no value of a statement that failed', async (t) => {
    const watched = watchedFake(t);
    const lease = await watched.fake.acquire();
    const sql = "INSERT INTO users VALUES ('ann@example.org')";
    lease.destroy(Object.assign(new Error("Duplicate entry 'ann@example.org'"), { code: 'ER_DUP_ENTRY', sql }));
    await watched.fake.clock.settle();
    assert.equal(watched.report().events.at(-1)!.text, 'connection 1 closed: destroyed by its borrower (ER_DUP_ENTRY)');
  });

  it('are not flooded: five of a kind in a second, and then how many more', () => {
    const events = new RecentEvents();
    let asked = 0;
    const text = (): string => `text ${++asked}`;
    for (let i = 0; i < 1_000; i++) events.add(NOON, 'acquireFailed', text);
    events.add(NOON, 'suspended', () => 'suspended');
    events.endSecond(NOON + 1_000);
    assert.equal(asked, 5, 'no text is made in vain');
    const told = events.report();
    assert.equal(told.length, 7);
    assert.deepEqual(told.at(-2)!.event, 'suspended');
    assert.deepEqual(told.at(-1), {
      id: 7,
      at: NOON + 1_000,
      event: 'more',
      text: 'and 995 more of this kind within the second: acquireFailed',
    });
    events.add(NOON, 'acquireFailed', text);
    events.endSecond(NOON + 2_000);
    assert.equal(events.report().length, 8);
  });

  it('are 100 at most', () => {
    const events = new RecentEvents();
    for (let second = 0; second < 130; second++) {
      events.add(second, 'evicted', () => 'evicted');
      events.endSecond(second);
    }
    const told = events.report();
    assert.deepEqual([told.length, told[0]!.id, told.at(-1)!.id], [100, 31, 130]);
  });

  it('are never longer than a line', () => {
    const error = new Error('x'.repeat(5_000));
    const text = textOf('openFailed', { connection: 1, took: 12, error, kind: 'transient', retryIn: 1_500 });
    assert.match(text, /^connecting failed after 12 ms, next try in 1\.5 s: xxx/);
    assert.ok(text.length <= 300);
    assert.match(
      textOf('closed', { connection: 4, reason: 'dead', cause: { odd: true } }),
      /^connection 4 closed: lost/,
    );
  });

  it('leave out what happens with every loan', () => {
    for (const name of ['acquired', 'released', 'waiting', 'cleaned'] as const) assert.ok(!TOLD_EVENTS.includes(name));
  });
});
