/** A limit that is not the pool's own, wherever somebody looks: the page, the terminal, metrics, the log, the drop-in pool. */
import assert from 'node:assert/strict';
import { after, before, it, type TestContext } from 'node:test';
import { Registry } from 'prom-client';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { createPool, MaxTotal, type MysqlPool, type MysqlPoolOptions } from 'node-mysqlpool';
import { startMonitor } from 'node-mysqlpool/monitor';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2';
import { instrumentPools } from 'node-mysqlpool/otel';
import { collectPoolMetrics } from 'node-mysqlpool/prometheus';
import { mysqlpool } from '../../cli/support/command.js';
import { Reader } from '../../metrics/support-otel.js';
import { take } from '../../facade/support.js';
import { eachServer } from '../../support/servers/shared.js';
import { assertClean, TestBrowser } from './support/browser.js';

let browser: TestBrowser;
before(async () => {
  browser = await TestBrowser.launch();
});
after(() => browser[Symbol.asyncDispose]());

eachServer('a limit over all pools that is waited for', (_kind, getServer) => {
  /** Two pools under a limit of two: one has both connections, and somebody waits in the other. */
  async function crowd(
    t: TestContext,
    options: MysqlPoolOptions = {},
  ): Promise<{ readonly waiting: MysqlPool; readonly limit: MaxTotal; readonly free: () => Promise<void> }> {
    const limit = new MaxTotal(2);
    const make = (name: string): MysqlPool => {
      const pool = createPool(server.url(), { permits: limit, ...options, name });
      t.after(() => pool.close({ timeout: 0 }));
      return pool;
    };
    const server = await getServer();
    const [holding, waiting] = [make('holding'), make('waiting')];
    const leases = [await holding.acquire(), await holding.acquire()];
    const caller = waiting.acquire({ label: 'checkout' });
    const free = async (): Promise<void> => {
      for (const lease of leases) lease.release();
      (await caller).release();
    };
    return { waiting, limit, free };
  }

  it('stands in the report, in status, in top and on the page, with its figures, until it is over', async (t) => {
    const { waiting, free } = await crowd(t);
    await using monitor = await startMonitor({ pools: [waiting], port: 0 });
    const { status, stdout } = await mysqlpool(['status', monitor.url]);
    assert.equal(status, 1);
    assert.match(stdout, /^! waiting: waiting for the limit over all pools, 2\/2: 1 caller waits$/m);
    const top = await mysqlpool(['top', '--once', monitor.url]);
    assert.match(
      top.stdout,
      / 1 waiting for the limit over all pools, 2\/2|waiting for the limit over all pools, 2\/2: 1 /,
    );

    await using watched = await browser.open(monitor.url);
    const page = await watched.live();
    await page.getByText('▲ 1 waiting for the limit over all pools, 2/2').waitFor();
    await page.getByRole('link', { name: 'waiting' }).click();
    await page.locator('#detail').getByText('the limit over all pools, 2 of 2').waitFor();
    await free();
    await page.getByText('▲ 1 waiting').waitFor({ state: 'detached' });
    await page.locator('#detail').getByText('the limit over all pools').waitFor({ state: 'hidden' });
    assertClean(watched);
  });

  it('is counted by Prometheus and by OpenTelemetry, and is gone afterwards', async (t) => {
    const { waiting, free } = await crowd(t);
    const register = new Registry();
    t.after(collectPoolMetrics({ register, pools: [waiting] }));
    const reader = new Reader();
    const provider = new MeterProvider({ readers: [reader] });
    t.after(() => provider.shutdown());
    t.after(instrumentPools({ meterProvider: provider, tracerProvider: false, pools: [waiting] }));
    const labels = '{pool="waiting",limit="the limit over all pools"}';
    const text = await register.metrics();
    for (const line of [`limited_waiters${labels} 1`, `limit_held${labels} 2`, `limit_max${labels} 2`]) {
      assert.ok(text.includes(`mysqlpool_${line}\n`), line);
    }
    const of = (instrument: string): Promise<Record<string, unknown>> => reader.values(`mysqlpool.limit.${instrument}`);
    assert.deepEqual(await of('pending_requests'), { 'waiting the limit over all pools': 1 });
    assert.deepEqual(await of('held'), { 'waiting the limit over all pools': 2 });
    await free();
    assert.doesNotMatch(await register.metrics(), /^mysqlpool_limit\w*\{/m);
    for (const instrument of ['pending_requests', 'held', 'max']) {
      assert.ok(
        Object.values(await of(instrument)).every((value) => value === 0),
        instrument,
      );
    }
  });

  it('is what the log tells of a caller who was turned away', async (t) => {
    const lines: string[] = [];
    const write = (_: object, line: string): unknown => lines.push(line);
    const { waiting, free } = await crowd(t, { logger: { debug: write, info: write, warn: write, error: write } });
    await assert.rejects(waiting.acquire({ timeout: 20 }), /waiting for the limit over all pools, 2\/2/);
    assert.ok(
      lines.some((line) => /got none after .* \(waiting for the limit over all pools, 2\/2;/.test(line)),
      lines.join('\n'),
    );
    await free();
  });

  it('is obeyed by the drop-in pool: who may not wait is told at once, and the line is as long as it may be', async (t) => {
    const { limit, free } = await crowd(t);
    const uri = (await getServer()).url();
    const make = (options: object): ReturnType<typeof createFacadePool> => {
      const pool = createFacadePool({ uri, permits: limit, connectionLimit: 5, ...options });
      t.after(() => pool.mysqlpool.close({ timeout: 0 }));
      return pool;
    };
    const impatient = make({ waitForConnections: false });
    await assert.rejects(take(impatient), { code: 'POOL_CONNLIMIT' });
    const short = make({ queueLimit: 1 });
    let queued = 0;
    short.on('enqueue', () => queued++);
    const first = take(short);
    await assert.rejects(take(short), { code: 'POOL_ENQUEUELIMIT' });
    assert.equal(queued, 1);
    await free();
    (await first).release();
  });
});
