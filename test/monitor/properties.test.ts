import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mergeReport, type MonitorReport, type PoolReport } from 'node-mysqlpool/monitor';
import { CountedTimes } from '#internal/monitor/counted-times.js';
import { EventStreamParser } from '#internal/monitor/event-stream-parser.js';
import { Gate } from '#internal/monitor/gate.js';
import { Increments } from '#internal/monitor/increments.js';
import { ProcessSource } from '#internal/monitor/process-source.js';
import { readReport } from '#internal/monitor/read-report.js';
import { FakePool, type FakeLease } from '../pool/support/pool.js';
import { watch, type Outcome } from '../pool/support/outcome.js';
import { ask, monitorFor, WatchedFake } from './support.js';

const RUNS = { numRuns: 100 };
// A step may take seconds of fake time, of which a monitor looks at every 50 ms.
const FEW_RUNS = { numRuns: 30 };

describe('whatever happens to a pool', () => {
  /** What a program may do, and how the time goes by. */
  const step = fc.oneof(
    fc.record({ kind: fc.constant('acquire' as const), timeout: fc.integer({ min: 0, max: 3_000 }) }),
    fc.record({ kind: fc.constant('release' as const), index: fc.nat(20) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 4_000 }) }),
    fc.record({ kind: fc.constantFrom('evict' as const, 'suspend' as const, 'resume' as const, 'fail' as const) }),
    fc.record({ kind: fc.constant('resize' as const), maxSize: fc.integer({ min: 1, max: 6 }) }),
  );

  class Play {
    readonly watched = new WatchedFake({ maxSize: 3, leakThreshold: 1_000 }, []);
    readonly #outcomes: Outcome<FakeLease>[] = [];

    async do(one: { kind: string; timeout?: number; index?: number; ms?: number; maxSize?: number }): Promise<void> {
      const { fake } = this.watched;
      const { kind } = one;
      if (kind === 'acquire') this.#outcomes.push(fake.ask({ timeout: one.timeout }));
      else if (kind === 'release') this.#releaseNth(one.index!);
      else if (kind === 'wait') await fake.clock.advance(one.ms!);
      else if (kind === 'fail') fake.connector.opening.failNext(1, new Error('no server'));
      else if (kind === 'resize') fake.pool.resize({ maxSize: one.maxSize! });
      else fake.pool[kind as 'evict' | 'suspend' | 'resume']();
      await fake.clock.settle();
    }

    #releaseNth(index: number): void {
      const held = this.#outcomes.filter(({ state }) => state === 'resolved');
      if (held.length > 0) held[index % held.length]!.value.release();
    }

    async end(): Promise<void> {
      const { fake, source } = this.watched;
      fake.pool.resume();
      await fake.clock.advance(60_000);
      for (const outcome of this.#outcomes) if (outcome.state === 'resolved') outcome.value.release();
      source.close();
      await fake.finish();
    }
  }

  function check(report: PoolReport): void {
    const { stats, loans, waiting, leaks, history, waits, holds, events } = report;
    assert.equal(stats.idle + stats.inUse + stats.connecting + stats.closing, stats.size);
    assert.deepEqual([loans.length, waiting.length], [stats.inUse, stats.waiters]);
    const ages = loans.map(({ heldFor }) => heldFor);
    assert.deepEqual(
      ages,
      ages.toSorted((a, b) => b - a),
      'the oldest first',
    );
    const leaked = loans.filter(({ heldFor }) => heldFor >= 1_000).map(({ loan }) => loan);
    assert.deepEqual(
      leaks.map(({ loan }) => loan),
      leaked,
    );
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    assert.equal(sum(waits.counts), stats.total.acquired, 'every loan waited for some time');
    assert.equal(sum(holds.counts), stats.total.acquired - stats.inUse, 'every loan that ended was held for some time');
    assert.ok(history.at.every((at, index) => index === 0 || at === history.at[index - 1]! + 1_000));
    assert.ok(events.every(({ id }, index) => index === 0 || id === events[index - 1]!.id + 1));
    assert.ok(events.length <= 100);
    assert.ok(sum(history.acquired) <= stats.total.acquired);
  }

  it('its report agrees with itself and with the pool', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const play = new Play();
        for (const one of steps) {
          await play.do(one);
          check(play.watched.report());
        }
        await play.end();
      }),
      FEW_RUNS,
    );
  });

  it('readers that are passed over at any time know in the end what the source knows', async () => {
    const look = fc.record({ kind: fc.constant('look' as const), reader: fc.nat(2) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(step, look), { maxLength: 40 }), async (steps) => {
        const play = new Play();
        const readers = [0, 1, 2].map(() => ({
          increments: new Increments(),
          known: undefined as MonitorReport | undefined,
        }));
        const plain = (report: MonitorReport): MonitorReport => JSON.parse(JSON.stringify(report)) as MonitorReport;
        const read = (index: number): void => {
          const reader = readers[index]!;
          const whole = play.watched.source.latest();
          reader.known = mergeReport(reader.known, plain(reader.increments.next(whole)));
          assert.deepEqual(reader.known, plain(whole));
        };
        for (const one of steps) {
          if (one.kind === 'look') read(one.reader);
          else await play.do(one);
        }
        for (const index of readers.keys()) read(index);
        await play.end();
      }),
      FEW_RUNS,
    );
  });
});

