import assert from 'node:assert/strict';
import { it } from 'node:test';
import Redis from 'ioredis';
import { until } from '../until.js';
import { isAlive } from './is-alive.js';
import { RedisServer } from './index.js';

it('a Valkey or Redis of the tests answers, comes back empty after it was killed, and is gone at the end', async () => {
  const server = await RedisServer.start();
  assert.match(server.name, /^(Valkey|Redis) \d+\.\d+\.\d+$/);
  const client = new Redis(server.port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => 10 });
  client.on('error', () => undefined);
  await client.connect();
  await client.set('a', '1');
  assert.equal(await client.get('a'), '1');
  await server.kill();
  await server.start();
  assert.equal(await client.get('a'), null);
  client.disconnect();
  const { pid } = server;
  await server[Symbol.asyncDispose]();
  await until(() => !isAlive(pid));
});
