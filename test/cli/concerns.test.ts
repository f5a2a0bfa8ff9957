import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PoolReport } from '#internal/monitor/index.js';
import { concernsOf, concernsOfPool } from '#internal/cli/concerns.js';
import { busyPool, event, NOW, poolReport, processReport, reportOf } from './support/reports.js';

const of = (pool: PoolReport): string[] => concernsOfPool(pool, NOW);

describe('what is wrong with a pool', () => {
  it('is nothing, of one at rest, or at work', () => {
    assert.deepEqual(of(poolReport()), []);
    assert.deepEqual(of(poolReport({ size: 10, inUse: 10, oldestLoan: 900 })), []);
    assert.deepEqual(of(poolReport({ state: 'suspended' })), []);
  });

  it('is callers in line while it is at its limit', () => {
    assert.deepEqual(of(poolReport({ maxSize: 3, size: 3, inUse: 3, waiters: 1, longestWait: 5 })), [
      'at its limit: 3 of 3 connections are out, 1 caller waits',
    ]);
    assert.deepEqual(of(poolReport({ maxSize: 3, size: 2, inUse: 2, connecting: 0, waiters: 1 })), []);
    assert.deepEqual(of(poolReport({ maxSize: null, size: 900, waiters: 1 })), []);
  });

  it('is a long wait, whatever for', () => {
    assert.deepEqual(of(poolReport({ waiters: 1, longestWait: 1_000 })), []);
    assert.deepEqual(of(poolReport({ waiters: 1, longestWait: 1_500 })), [
      'the first caller in line has waited for 1.5 s',
    ]);
  });

  it('is a limit that is not the pool’s own, with its figures', () => {
    const limitedBy = { limit: 'the limit over all pools', held: 15, of: 15 };
    assert.deepEqual(of(poolReport({ waiters: 3, size: 2, limitedBy })), [
      'waiting for the limit over all pools, 15/15: 3 callers wait',
    ]);
    assert.deepEqual(of(poolReport({ waiters: 0, limitedBy })), []);
  });

  it('is callers who went away in the last minute, by samples or by events', () => {
    const history = (at: number): Partial<PoolReport> => ({
      history: { at: [at], idle: [0], inUse: [0], connecting: [0], waiters: [0], acquired: [0], failed: [2] },
    });
    assert.deepEqual(of(poolReport({}, history(NOW - 1_000))), [
      '2 callers went away without a connection in the last minute',
    ]);
    assert.deepEqual(of(poolReport({}, history(NOW - 61_000))), []);
    assert.deepEqual(of(poolReport({}, { events: [event('acquireFailed', 'x', NOW - 59_000)] })), [
      '1 caller went away without a connection in the last minute',
    ]);
    assert.deepEqual(of(poolReport({}, { events: [event('acquireFailed', 'x', NOW - 61_000)] })), []);
  });

  it('is failures to connect in the last minute, with the last one', () => {
    const events = [event('openFailed', 'first', NOW - 9_000), event('openFailed', 'refused'), event('opened', 'ok')];
    assert.deepEqual(of(poolReport({}, { events })), ['2 attempts to connect failed in the last minute: refused']);
    assert.deepEqual(of(poolReport({}, { events: [event('openFailed', 'old', NOW - 61_000)] })), []);
  });

  it('is a server without room while somebody waits for it, and no failure to connect', () => {
    const refusals = { since: NOW - 12_000, last: NOW - 300, count: 28 };
    const events = [event('noRoom', 'the server has no room', NOW - 12_000)];
    const full = (stats: Parameters<typeof poolReport>[0]): string[] => of(poolReport(stats, { refusals, events }));
    assert.deepEqual(full({ waiters: 0 }), []);
    assert.deepEqual(full({ waiters: 3, size: 2 }), [
      'the server has no room: 3 callers wait, 28 logins were refused in 12.0 s',
    ]);
    assert.deepEqual(full({ waiters: 1, size: 10, inUse: 9, connecting: 1, maxSize: 10 }), [
      'the server has no room: 1 caller waits, 28 logins were refused in 12.0 s',
    ]);
    const limitedBy = { limit: 'the limit of the fleet', held: 100, of: 100 };
    assert.deepEqual(full({ waiters: 3, size: 2, limitedBy }), [
      'waiting for the limit of the fleet, 100/100: 3 callers wait, 28 logins were refused in 12.0 s',
    ]);
    assert.deepEqual(full({ waiters: 1, size: 3, inUse: 3, maxSize: 3 }), [
      'at its limit: 3 of 3 connections are out, 1 caller waits',
    ]);
  });

  it('is a suspected leak, by its call site or label', () => {
    const [leak] = busyPool().leaks;
    const text = (leaks: PoolReport['leaks']): string[] => of(poolReport({}, { leaks }));
    assert.deepEqual(text([leak!]), ['a leak is suspected: report (file:///srv/shop/lib/report-1.js:12:3)']);
    assert.deepEqual(text([{ ...leak!, callSite: undefined }, leak!]), [
      '2 leaks are suspected: nightly, 1 min 5 s; report (file:///srv/shop/lib/report-1.js:12:3), 1 min 5 s',
    ]);
    assert.deepEqual(text([{ ...leak!, callSite: undefined, label: undefined }]), ['a leak is suspected']);
  });

  it('is a process that tells nothing', () => {
    const lost = processReport([], { id: 'http://127.0.0.1:9/', problem: 'nothing listens there' });
    const report = reportOf(processReport([poolReport()]), lost);
    assert.deepEqual(
      concernsOf(report).map(({ process, pool, text }) => [process.id, pool, text]),
      [['http://127.0.0.1:9/', undefined, 'nothing listens there']],
    );
  });
});