describe('whatever comes over the network', () => {
  it('is taken apart the same, wherever it is cut', () => {
    const data = fc.array(
      fc.string().filter((text) => !/[\r\n]/.test(text)),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(
        fc.array(data, { maxLength: 5 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
        (events, cuts) => {
          const text = events
            .map((lines) => `event: report\n${lines.map((line) => `data: ${line}\r\n`).join('')}\n`)
            .join('');
          const taken: string[] = [];
          const parser = new EventStreamParser('report', (one) => taken.push(one));
          for (let at = 0; at < text.length;) {
            const { value: length } = cuts.next() as IteratorYieldResult<number>;
            parser.add(text.slice(at, at + length));
            at += length;
          }
          assert.deepEqual(
            taken,
            events.map((lines) => lines.join('\n')),
          );
        },
      ),
      RUNS,
    );
  });

  it('is a report or is told to be none, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const report = readReport(text);
        assert.ok(typeof report === 'string' || report.version === 1);
      }),
      RUNS,
    );
  });

  it('as the name of a host opens the gate only when it is loopback', () => {
    const gate = new Gate('127.0.0.1', 9339, undefined);
    const names = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
      fc.string(),
      fc.constantFrom(
        'localhost',
        '127.0.0.1',
        '[::1]',
        '127.0.0.1.nip.example',
        'localhost.',
        ' localhost',
        'a@localhost',
      ),
    );
    fc.assert(
      fc.property(names, fc.option(fc.nat(65_535), { nil: undefined }), (name, port) => {
        const host = port === undefined ? name : `${name}:${port}`;
        const isOpen = gate.refusal({ method: 'GET', path: '/', token: undefined, headers: { host } }) === undefined;
        if (!isOpen) return;
        // As a browser would read it.
        const { hostname } = new URL(`http://${host}/`);
        assert.match(hostname, /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is never let in without the token', () => {
    const gate = new Gate('0.0.0.0', 9339, 'the-right-token');
    const text = fc.string();
    fc.assert(
      fc.property(text, text, text, fc.boolean(), (authorization, cookie, token, hasToken) => {
        const headers = {
          host: 'localhost',
          authorization: `Bearer ${authorization}`,
          cookie: `mysqlpool-monitor-9339=${cookie}`,
        };
        const knock = { method: 'GET', path: '/', token: hasToken ? token : undefined, headers };
        assert.equal(gate.refusal(knock)?.status, 401);
        assert.equal(gate.refusal({ ...knock, headers: { cookie: headers.cookie } })?.status, 401);
      }),
      { numRuns: 300 },
    );
  });

  it('is answered, and never by a failure of the monitor', async (t) => {
    const fake = new FakePool();
    const monitor = await monitorFor(t, { pools: [fake.pool], allow: ['evict'] });
    t.after(() => fake.finish());
    const part = fc.oneof(
      fc.constantFrom(
        'api',
        'processes',
        'pools',
        'evict',
        'report',
        '..',
        '%2e%2e',
        '%00',
        '%',
        '',
        'index.html',
        '1@h',
        '-1',
        '1e9',
      ),
      fc.string({ unit: fc.constantFrom(...'abc%/?#&=.:@0'.split('')) }),
    );
    const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH');
    await fc.assert(
      fc.asyncProperty(method, fc.array(part, { maxLength: 7 }), async (verb, parts) => {
        const path = `/${parts.join('/')}`;
        // That one does not end.
        if (verb === 'GET' && /^\/api\/stream(?:[?#]|$)/.test(path)) return;
        const { status } = await ask(monitor, path.replaceAll('#', ''), { method: verb });
        assert.ok([200, 204, 400, 403, 404, 405].includes(status), `${verb} ${path}: ${status}`);
      }),
      { numRuns: 300 },
    );
    assert.equal((await ask(monitor, '/api/report')).status, 200);
  });
});

it('a time falls into exactly one place of a histogram, and that is the right one', () => {
  const bounds = [0, 1, 5, 100, 30_000];
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, noNaN: true }), { maxLength: 50 }), (times) => {
      const counted = new CountedTimes(bounds);
      for (const ms of times) counted.add(ms);
      const limits = [-Infinity, ...bounds, Infinity];
      const expected = limits.slice(1).map((to, index) => times.filter((ms) => ms > limits[index]! && ms <= to).length);
      assert.deepEqual(counted.report(), { bounds, counts: expected });
    }),
    RUNS,
  );
});

it('two monitors of a process call a pool by the same number', async () => {
  const fake = new FakePool();
  const sources = [0, 1].map(() => new ProcessSource({ pools: [fake.pool], allows: [], clock: fake.clock }));
  const [one, other] = sources.map((source) => source.latest().processes[0]!.pools[0]!.id);
  assert.equal(one, other);
  for (const source of sources) source.close();
  const outcome = watch(fake.pool.acquire());
  await fake.clock.advance(0);
  outcome.value.release();
  await fake.finish();
});
