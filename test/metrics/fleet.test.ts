/** What a pool's fleet shows of itself, in both worlds. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Registry } from 'prom-client';
import { fleetOf } from 'node-mysqlpool/fleet';
import { instrumentPools } from 'node-mysqlpool/otel';
import { collectPoolMetrics } from 'node-mysqlpool/prometheus';
import { limitedAccount, poolOn } from '../mysql/support.js';
import { watch } from '../pool/support/outcome.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { Reader } from './support-otel.js';

eachServer('metrics of a fleet', (_kind, getServer) => {
  it('are there for a pool that has one, and for no other', async (t) => {
    const server = await getServer();
    const { url } = await limitedAccount(t, server, 2);
    const pool = poolOn(t, url, { name: 'orders', fleet: { name: 'shop' } });
    const other = poolOn(t, url, { name: 'other', fleet: { name: 'elsewhere' } });
    const alone = poolOn(t, server, { name: 'alone', fleet: false });
    const register = new Registry();
    t.after(collectPoolMetrics({ register, pools: [pool, alone] }));
    const reader = new Reader();
    const provider = new MeterProvider({ readers: [reader] });
    t.after(() => provider.shutdown());
    t.after(instrumentPools({ meterProvider: provider, tracerProvider: false, pools: [pool, alone] }));

    const taken = [await pool.acquire(), await other.acquire()];
    const waiting = watch(pool.acquire());
    await until(() => fleetOf(pool)!.stats().refusals > 0);
    const text = await register.metrics();
    const labels = '{pool="orders",fleet="shop"}';
    for (const line of [`limit${labels} 2`, `demand${labels} 2`])
      assert.ok(text.includes(`mysqlpool_fleet_${line}\n`), line);
    assert.match(text, /^mysqlpool_fleet_refusals_total\{pool="orders",fleet="shop"\} [1-9]/m);
    assert.match(text, /^mysqlpool_fleet_sheds_total\{pool="orders",fleet="shop"\} \d+$/m);
    assert.match(text, /^mysqlpool_fleet_held\{pool="orders",fleet="shop"\} [12]$/m);
    assert.match(text, /^mysqlpool_fleet_coordinator_lost\{pool="orders",coordinator="mysql"\} 0$/m);
    assert.doesNotMatch(text, /^mysqlpool_fleet_share\{|^mysqlpool_fleet\w+\{pool="alone"/m);
    const of = (instrument: string): Promise<Record<string, unknown>> => reader.values(`mysqlpool.fleet.${instrument}`);
    assert.deepEqual(await of('limit'), { 'orders shop': 2 });
    assert.deepEqual(await of('coordinator.lost'), { 'orders mysql': 0 });
    assert.ok(Number((await of('refusals'))['orders shop']) > 0);

    for (const lease of taken) lease.release();
    await until(() => waiting.state === 'resolved');
    waiting.value.release();
    await pool.close();
    assert.doesNotMatch(await register.metrics(), /^mysqlpool_fleet\w*\{/m);
    assert.deepEqual(await of('limit'), { 'orders shop': 0 });
  });
});
