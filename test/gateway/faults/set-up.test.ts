/** A server that disconnects during the set-up of a new session. */
import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { eachServer } from '../../support/servers/shared.js';
import type { ServerRefusal } from '../../support/wire-client.js';
import { clientOf, gatewayFor } from '../support.js';

/** A proxy that ends each connection after `after` bytes from the server. */
async function cutting(t: TestContext, to: { host: string; port: number }): Promise<{ port: number; after: number }> {
  const cut = { port: 0, after: Infinity };
  const server = createServer((socket) => {
    const upstream = connect(to.port, to.host);
    let left = cut.after;
    for (const each of [socket, upstream]) each.on('error', () => undefined);
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
    socket.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      socket.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  cut.port = (server.address() as AddressInfo).port;
  return cut;
}

eachServer('a session that is lost while it is set up', (_kind, getServer) => {
  it('is an error for whoever waits for it, and for nobody else', async (t) => {
    const server = await getServer();
    const cut = await cutting(t, server);
    const options = { host: '127.0.0.1', port: cut.port };
    const at = await gatewayFor(t, options, { pool: { maxSize: 2, failFast: true } });
    // During the login, its answer, and the queries after it.
    for (const after of [50, 95, 100, 110, 150, 200, 400, 800, 1_600, 3_200]) {
      cut.after = after;
      await assert.rejects(clientOf(t, at, server), (error: ServerRefusal) => {
        assert.ok([2003, 2013].includes(error.packet.errno), `${after}: ${error.message}`);
        return true;
      });
    }
    cut.after = Infinity;
    await clientOf(t, await gatewayFor(t, options), server);
  });
});
