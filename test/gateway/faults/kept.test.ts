/**
 * A backend dies while its client keeps it for state in doubt, for warnings, or for a transaction. If this state is
 * lost, the client gets a lost connection, and no command is run on another backend as if the state had never existed.
 */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { Command } from '#internal/wire/index.js';
import { startProxy, type Proxy } from '../../support/proxy.js';
import type { TestServer } from '../../support/servers/index.js';
import { eachServer } from '../../support/servers/shared.js';
import { until } from '../../support/until.js';
import type { WireClient } from '../../support/wire-client.js';
import { clientOf, gatewayFor, rowsOf, valueOf, type GatewayFor } from '../support.js';
import { errnoIn, errnoOf, framed, ownAccount, packetOf, queryFrame, runningOf, runs } from './support.js';

/** Error numbers for a lost connection: that of the client library, and those of the servers. */
const LOST = [2013, 1053, 1927, 3169];

/** Statements whose effect the gateway queries only when another client wants the backend. */
const IN_DOUBT = {
  'an insert id': 'INSERT INTO n VALUES ()',
  'a user variable': 'SELECT @a := 5',
  'a list of trackers': "SET @@time_zone = '+05:00', @b = 1 + 1",
} as const;

const NOTHING_LEFT = {
  'a plain read': 'SELECT 1',
  warnings: "SELECT CAST('x' AS SIGNED)",
  'a variable that is known': "SET time_zone = '+05:00'",
} as const;

interface Scene extends GatewayFor {
  readonly server: TestServer & { readonly database: string };
  readonly proxy: Proxy;
  readonly client: WireClient;
}

