import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { collectDefaultMetrics, register as global, Registry } from 'prom-client';
import type { AnyPool } from 'node-mysqlpool/pool';
import { collectPoolMetrics } from 'node-mysqlpool/prometheus';
import { fakePool } from '../pool/support/pool.js';
import { everything, listenersOf } from './support.js';

interface Collected {
  readonly register: Registry;
  readonly stop: () => void;
  /** The lines of a metric, as Prometheus reads them, without its name. */
  readonly lines: (metric: string) => Promise<string[]>;
}

function collected(t: TestContext, pools?: readonly AnyPool[]): Collected {
  const register = new Registry();
  const stop = collectPoolMetrics({ register, pools });
  t.after(stop);
  return {
    register,
    stop,
    lines: async (metric) => {
      const all = (await register.metrics()).split('\n');
      return all.filter((line) => line.startsWith(metric)).map((line) => line.slice(metric.length));
    },
  };
}

/** Those that are not 0. */
const counted = (lines: readonly string[]): string[] => lines.filter((line) => !line.endsWith(' 0'));

describe('the metrics of Prometheus', () => {
  it('have these names, types and labels', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 1, maxWaiters: 1, leakThreshold: 1_000 });
    const { register } = collected(t);
    await everything(fake);
    const seen = (await register.getMetricsAsJSON()).map(({ name, type, values }) => {
      const labels = new Set((values as { readonly labels: object }[]).flatMap((value) => Object.keys(value.labels)));
      return [name, type, ...[...labels].toSorted()].join(' ');
    });
    assert.deepEqual(
      seen.toSorted(),
      [
        'mysqlpool_acquire_rejects_total counter error pool',
        'mysqlpool_acquire_timeouts_total counter pool',
        'mysqlpool_cleanings_total counter kind pool',
        'mysqlpool_connections gauge pool state',
        'mysqlpool_connections_closed_total counter pool reason',
        'mysqlpool_connections_failed_total counter error pool',
        'mysqlpool_connections_refused_total counter error pool',
        'mysqlpool_connections_idle_max gauge pool',
        'mysqlpool_connections_idle_min gauge pool',
        'mysqlpool_connections_max gauge pool',
        'mysqlpool_create_time_seconds histogram le pool',
        'mysqlpool_fleet_coordinator_lost gauge',
        'mysqlpool_fleet_demand gauge',
        'mysqlpool_fleet_held gauge',
        'mysqlpool_fleet_limit gauge',
        'mysqlpool_fleet_refusals_total counter',
        'mysqlpool_fleet_sessions gauge',
        'mysqlpool_fleet_share gauge',
        'mysqlpool_fleet_sheds_total counter',
        'mysqlpool_gateway_clients gauge',
        'mysqlpool_gateway_commands_total counter',
        'mysqlpool_gateway_logins_refused_total counter',
        'mysqlpool_gateway_logins_total counter',
        'mysqlpool_gateway_pinned gauge',
        'mysqlpool_gateway_replays_total counter',
        'mysqlpool_gateway_resets_total counter',
        'mysqlpool_leaks_total counter pool',
        'mysqlpool_limit_held gauge',
        'mysqlpool_limit_max gauge',
        'mysqlpool_limited_waiters gauge',
        'mysqlpool_longest_wait_seconds gauge pool',
        'mysqlpool_oldest_use_seconds gauge pool',
        'mysqlpool_use_time_seconds histogram le pool',
        'mysqlpool_wait_time_seconds histogram le pool',
        'mysqlpool_waiters gauge pool',
      ].toSorted(),
    );
  });

  it('count what happens, by its reason', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 1, maxWaiters: 1, leakThreshold: 1_000 });
    const { lines } = collected(t);
    await everything(fake);
    assert.deepEqual(await lines('mysqlpool_acquire_timeouts_total'), ['{pool="orders"} 1']);
    assert.deepEqual(counted(await lines('mysqlpool_acquire_rejects_total')).toSorted(), [
      '{pool="orders",error="AbortError"} 1',
      '{pool="orders",error="POOL_QUEUE_FULL"} 1',
    ]);
    assert.deepEqual(await lines('mysqlpool_connections_failed_total'), ['{pool="orders",error="ECONNREFUSED"} 1']);
    assert.deepEqual(await lines('mysqlpool_connections_refused_total'), [
      '{pool="orders",error="ER_CON_COUNT_ERROR"} 1',
    ]);
    assert.deepEqual(counted(await lines('mysqlpool_connections_closed_total')), [
      '{pool="orders",reason="destroyed"} 1',
    ]);
    assert.deepEqual(await lines('mysqlpool_cleanings_total'), ['{pool="orders",kind="cleaned"} 1']);
    assert.deepEqual(await lines('mysqlpool_leaks_total'), ['{pool="orders"} 1']);
  });

  it('measure durations in seconds, in the same buckets as OpenTelemetry', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 1 });
    const { lines } = collected(t);
    const lease = await fake.acquire();
    await fake.clock.advance(3_000);
    lease.release();
    assert.deepEqual(await lines('mysqlpool_use_time_seconds'), [
      ...[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1].map((le) => `_bucket{le="${le}",pool="orders"} 0`),
      ...['5', '10', '+Inf'].map((le) => `_bucket{le="${le}",pool="orders"} 1`),
      '_sum{pool="orders"} 3',
      '_count{pool="orders"} 1',
    ]);
  });

  it('read counts when they are scraped: the states add up to the size', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 3, maxIdle: 2 });
    const { lines } = collected(t);
    await fake.warm(1);
    await fake.acquire();
    fake.connector.opening.usual = { hang: true };
    fake.ask();
    await fake.clock.advance(1_500);
    assert.deepEqual(fake.counts(), { size: 2, idle: 0, inUse: 1, connecting: 1, closing: 0, waiters: 1 });
    assert.deepEqual(await lines('mysqlpool_connections{'), [
      'pool="orders",state="idle"} 0',
      'pool="orders",state="used"} 1',
      'pool="orders",state="connecting"} 1',
      'pool="orders",state="closing"} 0',
    ]);
    assert.deepEqual(await lines('mysqlpool_connections_max'), ['{pool="orders"} 3']);
    assert.deepEqual(await lines('mysqlpool_connections_idle_max'), ['{pool="orders"} 2']);
    assert.deepEqual(await lines('mysqlpool_connections_idle_min'), ['{pool="orders"} 0']);
    assert.deepEqual(await lines('mysqlpool_waiters'), ['{pool="orders"} 1']);
    assert.deepEqual(await lines('mysqlpool_longest_wait_seconds'), ['{pool="orders"} 1.5']);
    assert.deepEqual(await lines('mysqlpool_oldest_use_seconds'), ['{pool="orders"} 1.5']);
  });

  it('do not show a limit that there is not', async (t) => {
    fakePool(t, { name: 'boundless', maxSize: Infinity });
    fakePool(t, { name: 'bounded', maxSize: 2 });
    const { lines } = collected(t);
    assert.deepEqual(await lines('mysqlpool_connections_max'), ['{pool="bounded"} 2']);
  });

  it('are there at 0 before anything has happened, so that the first time-out is seen as growth', async (t) => {
    fakePool(t, { name: 'orders' });
    const { lines } = collected(t);
    assert.deepEqual(await lines('mysqlpool_acquire_timeouts_total'), ['{pool="orders"} 0']);
    assert.deepEqual(await lines('mysqlpool_leaks_total'), ['{pool="orders"} 0']);
    assert.equal((await lines('mysqlpool_connections_closed_total')).length, 11);
    assert.ok((await lines('mysqlpool_acquire_rejects_total')).includes('{pool="orders",error="POOL_QUEUE_FULL"} 0'));
    assert.ok((await lines('mysqlpool_wait_time_seconds')).includes('_count{pool="orders"} 0'));
  });

  it('know pools made before and after, and have no series of closed ones', async (t) => {
    const before = fakePool(t, { name: 'before', maxSize: 1, maxWaiters: 1, leakThreshold: 1_000 });
    const { register, lines } = collected(t);
    const after = fakePool(t, { name: 'after', maxSize: 2 });
    await everything(before);
    assert.deepEqual(await lines('mysqlpool_connections_max'), ['{pool="before"} 1', '{pool="after"} 2']);
    await before.finish();
    const text = await register.metrics();
    assert.doesNotMatch(text, /before/);
    assert.match(text, /mysqlpool_connections_max\{pool="after"\} 2/);
    await after.finish();
    assert.doesNotMatch(await register.metrics(), /pool=/);
  });

  it('show pools of one name as one, which is there until the last of them is closed', async (t) => {
    const one = fakePool(t, { name: 'orders', maxSize: 2 });
    const two = fakePool(t, { name: 'orders', maxSize: 3 });
    const { lines } = collected(t);
    await one.acquire();
    await two.acquire();
    await two.acquire();
    assert.deepEqual(await lines('mysqlpool_connections_max'), ['{pool="orders"} 5']);
    assert.ok((await lines('mysqlpool_connections{')).includes('pool="orders",state="used"} 3'));
    assert.ok((await lines('mysqlpool_wait_time_seconds')).includes('_count{pool="orders"} 3'));
    await one.finish();
    assert.deepEqual(await lines('mysqlpool_connections_max'), ['{pool="orders"} 3']);
    assert.ok((await lines('mysqlpool_wait_time_seconds')).includes('_count{pool="orders"} 3'));
    await two.finish();
    assert.deepEqual(await lines('mysqlpool_wait_time_seconds'), []);
  });

  it('go, with every listener, when they are stopped, and can be had again', async (t) => {
    const fake = fakePool(t, { name: 'orders' });
    const listeners = listenersOf(fake);
    const { register, stop, lines } = collected(t);
    assert.equal(listeners.length, 8);
    stop();
    stop();
    assert.deepEqual(listeners, []);
    assert.equal((await register.metrics()).trim(), '');
    t.after(collectPoolMetrics({ register }));
    assert.deepEqual(await lines('mysqlpool_acquire_timeouts_total'), ['{pool="orders"} 0']);
  });

  it('go into the registry of prom-client beside others, under another prefix if wanted', async (t) => {
    const { pool } = fakePool(t, { name: 'orders', maxSize: 4 });
    collectDefaultMetrics({ prefix: 'default_' });
    const stop = collectPoolMetrics({ prefix: 'shop_db_', pools: [pool] });
    const text = await global.metrics();
    assert.match(text, /^shop_db_connections_max\{pool="orders"\} 4$/m);
    assert.doesNotMatch(text, /mysqlpool/);
    stop();
    const left = await global.metrics();
    assert.doesNotMatch(left, /shop_db/);
    assert.match(left, /default_/);
    global.clear();
  });
});
