/** Clients that disconnect without COM_QUIT, at any point. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { Capability, Command, OFFERED } from '#internal/wire/index.js';
import type { TestServer } from '../../support/servers/index.js';
import { eachServer } from '../../support/servers/shared.js';
import { assertNoGrowth } from '../../support/growth.js';
import { startProxy } from '../../support/proxy.js';
import { until } from '../../support/until.js';
import type { WireClient } from '../../support/wire-client.js';
import { clientOf, gatewayFor, rowsOf, valueOf, type GatewayFor } from '../support.js';
import { framed, ownAccount, packetOf, queryFrame, runs } from './support.js';

const CAPABILITIES = OFFERED | Capability.LOCAL_FILES;

interface Scene extends GatewayFor {
  readonly server: TestServer;
  newClient(): Promise<WireClient>;
}

async function sceneOf(t: TestContext, of: TestServer, maxSize = 2): Promise<Scene> {
  const server = await ownAccount(t, of);
  const at = await gatewayFor(t, server, { maxSize });
  const database = server.user;
  return { ...at, server, newClient: () => clientOf(t, at, server, { database, capabilities: CAPABILITIES }) };
}

const hasLeft = ({ gateway }: Scene, clients: number): Promise<unknown> =>
  until(() => gateway.clients.size === clients && gateway.pools.every((pool) => pool.stats().inUse === 0));

eachServer('a client of a gateway that vanishes', (kind, getServer) => {
  it('gives its backend back: idle, in a transaction, in the middle of a packet, in a file', async (t) => {
    const scene = await sceneOf(t, await getServer(), 1);
    const other = await scene.newClient();
    const at: Record<string, (client: WireClient) => Promise<unknown>> = {
      idle: (client) => rowsOf(client, 'SELECT 1'),
      'with a lock': (client) => rowsOf(client, "SELECT GET_LOCK('a lock', 0)"),
      'in a transaction': async (client) => {
        await rowsOf(client, 'BEGIN');
        await rowsOf(client, 'UPDATE t SET v = v + 1');
      },
      'in the middle of a header': async (client) => client.send(queryFrame('SELECT 1').subarray(0, 3)),
      'in the middle of a packet': async (client) => {
        await rowsOf(client, 'BEGIN');
        client.send(queryFrame('SELECT 1').subarray(0, 7));
      },
      'before its file': async (client) => {
        client.send(queryFrame("LOAD DATA LOCAL INFILE 'x' INTO TABLE t"));
        await client.next();
      },
      'in its file': async (client) => {
        client.send(queryFrame("LOAD DATA LOCAL INFILE 'x' INTO TABLE t"));
        await client.next();
        client.send(framed(Buffer.from('7\t1\n8\t1\n'), 2));
      },
    };
    if (kind === 'mysql') await (await getServer()).admin('SET GLOBAL local_infile = 1');
    for (const [where, go] of Object.entries(at)) {
      const client = await scene.newClient();
      await go(client);
      client.destroy();
      await hasLeft(scene, 1);
      // The only backend is free for other clients, and has no state of the client that is gone.
      assert.deepEqual(
        await rowsOf(other, "SELECT SUM(v), COUNT(*), IS_FREE_LOCK('a lock') FROM t"),
        [['0', '2', '1']],
        where,
      );
    }
  });

  it('has its statement killed at the server', async (t) => {
    const scene = await sceneOf(t, await getServer());
    const client = await scene.newClient();
    client.send(queryFrame('SELECT SLEEP(1000) /* left alone */'));
    await runs(scene.server, /left alone/);
    client.destroy();
    await runs(scene.server, /left alone/, false);
    await hasLeft(scene, 0);
  });

  it('leaves its place in the line to the next', async (t) => {
    const scene = await sceneOf(t, await getServer(), 1);
    const [holder, leaver, next] = [await scene.newClient(), await scene.newClient(), await scene.newClient()];
    const [pool] = scene.gateway.pools;
    await rowsOf(holder!, 'BEGIN');
    leaver!.send(queryFrame('SELECT 1'));
    await until(() => pool!.stats().waiters === 1);
    leaver!.destroy();
    await until(() => pool!.stats().waiters === 0);
    const asked = valueOf(next!, '1');
    await until(() => pool!.stats().waiters === 1);
    await rowsOf(holder!, 'COMMIT');
    assert.equal(await asked, '1');
  });

  it('is not let in any more when it has gone while it was asked after', async (t) => {
    const scene = await sceneOf(t, await getServer(), 1);
    const holder = await scene.newClient();
    await rowsOf(holder, 'BEGIN');
    await scene.server.admin(`CREATE DATABASE ${scene.server.user}_b`);
    t.after(() => scene.server.admin(`DROP DATABASE ${scene.server.user}_b`));
    // The login waits for a backend to check the database on.
    const proxy = await startProxy({ target: scene });
    t.after(() => proxy.close());
    const late = clientOf(t, proxy, scene.server, { database: `${scene.server.user}_b`, capabilities: CAPABILITIES });
    const refused = assert.rejects(late);
    await until(() => scene.gateway.pools[0]!.stats().waiters === 1);
    proxy.cut();
    await refused;
    await rowsOf(holder, 'COMMIT');
    await until(() => scene.gateway.pools[0]!.stats().waiters === 0);
    holder.destroy();
    await hasLeft(scene, 0);
  });

  it('leaves nothing that adds up', async (t) => {
    const scene = await sceneOf(t, await getServer(), 2);
    await assertNoGrowth(
      async () => {
        const client = await scene.newClient();
        client.send(queryFrame('BEGIN'), queryFrame('SELECT * FROM t'), framed(packetOf(Command.PING)).subarray(0, 4));
        await client.next();
        client.destroy();
        await hasLeft(scene, 0);
      },
      () => ({ clients: scene.gateway.clients.size }),
      10,
    );
  });
});
