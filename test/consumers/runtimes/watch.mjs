// The live page and Prometheus beside a pool.
import assert from 'node:assert/strict';
import { createPool } from 'node-mysqlpool';
import { startMonitor } from 'node-mysqlpool/monitor';
import { collectPoolMetrics } from 'node-mysqlpool/prometheus';
import { register } from 'prom-client';

collectPoolMetrics();
const pool = createPool(process.env.MYSQLPOOL_CONSUMER_URL, { name: 'shown', maxSize: 2 });
const monitor = await startMonitor({ port: 0 });
await pool.query('SELECT 1');

const page = await (await fetch(monitor.url)).text();
assert.match(page, /<script/);
const script = await fetch(new URL('main.js', monitor.url));
assert.equal(script.status, 200);
assert.match(await register.metrics(), /mysqlpool_connections_max\{[^}]*"shown"[^}]*\} 2/);

await monitor.close();
await pool.close();
console.log('ok');
