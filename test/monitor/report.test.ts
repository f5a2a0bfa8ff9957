import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { ProcessSource } from '#internal/monitor/process-source.js';
import { FakePool } from '../pool/support/pool.js';
import { watch } from '../pool/support/outcome.js';
import { NOON, watchedFake } from './support.js';

describe('the report of a process', () => {
  it('says what the process is', (t) => {
    const { source } = watchedFake(t, {}, ['evict']);
    const [process_] = source.latest().processes;
    assert.equal(process_!.id, `${process.pid}@${hostname()}`);
    assert.deepEqual(
      [process_!.pid, process_!.host, process_!.node, process_!.problem],
      [process.pid, hostname(), process.version, undefined],
    );
    assert.deepEqual(process_!.allows, ['evict']);
    assert.ok(process_!.startedAt < NOON && process_!.startedAt > NOON - 600_000);
    assert.equal(process_!.openPools, 1);
  });

  it('says how late timers were, and only in the last second', async (t) => {
    const { fake, source } = watchedFake(t);
    const delay = (): unknown => source.latest().processes[0]!.loopDelay;
    await fake.clock.advance(1_000);
    assert.deepEqual(delay(), { mean: 0, p99: 0, max: 0 });
    fake.clock.blocked(300);
    await fake.clock.advance(1_000);
    const { max, p99, mean } = source.latest().processes[0]!.loopDelay;
    assert.deepEqual([max, p99], [250, 250]);
    assert.ok(mean > 0 && mean < 20, `mean ${mean}`);
    await fake.clock.advance(1_000);
    assert.deepEqual(delay(), { mean: 0, p99: 0, max: 0 });
  });

  it('has every pool that opens, and none that is closed, without being told', async (t) => {
    const first = new FakePool({ name: 'first' });
    const source = new ProcessSource({ pools: undefined, allows: [], clock: first.clock });
    t.after(() => source.close());
    const names = (): string[] => source.latest().processes[0]!.pools.map(({ stats }) => stats.name);
    assert.deepEqual(names(), ['first']);
    const second = new FakePool({ name: 'second' });
    await second.clock.settle();
    assert.deepEqual(names(), ['first', 'second']);
    const [{ id: firstId } = { id: 0 }] = source.latest().processes[0]!.pools;
    await second.finish();
    assert.deepEqual(names(), ['first']);
    assert.equal(source.latest().processes[0]!.pools[0]!.id, firstId);
    source.close();
    await first.finish();
  });

  it('stops at 100 pools, and says how many there are', async () => {
    const fakes = Array.from({ length: 103 }, () => new FakePool());
    const source = new ProcessSource({ pools: fakes.map(({ pool }) => pool), allows: [], clock: fakes[0]!.clock });
    const [process_] = source.latest().processes;
    assert.deepEqual([process_!.pools.length, process_!.openPools], [100, 103]);
    source.close();
    for (const fake of fakes) await fake.finish();
  });

  it('leaves nothing behind when it is closed', async () => {
    const fake = new FakePool();
    const source = new ProcessSource({ pools: [fake.pool], allows: [], clock: fake.clock });
    assert.equal(fake.clock.timers(true).length, 0, 'its timers keep no process alive');
    assert.ok(fake.clock.timers(false).length > 0);
    source.close();
    assert.deepEqual(fake.clock.timers(), []);
    const lease = await fake.acquire();
    assert.equal(fake.pool.borrowers().loans[0]!.callSite, undefined, 'call sites are not kept any more');
    lease.release();
    await fake.finish();
  });
});

