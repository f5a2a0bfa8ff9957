import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mergeReport, MonitorClient, MonitorOptionError, type MonitorReport } from 'node-mysqlpool/monitor';
import { pageAssets } from '#internal/monitor/assets.js';
import { CountedTimes } from '#internal/monitor/counted-times.js';
import { EventStreamParser } from '#internal/monitor/event-stream-parser.js';
import { Increments } from '#internal/monitor/increments.js';
import { readReport } from '#internal/monitor/read-report.js';
import { watchedFake, type WatchedFake } from './support.js';

describe('counted times', () => {
  it('fall between their bounds, the bound included', () => {
    const times = new CountedTimes([0, 1, 10]);
    for (const ms of [0, 0, 0.5, 1, 1.1, 10, 10.1, 1e9]) times.add(ms);
    assert.deepEqual(times.report(), { bounds: [0, 1, 10], counts: [2, 2, 2, 2] });
  });
});

describe('the parser of event streams', () => {
  const parse = (chunks: readonly string[]): string[] => {
    const data: string[] = [];
    const parser = new EventStreamParser('report', (text) => data.push(text));
    for (const chunk of chunks) parser.add(chunk);
    return data;
  };

  it('takes events wherever the network cuts them', () => {
    const text =
      'event: report\ndata: {"a":1}\n\n: comment\r\nevent: other\ndata: no\n\nevent: report\r\ndata:x\r\ndata: y\r\n\r\n';
    const expected = ['{"a":1}', 'x\ny'];
    assert.deepEqual(parse([text]), expected);
    assert.deepEqual(parse(text.split('')), expected);
    assert.deepEqual(parse(['event: report\ndata: half']), []);
  });

  it('gives up on an event that never ends', () => {
    const endless = (chunk: string): void => {
      const parser = new EventStreamParser('report', () => undefined);
      for (let i = 0; i < 40; i++) parser.add(chunk);
    };
    assert.throws(() => endless('x'.repeat(1_048_576)), RangeError);
    assert.throws(() => endless(`data: ${'x'.repeat(1_048_576)}\n`), RangeError);
  });
});

describe('what is sent on', () => {
  /** So many seconds with a loan and an event in each. */
  async function live({ fake }: WatchedFake, seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      (await fake.acquire()).release();
      fake.pool.evict();
      await fake.clock.advance(1_000);
    }
  }

  it('is all at first, then only what is new, and put together it is all again', async (t) => {
    const watched = watchedFake(t);
    const increments = new Increments();
    let known: MonitorReport | undefined;
    const lengths: number[][] = [];
    for (const seconds of [3, 1, 1, 0, 5, 320]) {
      await live(watched, seconds);
      const whole = watched.source.latest();
      const sent = JSON.parse(JSON.stringify(increments.next(whole))) as MonitorReport;
      const [pool] = sent.processes[0]!.pools;
      lengths.push([pool!.history.at.length, pool!.events.length]);
      known = mergeReport(known, sent);
      assert.deepEqual(known, JSON.parse(JSON.stringify(whole)));
    }
    assert.deepEqual(lengths, [
      [3, 9],
      [1, 3],
      [1, 3],
      [0, 0],
      [5, 15],
      [300, 100],
    ]);
  });

  it('is not put together twice, nor with what another process had', async (t) => {
    const watched = watchedFake(t);
    await live(watched, 4);
    const whole = watched.source.latest();
    assert.deepEqual(mergeReport(whole, whole), whole);
    const [process_] = whole.processes;
    const restarted = { ...whole, processes: [{ ...process_!, startedAt: process_!.startedAt + 1 }] };
    assert.deepEqual(mergeReport(whole, restarted), restarted);
    assert.deepEqual(mergeReport(whole, { ...whole, processes: [] }).processes, []);
  });
});

describe('the files of the page', () => {
  it('are those that the build has put together, by their types, and nothing else', () => {
    const assets = pageAssets();
    const paths = [...assets.keys()];
    for (const path of ['/', '/page.css', '/icon.svg', '/main.js', '/vendor/uplot.js', '/vendor/uplot.LICENSE.txt']) {
      assert.ok(paths.includes(path), `${path} is not among ${paths.join()}`);
    }
    assert.deepEqual(
      paths.filter((path) => path !== '/' && !/\.(html|css|svg|js|txt)$/.test(path)),
      [],
    );
    assert.deepEqual(assets.get('/'), assets.get('/index.html'));
    assert.equal(assets.get('/')!.type, 'text/html; charset=utf-8');
    assert.match(assets.get('/')!.body.toString(), /<title>mysqlpool monitor<\/title>/);
  });
});

describe('the address of a monitor', () => {
  for (const [given, url] of [
    ['http://127.0.0.1:9339/?token=open-sesame-1', 'http://127.0.0.1:9339/'],
    ['http://localhost:9339', 'http://localhost:9339/'],
    ['https://example.com/pools?x=1#y', 'https://example.com/pools/'],
    ['9339', 'http://127.0.0.1:9339/'],
    ['app-1.example:9339', 'http://app-1.example:9339/'],
    ['[::1]:9339', 'http://[::1]:9339/'],
  ] as const) {
    it(`may be ${given}`, () => assert.equal(new MonitorClient(given).url, url));
  }

  for (const given of [
    '',
    '  ',
    'ftp://example.com/',
    'http://',
    'a b',
    'http://me:secret-word@example.com/',
    17,
    undefined,
  ]) {
    it(`may not be ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => new MonitorClient(given as string),
        (error: MonitorOptionError) => {
          assert.ok(error instanceof MonitorOptionError);
          assert.deepEqual([error.code, error.option], ['MONITOR_OPTION', 'url']);
          assert.doesNotMatch(error.message, /secret-word/);
          return true;
        },
      );
    });
  }

  it('is shown without its token when it is none', () => {
    assert.throws(() => new MonitorClient('gopher://x/?token=secret-word'), /"gopher:\/\/x\/\?…" is no address/);
  });
});

describe('an answer that is no report', () => {
  it('is told apart by what is wrong with it', () => {
    for (const text of ['', '<html>', 'null', '[]', '{"version":1}', '{"version":1,"processes":[{}]}']) {
      assert.equal(readReport(text), 'it answers, but not as a monitor does');
    }
    assert.match(
      readReport('{"version":2,"processes":[]}') as string,
      /^it reports in version 2, and this is version 1/,
    );
    const none = { version: 1, at: 5, processes: [], added: 'later' };
    assert.deepEqual(readReport(JSON.stringify(none)), none);
    const pools = { version: 1, at: 5, processes: [{ id: 'x', pools: [{}], allows: [] }] };
    assert.equal(readReport(JSON.stringify(pools)), 'it answers, but not as a monitor does');
  });
});
