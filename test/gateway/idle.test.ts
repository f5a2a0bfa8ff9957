import assert from 'node:assert/strict';
import { it } from 'node:test';
import { queryObjects } from 'node:v8';
import { StatementCommands } from '#internal/gateway/statement-commands.js';
import { PacketSocket } from '#internal/gateway/packet-socket.js';
import { Client } from '#internal/gateway/client.js';
import { PacketReader } from '#internal/wire/index.js';
import { eachServer } from '#support/servers/shared.js';
import { clientOf, gatewayFor, valueOf } from './support.js';

/** How many there are that anybody still has. */
const countOf = (ctor: Parameters<typeof queryObjects>[0]): number => queryObjects(ctor, { format: 'count' });

eachServer('clients that are idle', (_kind, getServer) => {
  it('keep nothing of their login, nor what they have no use for', async (t) => {
    const server = await getServer();
    const at = await gatewayFor(t, server, { maxSize: 2 });
    const kinds = { Client, PacketSocket, PacketReader, StatementCommands };
    const login = async (): Promise<void> => {
      assert.equal(await valueOf(await clientOf(t, at, server), '1 + 1'), '2');
    };
    // With the first one come the backends.
    for (let n = 0; n < 3; n++) await login();
    const before = Object.values(kinds).map(countOf);
    for (let n = 0; n < 20; n++) await login();
    const more = Object.values(kinds).map((kind, at) => countOf(kind) - before[at]!);
    const [clients, sockets, readers, commands] = more;
    // Each client of the test has a reader of its own.
    assert.deepEqual({ clients, sockets, readers, commands }, { clients: 20, sockets: 0, readers: 20, commands: 0 });
  });
});
