/** The parts of the page one by one: what they keep, how they merge, and what they say of figures. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FleetReport, MonitorReport, PoolReport, RecentEvent, ServerReport } from 'node-mysqlpool/monitor';
import { Workbench } from './support/in-page.js';
import { historyOf, poolReport, processReport, reportOf, statsOf } from './support/sample-report.js';

let bench: Workbench;
before(async () => {
  bench = await Workbench.set();
});
after(async () => {
  assert.deepEqual(bench.complaints, []);
  await bench[Symbol.asyncDispose]();
});

const event = (id: number): RecentEvent => ({ id, at: id, event: 'opened', text: `connection ${id} opened` });
const seconds = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, nth) => (from + nth) * 1000);

describe('reports, one after the other', () => {
  /** What is known after these reports; true stands before the first of a connection. */
  const after = (...reports: readonly [boolean, MonitorReport][]): Promise<PoolReport[]> =>
    bench.run(
      'known-pools',
      `(() => {
        const pools = new m.KnownPools();
        for (const [isFirst, report] of given) pools.take(report, isFirst);
        return pools.all.map(({ report }) => report);
      })()`,
      reports,
    );
  const samples = (at: readonly number[], events: readonly RecentEvent[] = []): MonitorReport =>
    reportOf(processReport([poolReport({ history: historyOf(at), events })]));

  test('are put together: the samples and events of both, each once', async () => {
    const [pool] = await after(
      [true, samples(seconds(1, 3), [event(1), event(2)])],
      [false, samples([3_000, 4_000], [event(2), event(3)])],
    );
    assert.deepEqual(pool!.history.at, seconds(1, 4));
    assert.deepEqual(pool!.history.inUse, [1, 2, 3, 4]);
    assert.deepEqual(
      pool!.events.map(({ id }) => id),
      [1, 2, 3],
    );
  });

  test('keep five minutes and a hundred events', async () => {
    const events = Array.from({ length: 90 }, (_, nth) => event(nth + 1));
    const more = Array.from({ length: 20 }, (_, nth) => event(nth + 91));
    const [pool] = await after([true, samples(seconds(1, 300), events)], [false, samples(seconds(301, 310), more)]);
    assert.deepEqual([pool!.history.at[0], pool!.history.at.at(-1)], [10_000, 310_000]);
    assert.equal(pool!.history.waiters.length, pool!.history.at.length);
    assert.deepEqual([pool!.events[0]!.id, pool!.events.at(-1)!.id, pool!.events.length], [11, 110, 100]);
  });

  test('begin anew with a new connection: it tells everything', async () => {
    const [pool] = await after([true, samples(seconds(1, 3), [event(5)])], [true, samples(seconds(7, 8), [event(9)])]);
    assert.deepEqual(pool!.history.at, [7_000, 8_000]);
    assert.deepEqual(
      pool!.events.map(({ id }) => id),
      [9],
    );
  });

  test('begin anew with another process of the same number', async () => {
    const restarted = reportOf(
      processReport([poolReport({ history: historyOf([9_000]), events: [event(1)] })], { startedAt: 2_000 }),
    );
    const [pool] = await after([true, samples(seconds(1, 3), [event(1), event(2)])], [false, restarted]);
    assert.deepEqual(pool!.history.at, [9_000]);
    assert.equal(pool!.events.length, 1);
  });

  test('forget pools that are gone, and keep those of two processes apart', async () => {
    const other = processReport([poolReport({ stats: statsOf({ name: 'mine' }) })], { id: '8@web-2' });
    const both = reportOf(processReport([poolReport()]), other);
    assert.deepEqual(
      (await after([true, both])).map(({ stats }) => stats.name),
      ['orders', 'mine'],
    );
    assert.deepEqual(
      (await after([true, both], [false, reportOf(other)])).map(({ stats }) => stats.name),
      ['mine'],
    );
  });

  test('charts reach back no further than is needed', async () => {
    const spans = [0, 30, 60, 61, 120, 121, 300];
    const windows = await bench.run('known-pools', 'given.map((span) => m.windowOf([0, span * 1000]) / 1000)', spans);
    assert.deepEqual(windows, [60, 60, 60, 120, 120, 300, 300]);
    assert.equal(await bench.run('known-pools', 'm.windowOf([])'), 60_000);
  });
});

