/** A server that is upgraded while a gateway runs: a variable that the new version lacks must cause no failure. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { it, type TestContext } from 'node:test';
import type { TestServer } from '../support/servers/index.js';
import { eachServer, sharedServer } from '../support/servers/shared.js';
import { startProxy } from '../support/proxy.js';
import { until } from '../support/until.js';
import { clientOf, gatewayFor, rowsOf, valueOf } from './support.js';

const GONE = 'sql_warnings';
const OTHER = 'sql_warnlngs';

interface Updated {
  readonly host: string;
  readonly port: number;
  /** Upgrades the server: one variable no longer exists, and all sessions are closed. */
  update(): void;
}

/**
 * A proxy to the server. After the upgrade it replaces a variable's name in both directions: the old one is then
 * unknown.
 */
async function updatable(t: TestContext, server: TestServer): Promise<Updated> {
  let isUpdated = false;
  const open = new Set<Socket>();
  const renamed = (from: string, to: string) => (chunk: Buffer) =>
    isUpdated ? Buffer.from(chunk.toString('latin1').replaceAll(from, to), 'latin1') : chunk;
  const proxy = createServer((client) => {
    const target = connect(server.port, server.host);
    const pass = (from: Socket, to: Socket, change: (chunk: Buffer) => Buffer): void => {
      open.add(from);
      from.on('error', () => undefined).on('data', (chunk: Buffer) => void to.write(change(chunk)));
      from.on('close', () => to.destroy());
    };
    pass(client, target, renamed(GONE, OTHER));
    pass(target, client, renamed(GONE, OTHER));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  const update = (): void => {
    isUpdated = true;
    for (const socket of open) socket.destroy();
  };
  return { host: '127.0.0.1', port: (proxy.address() as AddressInfo).port, update };
}

eachServer('a server that was updated', (kind, getServer) => {
  it('serves clients on, those from before as well', async (t) => {
    const server = await getServer();
    const updated = await updatable(t, server);
    const at = await gatewayFor(t, updated);
    const before = await clientOf(t, at, server);
    await rowsOf(before, "SET sql_warnings = 1, time_zone = '+03:00'");
    updated.update();
    for (let time = 0; time < 3; time++) assert.equal(await valueOf(before, '@@time_zone'), '+03:00');
    const later = await clientOf(t, at, server);
    await rowsOf(later, "SET sql_mode = 'ANSI', @a = 5");
    assert.deepEqual(await rowsOf(later, "SELECT @@sql_mode LIKE '%ANSI%', @a, @@time_zone"), [['1', '5', 'SYSTEM']]);
    await assert.rejects(rowsOf(later, 'SET sql_warnings = 1'), { errno: 1193 });
  });

  it('is none of another product', async (t) => {
    const server = await getServer();
    const other = await sharedServer(kind === 'mysql' ? 'mariadb' : 'mysql');
    const proxy = await startProxy({ target: server });
    t.after(() => proxy[Symbol.asyncDispose]());
    const at = await gatewayFor(t, proxy, { pool: { maxSize: 2, acquireTimeout: 500 } });
    const client = await clientOf(t, at, server);
    assert.equal(await valueOf(client, '1'), '1');
    proxy.leadTo(other);
    proxy.cut();
    await assert.rejects(valueOf(client, '1'), /was \w+ before, and is \w+ now/);
    proxy.leadTo(server);
    await until(async () => (await valueOf(client, '1').catch(() => '')) === '1');
  });
});
