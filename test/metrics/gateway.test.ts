/** What the clients of a gateway's account show of themselves, in both worlds. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Registry } from 'prom-client';
import { instrumentPools } from 'node-mysqlpool/otel';
import { collectPoolMetrics } from 'node-mysqlpool/prometheus';
import { noteGateway, type GatewayReading } from '#internal/metrics/gateway-of.js';
import { fakePool } from '../pool/support/pool.js';
import { Reader } from './support-otel.js';

const READING: GatewayReading = {
  clients: { idle: 3, waiting: 1, active: 2, transaction: 0, pinned: 1 },
  pinned: { 'temporary table': 1 },
  commands: 40,
  replays: 2,
  resets: 5,
  queued: 1,
  queueTime: 3,
  logins: 7,
  refusedLogins: 1,
};

it('a pool that is an account of a gateway shows its clients, and no other does', async (t) => {
  const account = fakePool(t, { name: 'app@db:3306' }).pool;
  const other = fakePool(t, { name: 'other' }).pool;
  noteGateway(account, () => READING);
  const pools = [account, other];
  const register = new Registry();
  t.after(collectPoolMetrics({ register, pools }));
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  t.after(() => provider.shutdown());
  t.after(instrumentPools({ meterProvider: provider, tracerProvider: false, pools }));

  const text = await register.metrics();
  const lines = text.split('\n').filter((line) => line.startsWith('mysqlpool_gateway'));
  assert.deepEqual(lines.toSorted(), [
    'mysqlpool_gateway_clients{pool="app@db:3306",state="active"} 2',
    'mysqlpool_gateway_clients{pool="app@db:3306",state="idle"} 3',
    'mysqlpool_gateway_clients{pool="app@db:3306",state="pinned"} 1',
    'mysqlpool_gateway_clients{pool="app@db:3306",state="transaction"} 0',
    'mysqlpool_gateway_clients{pool="app@db:3306",state="waiting"} 1',
    'mysqlpool_gateway_commands_total{pool="app@db:3306"} 40',
    'mysqlpool_gateway_logins_refused_total{pool="app@db:3306"} 1',
    'mysqlpool_gateway_logins_total{pool="app@db:3306"} 7',
    'mysqlpool_gateway_pinned{pool="app@db:3306",reason="temporary table"} 1',
    'mysqlpool_gateway_replays_total{pool="app@db:3306"} 2',
    'mysqlpool_gateway_resets_total{pool="app@db:3306"} 5',
  ]);
  assert.deepEqual(await reader.values('mysqlpool.gateway.pinned'), { 'app@db:3306 temporary table': 1 });
  assert.deepEqual(await reader.values('mysqlpool.gateway.commands'), { 'app@db:3306': 40 });
  await account.close();
  assert.doesNotMatch(await register.metrics(), /^mysqlpool_gateway\w*\{/m);
  assert.deepEqual(await reader.values('mysqlpool.gateway.pinned'), { 'app@db:3306 temporary table': 0 });
});