describe('a list', () => {
  test('moves what it has, so that the focus stays, and drops what is gone', async () => {
    const told = await bench.run(
      'dom',
      `(() => {
        const parent = document.body.appendChild(m.el('div'));
        const list = new m.KeyedList(parent, (item) => item, (item) => {
          const root = m.el('button', {}, item);
          return { root, update() { root.dataset.updates = Number(root.dataset.updates ?? 0) + 1; } };
        });
        list.update(['a', 'b', 'c']);
        const b = parent.children[1];
        b.focus();
        list.update(['b', 'd', 'c']);
        const said = [...parent.children].map((child) => child.textContent + child.dataset.updates);
        const isSame = parent.children[0] === b && document.activeElement === b;
        parent.remove();
        return [said, isSame];
      })()`,
    );
    assert.deepEqual(told, [['b2', 'd1', 'c2'], true]);
  });
});

describe('a histogram', () => {
  const said = (bounds: readonly number[], counts: readonly number[]): Promise<string[]> =>
    bench.run(
      'histogram-panel',
      `(() => {
        const panel = new m.HistogramPanel('Wait times', 'at once');
        panel.update(given);
        const rows = [...panel.root.querySelectorAll('li')].map((row) => row.textContent);
        const bars = [...panel.root.querySelectorAll('.fill')].map((bar) => bar.style.width);
        return [panel.root.querySelector('p').textContent, ...rows, ...bars];
      })()`,
      { bounds, counts },
    );

  test('has a row for each range and one above, and says where half and nearly all are', async () => {
    assert.deepEqual(await said([0, 5, 1_000], [60, 39, 0, 1]), [
      '100 since the start: half at once, 99 % within 5 ms',
      ...['at once60', '≤ 5 ms39', '≤ 1 s0', '> 1 s1'],
      ...['100%', '65%', '0%', '1.66667%'],
    ]);
  });

  test('says when it is above all bounds', async () => {
    assert.equal((await said([1, 2], [0, 0, 3]))[0], '3 since the start: half over 2 ms, 99 % over 2 ms');
  });

  test('of nothing says so', async () => {
    assert.equal((await said([1, 2], [0, 0, 0]))[0], 'Nothing yet.');
  });
});

describe('the fleet', () => {
  const said = (fleet: FleetReport | undefined): Promise<string> =>
    bench.run(
      'fleet-panel',
      `(() => {
        const panel = new m.FleetPanel();
        panel.update(given ?? undefined);
        document.body.append(panel.root);
        const text = panel.root.hidden ? '' : panel.root.innerText.replaceAll(/\\s+/g, ' ');
        panel.root.remove();
        return text;
      })()`,
      fleet,
    );
  const few = { name: 'default', held: 1, demand: 0, floor: 0, refusals: 0, sheds: 0, coordinator: 'mysql' };

  test('tells all', async () => {
    const all = { limit: 10, counted: 9, share: 5, held: 4, demand: 7, floor: 1, refusals: 12, sheds: 3 };
    assert.equal(
      await said({ ...few, ...all, problem: 'refused' }),
      'Fleet ▲ coordinator lost: refused Name default Limit 10 Last counted 9 of 10 (90 %) Of this process 4 of 10 (40 %) ' +
        'Share 5 Demand 7 Floor 1 Refused by the server 12 Given up for others 3 Coordinator mysql',
    );
  });

  test('leaves out what is not known, and is not there for a pool without one', async () => {
    assert.equal(
      await said(few),
      'Fleet Name default Of this process 1 Demand 0 Floor 0 Refused by the server 0 Given up for others 0 Coordinator mysql',
    );
    assert.equal(await said(undefined), '');
  });
});

