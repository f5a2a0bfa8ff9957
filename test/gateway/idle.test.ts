import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Socket } from 'node:net';
import { queryObjects } from 'node:v8';
import { StatementCommands } from '#internal/gateway/statement-commands.js';
import { PacketSocket } from '#internal/gateway/packet-socket.js';
import { MaxTotal } from '#internal/budget/max-total.js';
import { Client } from '#internal/gateway/client.js';
import { PacketReader } from '#internal/wire/index.js';
import { eachServer } from '#support/servers/shared.js';
import { until } from '#support/until.js';
import { ServerRefusal, WireClient } from '#support/wire-client.js';
import { clientOf, gatewayFor, valueOf } from './support.js';

/** How many instances of a class are still reachable. */
const countOf = (ctor: Parameters<typeof queryObjects>[0]): number => queryObjects(ctor, { format: 'count' });

eachServer('clients that are idle', (_kind, getServer) => {
  it('keep nothing of their login, nor what they have no use for', async (t) => {
    const server = await getServer();
    const at = await gatewayFor(t, server, { maxSize: 2 });
    const kinds = { Client, PacketSocket, PacketReader, StatementCommands };
    const login = async (): Promise<void> => {
      assert.equal(await valueOf(await clientOf(t, at, server), '1 + 1'), '2');
    };
    // The first logins also open backends.
    for (let n = 0; n < 3; n++) await login();
    const before = Object.values(kinds).map(countOf);
    for (let n = 0; n < 20; n++) await login();
    const more = Object.values(kinds).map((kind, at) => countOf(kind) - before[at]!);
    const [clients, sockets, readers, commands] = more;
    // The test's own clients have readers, too.
    assert.deepEqual({ clients, sockets, readers, commands }, { clients: 20, sockets: 0, readers: 20, commands: 0 });
  });

  it('have left nothing behind when they have gone, nor have those who were not let in', async (t) => {
    const server = await getServer();
    const at = await gatewayFor(t, server, { maxSize: 2 });
    const { host, port, gateway } = at;
    const { user, password } = server;
    const visit = async (): Promise<void> => {
      await using client = await WireClient.connect({ host, port, user, password });
      assert.equal(await valueOf(client, '1 + 1'), '2');
      const stranger = { host, port, user: `nobody ${Math.random()}`, password };
      await assert.rejects(WireClient.connect(stranger), ServerRefusal);
    };
    const settled = (): Promise<unknown> => until(() => gateway.clients.size === 0);
    for (let n = 0; n < 3; n++) await visit();
    await settled();
    const kinds = { MaxTotal, Socket };
    const before = Object.values(kinds).map(countOf);
    for (let n = 0; n < 20; n++) await visit();
    await settled();
    const more = Object.entries(kinds).map(([name, kind], nth) => [name, countOf(kind) - before[nth]!] as const);
    // Sockets that were just closed may not be released yet.
    assert.deepEqual(
      more.filter(([, count]) => count > 5),
      [],
    );
  });
});
