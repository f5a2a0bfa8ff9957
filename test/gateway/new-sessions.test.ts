/** A client whose session state cannot be set on any new session of the server. */
import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { Command, decodeError, isError } from '#internal/wire/index.js';
import { freshDatabase } from '#support/servers/index.js';
import { eachServer } from '#support/servers/shared.js';
import { clientOf, gatewayFor, valueOf } from './support.js';

/** A proxy that makes the server report another role after each reset. @returns the port */
async function withOtherRoles(t: TestContext, to: { host: string; port: number }): Promise<number> {
  const proxy = createServer((socket) => {
    const upstream = connect(to.port, to.host);
    for (const each of [socket, upstream]) each.on('error', () => undefined);
    socket.on('close', () => upstream.destroy());
    upstream.pipe(socket);
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1').replace('DATABASE(), CURRENT_ROLE()', "DATABASE(), REPEAT('x', 2)");
      upstream.write(text, 'latin1');
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  return (proxy.address() as AddressInfo).port;
}

eachServer('a client that no new session can become', (_kind, getServer) => {
  it('is told so when three were tried, and what they lack', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server);
    const port = await withOtherRoles(t, server);
    const at = await gatewayFor(t, { host: '127.0.0.1', port }, { maxSize: 2 });
    const login = { database: database.name };
    const client = await clientOf(t, at, server, login);
    assert.equal(await valueOf(client, '1'), '1');
    // After a reset, the session is in its database but without the database's character set, which no SET can produce.
    await client.command(Buffer.of(Command.RESET_CONNECTION));
    const opened = (): number => at.gateway.stats().pools[0]!.total.opened;
    const before = opened();
    const [answer] = await client.query('SELECT 1');
    assert.ok(isError(answer!.payload));
    const { errno, message } = decodeError(answer!.payload);
    const why =
      "no session can be brought into this client's state: after a reset, the role of the session is xx instead of none";
    assert.deepEqual([errno, message.replace('NONE', 'none')], [1105, why]);
    assert.ok(opened() - before <= 3);
    // Other clients are not affected.
    assert.equal(await valueOf(await clientOf(t, at, server, login), '2'), '2');
    assert.equal(at.gateway.stats().clients.waiting, 0);
  });
});
