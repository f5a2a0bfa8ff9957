import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DataPointType, MeterProvider, type DataPoint, type Histogram } from '@opentelemetry/sdk-metrics';
import { instrumentPools } from 'node-mysqlpool/otel';
import type { AnyPool } from 'node-mysqlpool/pool';
import { fakePool } from '../pool/support/pool.js';
import { everything, listenersOf } from './support.js';
import { Reader } from './support-otel.js';

const POOL = 'db.client.connection.pool.name';
const STATE = 'db.client.connection.state';

/** Instruments pools, all of them by default, with a meter provider of the test's own. */
function instrumented(
  t: TestContext,
  pools?: readonly AnyPool[],
): { readonly reader: Reader; readonly stop: () => void } {
  const reader = new Reader();
  const meterProvider = new MeterProvider({ readers: [reader] });
  const stop = instrumentPools({ meterProvider, tracerProvider: false, pools });
  t.after(async () => {
    stop();
    await meterProvider.shutdown();
  });
  return { reader, stop };
}

describe('the instruments of OpenTelemetry', () => {
  it('are those of the conventions, and ours, to the letter', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 1, maxWaiters: 1, leakThreshold: 1_000 });
    const { reader } = instrumented(t);
    await everything(fake);
    const seen = [...(await reader.metrics()).values()].map((metric) => {
      const { descriptor, dataPointType: type, dataPoints } = metric;
      const keys = new Set(dataPoints.flatMap(({ attributes }) => Object.keys(attributes)));
      const only = type === DataPointType.SUM && metric.isMonotonic ? 'COUNTER' : DataPointType[type];
      return [descriptor.name, descriptor.unit, only, ...keys].join(' ');
    });
    assert.deepEqual(
      seen.toSorted(),
      [
        `db.client.connection.count {connection} SUM ${POOL} ${STATE}`,
        `db.client.connection.create_time s HISTOGRAM ${POOL}`,
        `db.client.connection.idle.max {connection} SUM ${POOL}`,
        `db.client.connection.idle.min {connection} SUM ${POOL}`,
        `db.client.connection.max {connection} SUM ${POOL}`,
        `db.client.connection.pending_requests {request} SUM ${POOL}`,
        `db.client.connection.timeouts {timeout} COUNTER ${POOL}`,
        `db.client.connection.use_time s HISTOGRAM ${POOL}`,
        `db.client.connection.wait_time s HISTOGRAM ${POOL}`,
        `mysqlpool.acquire.longest_wait s GAUGE ${POOL}`,
        `mysqlpool.acquire.rejects {request} COUNTER ${POOL} error.type`,
        `mysqlpool.connection.cleanings {cleaning} COUNTER ${POOL} mysqlpool.cleaning.kind`,
        `mysqlpool.connection.closes {connection} COUNTER ${POOL} mysqlpool.close.reason`,
        `mysqlpool.connection.create_failures {failure} COUNTER ${POOL} error.type`,
        `mysqlpool.connection.refusals {refusal} COUNTER ${POOL} error.type`,
        `mysqlpool.connection.leaks {leak} COUNTER ${POOL}`,
        `mysqlpool.connection.oldest_use s GAUGE ${POOL}`,
      ].toSorted(),
    );
  });

  it('count what happens, by its reason', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 1, maxWaiters: 1, leakThreshold: 1_000 });
    const { reader } = instrumented(t);
    await everything(fake);
    assert.deepEqual(await reader.values('db.client.connection.timeouts'), { orders: 1 });
    assert.deepEqual(await reader.values('mysqlpool.acquire.rejects'), {
      'orders POOL_QUEUE_FULL': 1,
      'orders AbortError': 1,
    });
    assert.deepEqual(await reader.values('mysqlpool.connection.create_failures'), { 'orders ECONNREFUSED': 1 });
    assert.deepEqual(await reader.values('mysqlpool.connection.refusals'), { 'orders ER_CON_COUNT_ERROR': 1 });
    assert.deepEqual(await reader.values('mysqlpool.connection.closes'), { 'orders destroyed': 1 });
    assert.deepEqual(await reader.values('mysqlpool.connection.cleanings'), { 'orders cleaned': 1 });
    assert.deepEqual(await reader.values('mysqlpool.connection.leaks'), { orders: 1 });
  });

  it('measure durations in seconds, in the buckets that the conventions advise', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 1 });
    const { reader } = instrumented(t);
    fake.connector.opening.next({ after: 20 });
    const lease = await fake.acquireAfter(20);
    const waiting = fake.ask();
    await fake.clock.advance(3_000);
    lease.release();
    await fake.clock.settle();
    waiting.value.release();
    const points = (await reader.metrics()).get('db.client.connection.use_time')!.dataPoints as DataPoint<Histogram>[];
    assert.deepEqual(points[0]!.value.buckets.boundaries, [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]);
    assert.equal(points[0]!.value.sum, 3);
    assert.deepEqual(await reader.values('db.client.connection.use_time'), { orders: [1, 0, 0, 0, 0, 0, 0, 1, 0, 0] });
    assert.deepEqual(await reader.values('db.client.connection.wait_time'), { orders: [0, 0, 0, 1, 0, 0, 0, 1, 0, 0] });
    assert.deepEqual(await reader.values('db.client.connection.create_time'), {
      orders: [0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    });
  });

  it('read counts when they are collected: the states add up to the size', async (t) => {
    const fake = fakePool(t, { name: 'orders', maxSize: 4, maxIdle: 3, minIdle: 0 });
    const { reader } = instrumented(t);
    await fake.warm(2);
    await fake.acquire();
    await fake.acquire();
    fake.connector.opening.usual = { hang: true };
    fake.ask();
    fake.ask();
    fake.ask();
    await fake.clock.advance(2_000);
    const counts = await reader.values('db.client.connection.count');
    const { idle, inUse, connecting, closing, size } = fake.pool.stats();
    assert.deepEqual(counts, {
      'orders idle': idle,
      'orders used': inUse,
      'orders connecting': connecting,
      'orders closing': closing,
    });
    assert.equal(
      Object.values(counts as Record<string, number>).reduce((sum, count) => sum + count, 0),
      size,
    );
    assert.ok(inUse === 2 && connecting > 0);
    assert.deepEqual(await reader.values('db.client.connection.pending_requests'), { orders: 3 });
    assert.deepEqual(await reader.values('db.client.connection.max'), { orders: 4 });
    assert.deepEqual(await reader.values('db.client.connection.idle.max'), { orders: 3 });
    assert.deepEqual(await reader.values('db.client.connection.idle.min'), { orders: 0 });
    assert.deepEqual(await reader.values('mysqlpool.acquire.longest_wait'), { orders: 2 });
    assert.deepEqual(await reader.values('mysqlpool.connection.oldest_use'), { orders: 2 });
    fake.pool.resize({ maxSize: 6, minIdle: 1 });
    assert.deepEqual(await reader.values('db.client.connection.max'), { orders: 6 });
    assert.deepEqual(await reader.values('db.client.connection.idle.min'), { orders: 1 });
  });

  it('show pools of one name as one', async (t) => {
    const one = fakePool(t, { name: 'orders', maxSize: 2 });
    const two = fakePool(t, { name: 'orders', maxSize: 3 });
    const { reader } = instrumented(t);
    await one.acquire();
    await two.acquire();
    await one.clock.advance(1_000);
    await two.clock.advance(4_000);
    assert.deepEqual(await reader.values('db.client.connection.max'), { orders: 5 });
    assert.equal((await reader.values('db.client.connection.count'))['orders used'], 2);
    assert.deepEqual(await reader.values('mysqlpool.connection.oldest_use'), { orders: 4 });
    assert.deepEqual(await reader.values('db.client.connection.wait_time'), { orders: [2, 0, 0, 0, 0, 0, 0, 0, 0, 0] });
  });

  it('know pools made before and after, show nothing of closed ones, and no others when some were given', async (t) => {
    const before = fakePool(t, { name: 'before', maxSize: 1 });
    const only = instrumented(t, [before.pool]);
    const all = instrumented(t);
    const after = fakePool(t, { name: 'after', maxSize: 2 });
    await after.clock.settle();
    assert.deepEqual(await all.reader.values('db.client.connection.max'), { before: 1, after: 2 });
    assert.deepEqual(await only.reader.values('db.client.connection.max'), { before: 1 });
    await before.finish();
    const closed = { 'before idle': 0, 'before used': 0, 'before connecting': 0, 'before closing': 0 };
    assert.deepEqual(await only.reader.values('db.client.connection.count'), closed);
    assert.deepEqual(await all.reader.values('db.client.connection.max'), { before: 0, after: 2 });
    assert.deepEqual(await only.reader.values('db.client.connection.max'), { before: 0 });
    await fakePool(t, { name: 'before', maxSize: 7 }).clock.settle();
    assert.deepEqual(await all.reader.values('db.client.connection.max'), { before: 7, after: 2 });
  });

  it('listen to nothing any more when they are stopped', async (t) => {
    const fake = fakePool(t, { name: 'orders' });
    const listeners = listenersOf(fake);
    const { reader, stop } = instrumented(t);
    assert.deepEqual(listeners.toSorted(), [
      'acquireFailed', 'acquired', 'cleaned', 'closed', 'leakSuspected', 'openFailed', 'opened', 'released',
    ]); // prettier-ignore
    (await fake.acquire()).release();
    const before = await reader.values('db.client.connection.use_time');
    stop();
    stop();
    assert.deepEqual(listeners, []);
    (await fake.acquire()).release();
    assert.deepEqual(await reader.values('db.client.connection.use_time'), before);
  });
});