describe('the report of a pool', () => {
  it('has the figures and options of the pool, with null for what has no limit', async (t) => {
    const watched = watchedFake(t, { name: 'shop', maxSize: Infinity, acquireTimeout: Infinity, leakThreshold: 5_000 });
    await watched.fake.warm(2);
    const { options, stats } = watched.report();
    assert.deepEqual(options, {
      maxSize: null,
      maxIdle: null,
      minIdle: 0,
      acquireTimeout: null,
      maxWaiters: null,
      maxLifetime: 1_800_000,
      idleTimeout: 600_000,
      leakThreshold: 5_000,
    });
    assert.deepEqual(stats, { ...watched.fake.pool.stats(), maxSize: null });
    const { options: back } = JSON.parse(JSON.stringify(watched.report())) as { options: unknown };
    assert.deepEqual(back, options, 'JSON has all of it');
  });

  it('has a sample a second, with rates, and keeps five minutes of them', async (t) => {
    const watched = watchedFake(t, { maxSize: 1 });
    const { fake } = watched;
    assert.deepEqual(watched.report().history.at, []);
    for (let i = 0; i < 7; i++) (await fake.acquire()).release();
    await fake.clock.advance(1_000);
    const lease = await fake.acquire();
    const waiting = watch(fake.pool.acquire());
    const turnedAway = watch(fake.pool.acquire({ timeout: 0 }));
    await fake.clock.advance(1_000);
    const { at, acquired, failed, idle, inUse, waiters, connecting } = watched.report().history;
    assert.deepEqual(
      [at, acquired, failed],
      [
        [NOON + 1_000, NOON + 2_000],
        [7, 1],
        [0, 1],
      ],
    );
    assert.deepEqual(
      [idle, inUse, waiters, connecting],
      [
        [1, 0],
        [0, 1],
        [0, 1],
        [0, 0],
      ],
    );
    assert.equal(turnedAway.state, 'rejected');
    lease.release();
    await fake.clock.settle();
    waiting.value.release();
    await fake.clock.advance(400_000);
    const { history } = watched.report();
    assert.equal(history.at.length, 300);
    assert.equal(history.at.at(-1), NOON + 402_000);
    assert.ok(Object.values(history).every((column: readonly number[]) => column.length === 300));
  });

  it('tells rates per second also after the loop was blocked', async (t) => {
    const watched = watchedFake(t);
    const { fake } = watched;
    await fake.clock.advance(1_000);
    for (let i = 0; i < 10; i++) (await fake.acquire()).release();
    fake.clock.blocked(5_000);
    await fake.clock.advance(0);
    assert.equal(watched.report().history.acquired.at(-1), 2);
  });

  it('counts how long was waited and held', async (t) => {
    const watched = watchedFake(t, { maxSize: 1 });
    const { fake } = watched;
    await fake.warm(1);
    const lease = await fake.acquire();
    const next = watch(fake.pool.acquire());
    await fake.clock.advance(70);
    lease.release();
    await fake.clock.settle();
    next.value.release();
    const { waits, holds } = watched.report();
    const countAt = ({ bounds, counts }: typeof waits, bound: number): number => counts[bounds.indexOf(bound)]!;
    assert.equal(waits.counts.length, waits.bounds.length + 1);
    assert.deepEqual([countAt(waits, 100), countAt(holds, 100)], [1, 1]);
    assert.equal(countAt(waits, 0) + countAt(waits, 1), 2, 'at once, or for the dial that takes no time here');
  });

  it('names loans and waiters, with the line of code, and 100 of each at most', async (t) => {
    const watched = watchedFake(t, { maxSize: 150 });
    const { fake } = watched;
    const leases = [await fake.acquire({ label: 'first' })];
    await fake.clock.advance(1_234);
    for (let i = 1; i < 150; i++) leases.push(await fake.acquire());
    const waiting = Array.from({ length: 150 }, () => watch(fake.pool.acquire({ timeout: Infinity, label: 'w' })));
    const report = watched.report();
    assert.deepEqual([report.loans.length, report.waiting.length], [100, 100]);
    assert.equal(report.loans[0]!.label, 'first');
    assert.ok(report.loans[0]!.heldFor >= 1_234);
    assert.match(report.loans[0]!.callSite!, /support[\\/]pool\.(?:ts|js):\d+:\d+/);
    assert.deepEqual([report.waiting[0]!.leftFor, report.waiting[0]!.label], [null, 'w']);
    assert.match(report.waiting[0]!.callSite!, /report\.test\.(?:ts|js):\d+:\d+/);
    for (const lease of leases) lease.release();
    await fake.clock.settle();
    for (const { value } of waiting) value.release();
  });

  it('has suspected leaks while they are out', async (t) => {
    const watched = watchedFake(t, { leakThreshold: 1_000 });
    const { fake } = watched;
    const lease = await fake.acquire({ label: 'leaky' });
    const other = await fake.acquire();
    await fake.clock.advance(500);
    other.release();
    assert.deepEqual(watched.report().leaks, []);
    await fake.clock.advance(1_000);
    const [leak, ...more] = watched.report().leaks;
    assert.deepEqual([leak!.label, leak!.loan, more.length], ['leaky', lease.id, 0]);
    assert.match(leak!.takenAt, /^\s+at .*support[\\/]pool/);
    assert.match(
      watched.report().events.at(-1)!.text,
      /^loan \d+ of connection \d+ may be a leak: .* leaky, taken at /,
    );
    lease.release();
    assert.deepEqual(watched.report().leaks, []);
    assert.match(watched.report().events.at(-1)!.text, /^loan \d+ came back after 1\.5 s, leaky$/);
  });

  it('has leaks that were suspected before it looked', async () => {
    const fake = new FakePool({ leakThreshold: 1_000 });
    const lease = await fake.acquire();
    await fake.clock.advance(3_000);
    const source = new ProcessSource({ pools: [fake.pool], allows: [], clock: fake.clock });
    const [leak] = source.latest().processes[0]!.pools[0]!.leaks;
    assert.deepEqual([leak?.loan, leak?.takenAt], [lease.id, '']);
    source.close();
    lease.release();
    await fake.finish();
  });

  it('has no server for a pool that is not of MySQL', async (t) => {
    const watched = watchedFake(t);
    await watched.fake.warm(1);
    await watched.source.report();
    assert.equal(watched.report().server, undefined);
    assert.equal(watched.fake.pool.stats().total.acquired, 1);
  });
});
