import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AcquireTimeoutError, type Connector } from 'node-mysqlpool/pool';
import type { FakeConnection } from './support/fake-connector.js';
import { fakePool } from './support/pool.js';

describe('borrowers', () => {
  it('are listed, loans the oldest first and waiters in order, with age, label and connection', async (t) => {
    const fake = fakePool(t, { maxSize: 2, acquireTimeout: 1_000 });
    const first = await fake.acquire({ label: 'report' });
    await fake.clock.advance(300);
    await fake.acquire();
    fake.ask({ label: 'mail', timeout: 5_000 });
    fake.ask();
    await fake.clock.advance(200);
    const unknown = { callSite: undefined, recent: [] };
    assert.deepEqual(fake.pool.borrowers(), {
      loans: [
        { loan: first.id, connection: 1, heldFor: 500, label: 'report', ...unknown },
        { loan: 2, connection: 2, heldFor: 200, label: undefined, ...unknown },
      ],
      waiters: [
        { waitedFor: 200, leftFor: 4_800, label: 'mail', callSite: undefined },
        { waitedFor: 200, leftFor: 800, label: undefined, callSite: undefined },
      ],
    });
    assert.equal(fake.pool.borrowers(1).loans.length, 1);
    assert.equal(fake.pool.borrowers(1).waiters[0]?.label, 'mail');
  });

  it('leave the list with the end of their loan or wait', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 100 });
    const lease = await fake.acquire({ label: 'a' });
    fake.ask({ label: 'b' });
    await fake.clock.advance(100);
    lease.release();
    assert.deepEqual(fake.pool.borrowers(), { loans: [], waiters: [] });
    assert.equal((await fake.acquire()).label, undefined, 'a label goes with its loan');
  });

  it('can be named after the loan, and not after its end', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const lease = await fake.acquire();
    lease.label = 'import';
    assert.equal(fake.pool.borrowers().loans[0]?.label, 'import');
    lease.release();
    const next = await fake.acquire();
    lease.label = 'stale';
    assert.deepEqual([lease.label, next.label], [undefined, undefined]);
  });

  it('are known by their line of code while somebody wants to know', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const stop = fake.pool.traceCallSites();
    const again = fake.pool.traceCallSites();
    const lease = await fake.pool.acquire();
    const waiting = fake.pool.acquire();
    const { loans, waiters } = fake.pool.borrowers();
    assert.match(loans[0]!.callSite!, /borrowers\.test\.[jt]s:\d+:\d+/);
    assert.match(waiters[0]!.callSite!, /borrowers\.test\.[jt]s:\d+:\d+/);
    assert.notEqual(loans[0]!.callSite, waiters[0]!.callSite);
    lease.release();
    const second = await waiting;
    assert.equal(fake.pool.borrowers().loans[0]!.callSite, waiters[0]!.callSite);
    second.release();
    stop();
    stop();
    (await fake.pool.acquire()).release();
    const traced = await fake.acquire();
    assert.notEqual(fake.pool.borrowers().loans[0]!.callSite, undefined, 'somebody else still wants to know');
    traced.release();
    again();
    await fake.acquire();
    assert.equal(fake.pool.borrowers().loans[0]!.callSite, undefined);
  });

  it('show what their connector tells of their connection, and go without when it fails to', async (t) => {
    const fake = fakePool(t);
    const connector: Connector<FakeConnection> = fake.connector;
    await fake.acquire();
    connector.recent = () => ['SELECT 1'];
    assert.deepEqual(fake.pool.borrowers().loans[0]?.recent, ['SELECT 1']);
    connector.recent = () => assert.fail('no report today');
    assert.deepEqual(fake.pool.borrowers().loans[0]?.recent, []);
  });
});

