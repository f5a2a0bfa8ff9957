/** How the page says things: durations, rates, places in code, and what is wrong. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PoolReport, RecentEvent } from 'node-mysqlpool/monitor';
import { Workbench } from './support/in-page.js';
import { historyOf, poolReport, statsOf } from './support/sample-report.js';

let bench: Workbench;
before(async () => {
  bench = await Workbench.set({ timezoneId: 'UTC' });
});
after(async () => {
  assert.deepEqual(bench.complaints, []);
  await bench[Symbol.asyncDispose]();
});

/** Calls a function of the module with each value, in one go. */
async function table<V>(module: string, name: string, rows: readonly (readonly [V, string])[]): Promise<void> {
  const values = rows.map(([value]) => value);
  const said = await bench.run<string[]>(module, `given.map((value) => m.${name}(value))`, values);
  assert.deepEqual(
    values.map((value, nth) => [value, said[nth]]),
    rows,
  );
}

describe('numbers', () => {
  test('durations that go on have as many digits as can be read', () =>
    table<number | null>('format', 'duration', [
      [0, '0 ms'],
      [0.04, '0 ms'],
      [0.05, '0.1 ms'],
      [0.4, '0.4 ms'],
      [9.94, '9.9 ms'],
      [10, '10 ms'],
      [412.3, '412 ms'],
      [999.4, '999 ms'],
      [999.5, '1.0 s'],
      [12_440, '12.4 s'],
      [59_949, '59.9 s'],
      [59_950, '1 min 00 s'],
      [65_000, '1 min 05 s'],
      [3_599_400, '59 min 59 s'],
      [3_600_000, '1 h 00 min'],
      [7_500_000, '2 h 05 min'],
      [86_400_000, '1 d 00 h'],
      [97_200_000, '1 d 03 h'],
      [null, 'no limit'],
    ]));

  test('settings and bounds are as round as they were given', () =>
    table<number | null>('format', 'roundDuration', [
      [0, '0 ms'],
      [1, '1 ms'],
      [500, '500 ms'],
      [1_000, '1 s'],
      [2_500, '2.5 s'],
      [60_000, '1 min'],
      [90_000, '1.5 min'],
      [600_000, '10 min'],
      [3_600_000, '1 h'],
      [5_400_000, '1.5 h'],
      [null, 'no limit'],
    ]));

  test('counts have their thousands apart', () =>
    table<number | null>('format', 'count', [
      [0, '0'],
      [999, '999'],
      [1_234_567, '1,234,567'],
      [null, 'no limit'],
    ]));

  test('rates are per second', () =>
    table<number>('format', 'rate', [
      [0, '0/s'],
      [0.25, '0.3/s'],
      [4, '4/s'],
      [4.46, '4.5/s'],
      [10.4, '10/s'],
      [1_234.5, '1,235/s'],
    ]));

  test('times of day are the reader’s', () =>
    table<number>('format', 'timeOfDay', [
      [0, '00:00:00'],
      [50_639_000, '14:03:59'],
    ]));

  test('one is not many', async () => {
    const said = await bench.run('format', "[0, 1, 2, 1200].map((many) => m.plural(many, 'pool'))");
    assert.deepEqual(said, ['0 pools', '1 pool', '2 pools', '1,200 pools']);
  });
});

describe('a line of the program', () => {
  /** What is shown, and what of it stands out. */
  const shown = (callSite: string | undefined): Promise<[string, string[]]> =>
    bench.run(
      'call-site',
      `(() => {
        const view = new m.CallSite();
        view.update(given ?? undefined);
        return [view.root.textContent, [...view.root.querySelectorAll('.function, b')].map((part) => part.textContent)];
      })()`,
      callSite,
    );

  for (const [callSite, strong] of [
    ['report (/app/src/report.js:12:3)', ['report', 'report.js:12']],
    ['Shop.placeOrder (/srv/my shop/order.ts:7:21)', ['Shop.placeOrder', 'order.ts:7']],
    ['Object.<anonymous> (/app/a.cjs:1:2)', ['Object.<anonymous>', 'a.cjs:1']],
    ['new Store (C:\\app\\store.js:3:4)', ['new Store', 'store.js:3']],
    ['main (file:///app/main.mjs:9:1)', ['main', 'main.mjs:9']],
    ['/app/no-function.js:5:6', ['no-function.js:5']],
    ['file:///app/top-level.mjs:5:6', ['top-level.mjs:5']],
  ] as const) {
    test(`${callSite} has its function, file and line stand out`, async () => {
      const [text, parts] = await shown(callSite);
      assert.deepEqual(parts, strong);
      assert.equal(text, callSite.replace(' (', ' ').replace(/\)$/, ''));
    });
  }

  test('that is none of these is shown as it is', async () => {
    assert.deepEqual(await shown('<anonymous>'), ['<anonymous>', []]);
    assert.deepEqual(await shown('eval at run'), ['eval at run', []]);
  });

  test('that is not known is said to be so', async () => {
    assert.deepEqual(await shown(undefined), ['not known', []]);
  });
});

describe('what is wrong with a pool', () => {
  const event = (id: number, name: RecentEvent['event']): RecentEvent => ({ id, at: id, event: name, text: name });
  const refusals = { since: 1, last: 2, count: 28 };
  const leak = { loan: 1, connection: 1, heldFor: 1, label: undefined, callSite: undefined, recent: [], takenAt: '' };

  for (const [name, given, expected] of [
    ['nothing', {}, []],
    ['nothing that is over', { events: [event(1, 'openFailed'), event(2, 'opened')] }, []],
    ['the server', { events: [event(1, 'opened'), event(2, 'openFailed'), event(3, 'resized')] }, ['cannot connect']],
    ['no server that is full', { events: [event(1, 'openFailed'), event(2, 'noRoom')], refusals }, []],
    [
      'what a full server has callers wait for',
      { events: [event(1, 'noRoom')], refusals, stats: statsOf({ waiters: 3 }) },
      ['3 waiting for room on the server, 28 refused'],
    ],
    ['one leak', { leaks: [leak] }, ['1 suspected leak']],
    ['leaks', { leaks: [leak, { ...leak, loan: 2 }] }, ['2 suspected leaks']],
    ['failures', { history: historyOf([1_000], 2) }, ['failing']],
    ['waiters', { stats: statsOf({ waiters: 3 }) }, ['3 waiting']],
    [
      'everything',
      { events: [event(1, 'openFailed')], leaks: [leak], history: historyOf([1], 1), stats: statsOf({ waiters: 1 }) },
      ['cannot connect', '1 suspected leak', 'failing', '1 waiting'],
    ],
  ] as readonly [string, Partial<PoolReport>, string[]][]) {
    test(name, async () => {
      assert.deepEqual(await bench.run('pool-state', 'm.troublesOf(given)', poolReport(given)), expected);
    });
  }

  test('failures are told for ten seconds, so that they can be read', async () => {
    const quiet = Array.from({ length: 9 }, (_, nth) => (nth + 2) * 1000);
    const [failed, then] = [historyOf([1_000], 1), historyOf(quiet)];
    const columns = Object.keys(failed) as (keyof typeof failed)[];
    const history = Object.fromEntries(columns.map((name) => [name, [...failed[name], ...then[name]]]));
    const told = (given: unknown): Promise<string[]> => bench.run('pool-state', 'm.troublesOf(given)', given);
    assert.deepEqual(await told({ ...poolReport(), history }), ['failing']);
    const later = Object.fromEntries(columns.map((name) => [name, [...(history[name] ?? []), 0]]));
    assert.deepEqual(await told({ ...poolReport(), history: later }), []);
  });
});
