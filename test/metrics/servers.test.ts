import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { MeterProvider, type DataPoint, type Histogram } from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { Registry } from 'prom-client';
import { AcquireTimeoutError, ConnectError, type MysqlPool } from 'node-mysqlpool';
import { instrumentPools } from 'node-mysqlpool/otel';
import { collectPoolMetrics } from 'node-mysqlpool/prometheus';
import { accountFor, poolOn } from '../mysql/support.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { Reader } from './support-otel.js';

interface Watched {
  readonly reader: Reader;
  /** What Prometheus scrapes. */
  readonly scrape: () => Promise<string>;
  readonly spans: (name: string) => ReadableSpan[];
}

/** Everything at once, as a program may have it. */
function watched(t: TestContext, pool: MysqlPool): Watched {
  const reader = new Reader();
  const meterProvider = new MeterProvider({ readers: [reader] });
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const register = new Registry();
  t.after(instrumentPools({ meterProvider, tracerProvider, pools: [pool] }));
  t.after(collectPoolMetrics({ register, pools: [pool] }));
  return {
    reader,
    scrape: () => register.metrics(),
    spans: (name) => exporter.getFinishedSpans().filter((span) => span.name === name),
  };
}

const msOf = ({ duration: [seconds, nanos] }: ReadableSpan): number => seconds * 1_000 + nanos / 1_000_000;

eachServer('metrics', (_kind, server) => {
  it('tell how long a real statement kept the connection, and the next caller waiting', async (t) => {
    const pool = poolOn(t, await server(), { name: 'shop', maxSize: 1 });
    const { reader, scrape, spans } = watched(t, pool);
    const waits = Promise.all([pool.query('SELECT SLEEP(0.2)'), pool.query('SELECT 1')]);
    await until(() => pool.stats().inUse === 1);
    const text = await scrape();
    assert.match(text, /^mysqlpool_connections\{pool="shop",state="used"\} 1$/m);
    assert.match(text, /^mysqlpool_waiters\{pool="shop"\} 1$/m);
    await waits;
    const metrics = await reader.metrics();
    const sums = ['create_time', 'wait_time', 'use_time'].map((name) => {
      const points = metrics.get(`db.client.connection.${name}`)!.dataPoints as DataPoint<Histogram>[];
      return points[0]!.value;
    });
    assert.deepEqual(
      sums.map(({ count }) => count),
      [1, 2, 2],
    );
    // In seconds: the second caller waited for the statement of the first.
    for (const { sum } of sums.slice(1)) assert.ok(sum! >= 0.2 && sum! < 20, String(sum));
    const [first, second] = spans('mysqlpool.acquire');
    assert.equal(first!.attributes['mysqlpool.acquire.phase'], 'connecting');
    assert.ok(msOf(second!) >= 200 && msOf(second!) < 20_000, String(msOf(second!)));
    assert.ok(msOf(second!) > msOf(first!));
    assert.equal(spans('mysqlpool.connect').length, 1);
  });

  it('count cleanings by what they took', async (t) => {
    const pool = poolOn(t, await server(), { name: 'shop', maxSize: 1 });
    const { reader } = watched(t, pool);
    await pool.query('SELECT 1');
    await pool.query('START TRANSACTION');
    await pool.query("SET time_zone = '+03:00'");
    await pool.query('SELECT 1');
    assert.deepEqual(await reader.values('mysqlpool.connection.cleanings'), {
      'shop rollback': 1,
      'shop variables': 1,
    });
  });

  it('count closes by reason, and time-outs', async (t) => {
    const pool = poolOn(t, await server(), { name: 'shop', maxSize: 1 });
    const { reader, scrape } = watched(t, pool);
    const lease = await pool.acquire();
    await assert.rejects(pool.acquire({ timeout: 20 }), AcquireTimeoutError);
    lease.destroy();
    await pool.query('SELECT 1');
    pool.evict();
    await until(() => pool.stats().total.closed === 2);
    assert.deepEqual(await reader.values('mysqlpool.connection.closes'), { 'shop destroyed': 1, 'shop evicted': 1 });
    assert.deepEqual(await reader.values('db.client.connection.timeouts'), { shop: 1 });
    const text = await scrape();
    assert.match(text, /^mysqlpool_acquire_timeouts_total\{pool="shop"\} 1$/m);
    assert.match(text, /^mysqlpool_connections_closed_total\{pool="shop",reason="evicted"\} 1$/m);
    await pool.close();
    assert.doesNotMatch(await scrape(), /shop/);
  });

  it('count failures to connect by the server’s own code', async (t) => {
    const shared = await server();
    const user = await accountFor(t, shared, 'right');
    const pool = poolOn(t, shared.url(), { name: 'shop', user, password: 'wrong' });
    const { reader, scrape, spans } = watched(t, pool);
    await assert.rejects(pool.query('SELECT 1'), ConnectError);
    assert.deepEqual(await reader.values('mysqlpool.connection.create_failures'), {
      'shop ER_ACCESS_DENIED_ERROR': 1,
    });
    assert.deepEqual(await reader.values('mysqlpool.acquire.rejects'), { 'shop POOL_CONNECT': 1 });
    const [dial] = spans('mysqlpool.connect');
    assert.equal(dial!.attributes['error.type'], 'ER_ACCESS_DENIED_ERROR');
    assert.doesNotMatch(JSON.stringify([await scrape(), dial!.attributes, dial!.status]), /wrong|right/);
  });
});