describe('the error of an acquire whose time ran out', () => {
  it('carries the three oldest loans, and names them when they have names', async (t) => {
    const fake = fakePool(t, { maxSize: 4, acquireTimeout: 500 });
    for (const label of ['report', undefined, 'upload', 'mail']) {
      await fake.acquire(label === undefined ? {} : { label });
      await fake.clock.advance(1_000);
    }
    const late = fake.ask();
    await fake.clock.advance(500);
    assert.ok(late.error instanceof AcquireTimeoutError);
    assert.deepEqual(
      late.error.oldest.map(({ label, heldFor }) => [label, heldFor]),
      [['report', 4_500], [undefined, 3_500], ['upload', 2_500]], // prettier-ignore
    );
    assert.equal(
      late.error.message,
      'test: no connection within 500 ms (waiting; size 4/4, idle 0, in use 4, connecting 0, waiters 0; ' +
        'oldest loans 4.5 s by report, 3.5 s, 2.5 s by upload; set leakThreshold to see the line that took it)',
    );
  });

  it('shows what was done last with the oldest, short and on one line, also when nobody has a name', async (t) => {
    const fake = fakePool(t, { maxSize: 2, acquireTimeout: 500 });
    const connector: Connector<FakeConnection> = fake.connector;
    await fake.acquire();
    await fake.clock.advance(100);
    await fake.acquire();
    connector.recent = ({ id }) => (id === 1 ? [`SELECT a\nFROM ${'t'.repeat(100)}`, 'SELECT 2'] : ['SELECT 3']);
    const late = fake.ask();
    await fake.clock.advance(500);
    const start = `; oldest loan 0.6 s, last SELECT a\\nFROM ${'t'.repeat(64)}…; set leakThreshold to see the line`;
    assert.ok(late.error.message.includes(start), late.error.message);
  });

  it('names lines of code when they are known', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 500, leakThreshold: 60_000 });
    const lease = await fake.pool.acquire({ label: 'report' });
    const late = fake.ask();
    await fake.clock.advance(500);
    assert.match(late.error.message, /; oldest loans 0\.5 s by report at .*borrowers\.test\.[jt]s:\d+:\d+\)?\)$/);
    lease.release();
  });

  it('says so when the event loop was blocked for most of the time', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 1_000 });
    await fake.acquire();
    const late = fake.ask();
    await fake.clock.advance(100);
    fake.clock.blocked(800);
    await fake.clock.advance(100);
    assert.ok(late.error instanceof AcquireTimeoutError);
    assert.match(late.error.message, /; the event loop was blocked for \d+ ms of that$/);
    assert.ok(late.error.loopBlocked >= 700 && late.error.loopBlocked <= 800, `${late.error.loopBlocked}`);
  });

  it('says so too when it was blocked at the end', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 1_000 });
    await fake.acquire();
    const late = fake.ask();
    await fake.clock.advance(10);
    fake.clock.blocked(5_000);
    await fake.clock.advance(0);
    assert.match(
      late.error.message,
      /no connection within 5010 ms .*; the event loop was blocked for (?:49\d\d|5000) ms/,
    );
  });

  it('does not blame the loop for what went on before the caller came, nor for a short block', async (t) => {
    const fake = fakePool(t, { maxSize: 1, acquireTimeout: 1_000 });
    await fake.acquire();
    fake.ask({ timeout: 10_000 });
    await fake.clock.advance(10);
    fake.clock.blocked(3_000);
    await fake.clock.advance(0);
    const late = fake.ask();
    await fake.clock.advance(100);
    fake.clock.blocked(300);
    await fake.clock.advance(600);
    assert.ok(late.error instanceof AcquireTimeoutError);
    assert.ok(late.error.loopBlocked >= 250 && late.error.loopBlocked <= 300, `${late.error.loopBlocked}`);
    assert.doesNotMatch(late.error.message, /event loop/);
  });

  it('does not watch the loop when nobody waits', async (t) => {
    const fake = fakePool(t, { maxSize: 1, idleTimeout: 0, keepaliveInterval: 0, maxLifetime: 0 });
    const lease = await fake.acquire();
    const asked = fake.ask();
    await fake.clock.advance(0);
    const watching = fake.clock.timers().length;
    lease.release();
    await fake.clock.advance(1_000);
    asked.value.release();
    assert.equal(fake.clock.timers().length, watching - 1);
  });
});