eachServer('a backend that dies with something of its client’s', (_kind, getServer) => {
  /** A client of a gateway whose connection to the server can be cut. */
  async function scene(t: TestContext, mode: 'transaction' | 'rotate'): Promise<Scene> {
    const server = await ownAccount(t, await getServer());
    await server.admin(`CREATE TABLE ${server.user}.n (id INT AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 7`);
    const proxy = await startProxy({ target: server });
    t.after(() => proxy.close());
    const at = await gatewayFor(t, proxy, { maxSize: 1, mode });
    return { ...at, server, proxy, client: await clientOf(t, at, server, { database: server.user }) };
  }

  const killAll = async ({ server, gateway }: Scene): Promise<void> => {
    for (const { id } of await runningOf(server)) await server.admin(`KILL ${id}`).catch(() => undefined);
    await until(() => gateway.pools[0]!.stats().size === 0);
  };

  /** Cuts the connection to the server so that the gateway notices it only when it sends the next command. */
  async function cutUnder({ proxy, gateway }: Scene, send: () => void): Promise<void> {
    proxy.blackhole();
    send();
    await until(() => gateway.stats().clients.active > 0);
    proxy.cut();
    proxy.heal();
  }

  for (const mode of ['transaction', 'rotate'] as const) {
    for (const [what, said] of Object.entries(IN_DOUBT)) {
      it(`ends that client when it was ${what}, idle or under its next statement (${mode})`, async (t) => {
        const idle = await scene(t, mode);
        await rowsOf(idle.client, said);
        await killAll(idle);
        assert.ok(LOST.includes(await errnoOf(idle.client, 'SELECT LAST_INSERT_ID()')));
        const asking = await scene(t, mode);
        await rowsOf(asking.client, said);
        await cutUnder(asking, () => asking.client.send(queryFrame('SELECT LAST_INSERT_ID(), @a, @b')));
        assert.ok(LOST.includes(errnoIn(await asking.client.answer(Command.QUERY))));
      });
    }

    it(`leaves that client alone when nothing of it was there that it would miss (${mode})`, async (t) => {
      const all = await scene(t, mode);
      for (const [what, said] of Object.entries(NOTHING_LEFT)) {
        await rowsOf(all.client, said);
        await killAll(all);
        assert.equal(await errnoOf(all.client, 'SELECT 1'), 0, what);
      }
      assert.equal(await valueOf(all.client, '@@time_zone'), '+05:00');
    });
  }

  it('ends that client when it was in doubt and somebody else wants the backend, who gets another', async (t) => {
    const all = await scene(t, 'transaction');
    const other = await clientOf(t, all, all.server);
    await rowsOf(all.client, IN_DOUBT['an insert id']);
    await cutUnder(all, () => other.send(queryFrame('SELECT 5')));
    assert.ok(LOST.includes(await errnoOf(all.client, 'SELECT LAST_INSERT_ID()')));
    assert.equal(errnoIn(await other.answer(Command.QUERY)), 0);
  });

  it('ends that client when data was sent ahead for a statement', async (t) => {
    const all = await scene(t, 'transaction');
    const [prepared] = await all.client.command(packetOf(Command.STMT_PREPARE, 'SELECT ?'));
    const id = prepared!.payload.subarray(1, 5);
    all.client.send(framed(packetOf(Command.STMT_SEND_LONG_DATA, Buffer.concat([id, Buffer.from([0, 0, 65])]))));
    await until(() => all.gateway.stats().clients.pinned === 1);
    await killAll(all);
    assert.ok(LOST.includes(await errnoOf(all.client, 'SELECT 1')));
  });

  it('leaves that client alone when it had its answer, and a KILL of it came to no end', async (t) => {
    const all = await scene(t, 'transaction');
    const [seen] = all.gateway.clients.values();
    // An earlier statement on the backend: otherwise the command below might be repeated on another one.
    await rowsOf(all.client, NOTHING_LEFT.warnings);
    all.client.send(queryFrame('SELECT SLEEP(0.2)'));
    await until(() => seen!.binding.backend?.isBusy === true);
    const backend = seen!.binding.backend!;
    // As with a KILL that the server does not answer.
    backend.stopping = new Promise(() => undefined);
    assert.equal(errnoIn(await all.client.answer(Command.QUERY)), 0);
    assert.equal(seen!.isRunning, true);
    backend.lose(new Error('its statement could not be stopped in time'));
    assert.equal(await errnoOf(all.client, 'SELECT 1'), 0);
  });

  it('ends that client in a transaction, also where its statement has to be made ready first', async (t) => {
    for (const ready of ['prepared statement', 'LAST_INSERT_ID']) {
      const all = await scene(t, 'transaction');
      const { client } = all;
      await rowsOf(client, 'SELECT LAST_INSERT_ID(5)');
      const [prepared] = await client.command(packetOf(Command.STMT_PREPARE, 'SELECT 6'));
      // Another client takes the backend, so that nothing is in doubt, and the first client continues on another
      // backend.
      await rowsOf(await clientOf(t, all, all.server), 'SELECT 5');
      await killAll(all);
      await rowsOf(client, 'BEGIN');
      const id = prepared!.payload.subarray(1, 5);
      const execute = packetOf(Command.STMT_EXECUTE, Buffer.concat([id, Buffer.from([0, 1, 0, 0, 0])]));
      await cutUnder(all, () => {
        if (ready === 'LAST_INSERT_ID') client.send(queryFrame('SELECT LAST_INSERT_ID()'));
        else client.send(framed(execute));
      });
      const asked = ready === 'LAST_INSERT_ID' ? Command.QUERY : Command.STMT_EXECUTE;
      assert.ok(LOST.includes(errnoIn(await client.answer(asked))), ready);
    }
  });

  it('is nothing of that client’s any more: who waits does not get at what it does next', async (t) => {
    const all = await scene(t, 'transaction');
    const { client, server } = all;
    const other = await clientOf(t, all, server);
    await rowsOf(client, NOTHING_LEFT.warnings);
    await killAll(all);
    client.send(queryFrame('SELECT SLEEP(0.3)'));
    await runs(server, /SLEEP/);
    other.send(queryFrame('SELECT 5'));
    assert.equal(errnoIn(await client.answer(Command.QUERY)), 0);
    assert.equal(errnoIn(await other.answer(Command.QUERY)), 0);
  });
});