describe('the server', () => {
  const all: ServerReport = {
    at: 10_000,
    version: '9.5.0',
    threadsConnected: 50,
    maxConnections: 200,
    maxUserConnections: undefined,
    ours: 10,
    user: 'shop@%',
    userConnections: 25,
    problem: undefined,
  };
  const said = (server: ServerReport | undefined): Promise<string> =>
    bench.run(
      'facts-panel',
      `(() => {
        const panel = new m.ServerPanel();
        panel.update({ server: given ?? undefined, now: 12_000 });
        document.body.append(panel.root);
        const text = panel.root.innerText.replaceAll(/\\s+/g, ' ');
        panel.root.remove();
        return text;
      })()`,
      server,
    );

  for (const [name, server, expected] of [
    [
      'tells all',
      all,
      'Server Version 9.5.0 Connected 50 of 200 (25 %) Of this pool 10 (20 %) Account shop@%: 25 connections Asked 2 s ago',
    ],
    [
      'has a limit for the account',
      { ...all, maxUserConnections: 30 },
      'Server Version 9.5.0 Connected 50 of 200 (25 %) Of this pool 10 (20 %) Account shop@%: 25 of 30 (83 %) connections Asked 2 s ago',
    ],
    [
      'tells nothing',
      { at: 11_500, ours: 3, problem: 'it may not be asked' } as ServerReport,
      'Server ▲ it may not be asked Of this pool 3 Asked just now',
    ],
    [
      'was not asked',
      undefined,
      'Server Not asked yet. The server is asked over a connection that is idle, and there has been none.',
    ],
  ] as readonly [string, ServerReport | undefined, string][]) {
    test(name, async () => {
      assert.equal(await said(server), expected);
    });
  }
});

describe('the bar of a pool', () => {
  const widths = (given: Partial<PoolReport['stats']>): Promise<string[]> =>
    bench.run(
      'size-bar',
      `(() => {
        const bar = new m.SizeBar();
        bar.update(given);
        const parts = [...bar.root.querySelectorAll('.segment')].map((part) => part.style.width);
        return [bar.root.querySelector('p').textContent, ...parts];
      })()`,
      statsOf(given),
    );

  test('is full at maxSize', async () => {
    assert.deepEqual(await widths({ size: 8, inUse: 5, idle: 2, connecting: 1 }), [
      '8 of 10 connections',
      ...['50%', '20%', '10%', '0%'],
    ]);
  });

  test('without a limit is full of what there is', async () => {
    assert.deepEqual(await widths({ maxSize: null, size: 4, inUse: 1, closing: 3 }), [
      '4 connections, no limit',
      ...['25%', '0%', '0%', '75%'],
    ]);
  });

  test('never runs over, also while the limit is lowered', async () => {
    const [, inUse, idle] = await widths({ maxSize: 5, size: 8, inUse: 6, idle: 2 });
    assert.deepEqual([inUse, idle], ['75%', '25%']);
  });
});

describe('a long text', () => {
  test('is cut after three lines, and opened and shut by its button', async () => {
    const told = await bench.run<[boolean, boolean, string, string][]>(
      'clipped-text',
      `(() => {
        const view = new m.ClippedText('code');
        document.body.append(view.root);
        const button = view.root.querySelector('button');
        const look = () => [button.hidden, view.root.classList.contains('open'), button.textContent, button.ariaExpanded];
        view.update('SELECT 1');
        const short = look();
        view.update('SELECT ' + 'x'.repeat(500));
        const long = look();
        button.click();
        const open = look();
        button.click();
        const shut = look();
        view.root.remove();
        return [short, long, open, shut];
      })()`,
    );
    assert.deepEqual(told, [
      [true, false, 'all', 'false'],
      [false, false, 'all', 'false'],
      [false, true, 'less', 'true'],
      [false, false, 'all', 'false'],
    ]);
  });
});
