import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import type { MonitorReport } from '#internal/monitor/index.js';
import { frame } from '#internal/cli/top/frame.js';
import { plainLines } from '#internal/cli/top/plain-lines.js';
import { timeOf } from '#internal/cli/top/sections.js';
import { painter, plain } from '#internal/cli/paint.js';
import { columnsIn } from '#internal/cli/text.js';
import { OBEYED } from './support/obeyed.js';
import { busyPool, event, NOW, poolReport, processReport, reportOf } from './support/reports.js';

const URL = 'http://127.0.0.1:9339/';
const draw = (report: MonitorReport, columns: number, rows: number, trouble?: string): string[] =>
  frame({ url: URL, report, trouble, isOnce: false }, columns, rows, plain);
const busy = reportOf(processReport([busyPool()]));
const at = timeOf(NOW);

describe('the window of mysqlpool top', () => {
  it('shows pools, what is wrong, leaks, loans, callers and events', () => {
    assert.deepEqual(draw(busy, 110, 60), [
      `mysqlpool top  ${URL}${' '.repeat(55)}${at}  q quits`,
      'app.js  4242@host  node 20.20.2, up 3 min 20 s, event loop late by 2 ms (p99)',
      '',
      'POOL  STATE  OPEN  IN USE  IDLE  WAIT  LONGEST  LOANS/S  FAILED/S  OLDEST LOAN  SERVER',
      'shop  open    3/3       3     0     2    1.2 s      120       2.0    1 min 5 s  12/151',
      '',
      '! shop: at its limit: 3 of 3 connections are out, 2 callers wait',
      '! shop: the first caller in line has waited for 1.2 s',
      '! shop: 2 callers went away without a connection in the last minute',
      '! shop: 1 attempt to connect failed in the last minute: connecting failed after 2 ms, next try in 8 ms: refu…',
      '! shop: a leak is suspected: report (file:///srv/shop/lib/report-1.js:12:3)',
      '',
      'SUSPECTED LEAKS  1',
      '      AGE  LABEL    CALL SITE                                       LAST STATEMENT',
      '1 min 5 s  nightly  report (file:///srv/shop/lib/report-1.js:12:3)  SELECT * FROM orders WHERE id = ?',
      '',
      'OTHER LOANS  2',
      '  AGE  LABEL                    CALL SITE                                       LAST STATEMENT',
      '1.5 s  \\u001b]0;evil\\u0007報告  report (file:///srv/shop/lib/report-2.js:12:3)  SELECT \\u009b31m?',
      '20 ms  -                        report (file:///srv/shop/lib/report-3.js:12:3)  -',
      '',
      'WAITING  2',
      'WAITED  GIVES UP IN  LABEL     CALL SITE',
      ' 1.2 s       28.8 s  checkout  pay (file:///srv/shop/pay.js:7:9)',
      '400 ms        never  -         -',
      '',
      'EVENTS  2',
      `${timeOf(NOW - 1_000)} connecting failed after 2 ms, next try in 8 ms: refused`,
      `${timeOf(NOW - 5_000)} connection 3 opened in 4 ms`,
    ]);
  });

  it('shows how a process stands in its fleet, as far as there is room', () => {
    const fleet = {
      ...{ name: 'default', limit: 10, counted: 9, held: 4, share: 5, demand: 7, floor: 1, refusals: 12, sheds: 3 },
      ...{ coordinator: 'redis', problem: undefined },
    };
    const pool = poolReport({ name: 'shop' }, { fleet });
    const report = reportOf(processReport([pool]));
    const wide = draw(report, 100, 40);
    const at = wide.indexOf('FLEETS  1');
    assert.deepEqual(wide.slice(at + 1, at + 3), [
      'FLEET    SESSIONS  HERE  SHARE  DEMAND  FLOOR  REFUSED  GIVEN UP  COORDINATOR',
      'default      9/10     4      5       7      1       12         3  redis',
    ]);
    assert.ok(draw(report, 40, 40).includes('FLEET    SESSIONS  HERE  SHARE  DEMAND'));
    const lost = { name: 'default', held: 0, demand: 0, floor: 0, refusals: 0, sheds: 0 };
    const dark = poolReport({ name: 'shop' }, { fleet: { ...lost, coordinator: 'redis', problem: 'gone\u001B[31m' } });
    const text = draw(reportOf(processReport([dark])), 120, 40).join('\n');
    assert.match(text, / {2}\?\/\? .* redis lost: gone\\u001b\[31m/);
    assert.match(plainLines(report)[0]!, /, 4 of 10 of fleet default here \(demand 7\)$/);
  });

  it('shows the leaks of one line of the program in one line, with how many they are', () => {
    const leak = (loan: number, heldFor: number, line: number) => ({
      ...{ loan, connection: loan, heldFor, label: undefined, recent: ['SELECT ?'], takenAt: '' },
      callSite: `file:///srv/shop/shop.mjs:${line}:3`,
    });
    const leaks = [leak(1, 40_000, 13), leak(2, 30_000, 13), leak(3, 20_000, 13), leak(4, 10_000, 70)];
    const lines = draw(reportOf(processReport([poolReport({ inUse: 4 }, { loans: leaks, leaks })])), 110, 60);
    assert.deepEqual(lines.slice(lines.indexOf('SUSPECTED LEAKS  4 from 2 lines')), [
      'SUSPECTED LEAKS  4 from 2 lines',
      'LOANS  OLDEST  LABEL  CALL SITE                       LAST STATEMENT',
      '    3  40.0 s  -      file:///srv/shop/shop.mjs:13:3  SELECT ?',
      '    1  10.0 s  -      file:///srv/shop/shop.mjs:70:3  SELECT ?',
    ]);
    const [told] = lines.filter((line) => line.includes('are suspected'));
    assert.match(
      told!,
      /^! shop: 4 leaks are suspected: 3 x file:\/\/\/srv\/shop\/shop\.mjs:13:3, oldest 40\.0 s; file:\/\/\/srv\/shop/,
    );
  });

  it('leaves out columns, and lines, where there is no room', () => {
    assert.deepEqual(draw(busy, 40, 20), [
      `mysqlpool top  http…  ${at}  q quits`,
      'app.js  4242@host  node 20.20.2, up 3…',
      '',
      'POOL  OPEN  IN USE  WAIT  LONGEST',
      'shop   3/3       3     2    1.2 s',
      '',
      '! shop: at its limit: 3 of 3 connectio…',
      '! shop: the first caller in line has w…',
      '! shop: 2 callers went away without a…',
      '! shop: 1 attempt to connect failed in…',
      '',
      'SUSPECTED LEAKS  1',
      '      AGE  LABEL    CALL SITE',
      '1 min 5 s  nightly  …/report-1.js:12:3)',
      '',
      'OTHER LOANS  2',
      '  AGE  LABEL            CALL SITE',
      '1.5 s  \\u001b]0;evil\\…  …ort-2.js:12:3)',
      '20 ms  -                …ort-3.js:12:3)',
    ]);
  });

  it('tells of what it does not show', () => {
    const pools = Array.from({ length: 40 }, (_, index) => poolReport({ name: `pool-${index}` }, { id: index }));
    const loans = Array.from({ length: 40 }, (_, index) => ({ ...busyPool().loans[2]!, loan: index }));
    const lines = draw(reportOf(processReport([...pools, poolReport({ name: 'x' }, { loans })])), 80, 24);
    assert.ok(lines.length <= 24);
    assert.match(lines.join('\n'), /^LOANS  \d+ of 40$/m);
  });

  it('says that the program is gone, and keeps what was known', () => {
    const lines = draw(busy, 80, 40, 'no answer since 2.0 s: nothing listens there; asking again');
    assert.equal(lines[1], 'no answer since 2.0 s: nothing listens there; asking again');
    assert.ok(lines.some((line) => line.startsWith('shop ')));
  });

  it('says so when there is no pool', () => {
    assert.equal(draw(reportOf(processReport([])), 80, 24).at(-1), 'No pool is open.');
  });

  it('names pools and processes where there are several', () => {
    const other = processReport([poolReport({ name: 'other' }, { events: [event('opened', 'connection 1 opened')] })], {
      id: '7@host',
      title: 'worker.js',
    });
    const text = draw(reportOf(processReport([busyPool()]), other), 160, 60).join('\n');
    assert.match(text, /^POOL +PROCESS +STATE/m);
    assert.match(text, /^worker\.js  7@host  node/m);
    assert.match(text, /^ +AGE +POOL +LABEL/m);
    assert.match(text, /^\d\d:\d\d:\d\d other: connection 1 opened$/m);
  });

  it('is never wider or higher than the window, nor says anything that a terminal obeys', () => {
    const text = fc.string({ unit: 'binary', maxLength: 50 });
    const pools = fc.array(
      fc.record({ name: text, label: text, callSite: text, statement: text, told: text, inUse: fc.nat(100) }),
      { maxLength: 4 },
    );
    const size = fc.tuple(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 50 }));
    fc.assert(
      fc.property(pools, size, (given, [columns, rows]) => {
        const reports = given.map(({ name, label, callSite, statement, told, inUse }) => {
          const loan = { loan: 1, connection: 1, heldFor: 5, label, callSite, recent: [statement] };
          return poolReport(
            { name, inUse, waiters: inUse, longestWait: inUse },
            { loans: [loan], leaks: [{ ...loan, takenAt: '' }], events: [event('openFailed', told)] },
          );
        });
        const report = reportOf(processReport(reports, { title: given[0]?.name ?? 'x' }));
        const lines = frame({ url: URL, report, trouble: given[0]?.told, isOnce: false }, columns, rows, plain);
        assert.ok(lines.length <= rows);
        for (const line of lines) {
          assert.ok(columnsIn(line) <= Math.max(1, columns - 1), `${columns}: ${line}`);
          assert.doesNotMatch(line, OBEYED);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has colour that takes no room', () => {
    const paint = painter({ env: { FORCE_COLOR: '1' }, stdout: {} as never }, false);
    const sight = { url: URL, report: busy, trouble: 'gone', isOnce: false };
    const painted = frame(sight, 60, 40, paint);
    assert.ok(painted.join('\n').includes('\u001B[31mshop\u001B[39m'));
    assert.deepEqual(painted.map(stripVTControlCharacters), frame(sight, 60, 40, plain));
  });
});

describe('the lines for a pipe', () => {
  it('are one a pool, with the time', () => {
    assert.deepEqual(plainLines(reportOf(processReport([busyPool(), poolReport({ name: 'calm', maxSize: null })]))), [
      '2026-01-02T15:30:00.000Z shop: open, 3 of 3 open, 3 in use (oldest 1 min 5 s), 2 waiting (longest 1.2 s), 120 loans/s, 2 failed/s, 1 leak suspected',
      '2026-01-02T15:30:00.000Z calm: open, 0 of any number of open, 0 in use, 0 waiting, 0 loans/s, 0 failed/s',
    ]);
  });

  it('name the process where there are several, and those that are lost', () => {
    const lost = processReport([], { id: 'http://127.0.0.1:9/', problem: 'nothing\u001B[2J listens there' });
    assert.deepEqual(plainLines(reportOf(processReport([poolReport()]), lost)), [
      '2026-01-02T15:30:00.000Z http://127.0.0.1:9/: nothing\\u001b[2J listens there',
      '2026-01-02T15:30:00.000Z 4242@host shop: open, 0 of 10 open, 0 in use, 0 waiting, 0 loans/s, 0 failed/s',
    ]);
    assert.deepEqual(plainLines(reportOf(processReport([]))), ['2026-01-02T15:30:00.000Z no pool is open']);
  });
});
