/** Backends that die, hang or are unavailable, and what clients see of it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Command, packet } from '#internal/wire/index.js';
import { startOwnServer, SERVER_KINDS, type TestServer } from '../../support/servers/index.js';
import { startProxy } from '../../support/proxy.js';
import type { ServerRefusal, WireClient } from '../../support/wire-client.js';
import { until } from '../../support/until.js';
import { clientOf, gatewayFor, rowsIn, rowsOf, valueOf, type GatewayFor } from '../support.js';
import { errnoOf, lastWord, ownAccount, packetOf, queryFrame, runningOf, runs } from './support.js';

const MB = 1024 * 1024;
// Error numbers for a connection that is lost during a command: that of the client library, and those of the servers.
const LOST = [2013, 1053, 1927, 3169, 1317];

for (const kind of SERVER_KINDS) {
  describe(`the backends of a gateway (${kind})`, () => {
    let all: TestServer;
    before(async () => {
      all = await startOwnServer(kind, { variables: { max_allowed_packet: 64 * MB } });
    });
    after(() => all[Symbol.asyncDispose]());

    const killAll = async (server: TestServer): Promise<void> => {
      for (const { id } of await runningOf(server)) await server.admin(`KILL ${id}`).catch(() => undefined);
    };

    it('are replaced unseen when they die idle, also right before a command', async (t) => {
      const server = await ownAccount(t, all);
      const at = await gatewayFor(t, server);
      const client = await clientOf(t, at, server, { database: server.user });
      await rowsOf(client, "SET @x = 4, time_zone = '+04:00'");
      for (const ask of ['SELECT @x, @@time_zone', 'UPDATE t SET v = v + 1']) {
        await killAll(server);
        assert.equal(await errnoOf(client, ask), 0, ask);
      }
      assert.deepEqual(await rowsOf(client, 'SELECT @x, MAX(v) FROM t'), [['4', '1']]);
      // The network drops the connections, which the gateway notices only when the next statement is sent.
      const proxy = await startProxy({ target: server });
      t.after(() => proxy.close());
      const behind = await gatewayFor(t, { ...fields(server), port: proxy.port, host: proxy.host } as TestServer);
      const other = await clientOf(t, behind, server);
      assert.equal(await valueOf(other, '1'), '1');
      other.send(queryFrame('SELECT 2'));
      proxy.cut();
      assert.deepEqual(rowsIn(await other.answer(Command.QUERY), other.capabilities), [['2']]);
    });

    it('that die under a transaction or a write end that client alone, which is told', async (t) => {
      const server = await ownAccount(t, all);
      const at = await gatewayFor(t, server);
      const bystander = await clientOf(t, at, server, { database: server.user });
      await rowsOf(bystander, 'SET @x = 3');
      const inside: Record<string, (client: WireClient) => Promise<unknown>> = {
        'in a transaction': (client) => rowsOf(client, 'BEGIN'),
        'with a temporary table': (client) => rowsOf(client, 'CREATE TEMPORARY TABLE tt (id INT)'),
        'in a write': async (client) => {
          client.send(queryFrame('UPDATE t SET v = SLEEP(1000) WHERE id = 1'));
          await runs(server, /UPDATE t/);
        },
        'in rows': async (client) => {
          client.send(queryFrame('SELECT REPEAT(1, 1000000) UNION ALL SELECT SLEEP(1000)'));
          // Before its answer has begun, a read is run again on another backend.
          await client.next();
        },
      };
      for (const [where, enter] of Object.entries(inside)) {
        const client = await clientOf(t, at, server, { database: server.user });
        await enter(client);
        const others = (await runningOf(server)).filter(({ info }) => info === null);
        assert.ok(others.length <= 3);
        await killAll(server);
        const word = await lastWord(client);
        assert.ok(LOST.includes(word) || (where === 'in rows' && word === 0), `${where}: ${word}`);
        assert.equal(await valueOf(bystander, '@x'), '3');
      }
      assert.equal(at.gateway.clients.size, 1);
    });

    it('are there again after the server was, and clients who had nothing there go on', async (t) => {
      const server = await ownAccount(t, all);
      const at = await gatewayFor(t, server, { pool: { maxSize: 2, acquireTimeout: 400 } });
      const [idle, holder] = [await clientOf(t, at, server), await clientOf(t, at, server)];
      await rowsOf(idle, 'SET @x = 6');
      await rowsOf(holder, 'BEGIN');
      await all.stop();
      assert.ok(LOST.includes(await lastWord(holder)));
      const refusal = await errnoOf(idle, 'SELECT 1');
      assert.ok([2003, 1040].includes(refusal), String(refusal));
      await assert.rejects(
        clientOf(t, at, server, { password: 'another' }),
        ({ packet: { errno } }: ServerRefusal) => errno === 2003 || errno === 2013,
      );
      await all.start();
      await until(async () => (await errnoOf(idle, 'SELECT 1')) === 0);
      assert.equal(await valueOf(idle, '@x'), '6');
    });

    it('that freeze hold up who waits for no longer than the time to wait, and nothing is lost', async (t) => {
      const server = await ownAccount(t, all);
      const at = await gatewayFor(t, server, { pool: { maxSize: 1, acquireTimeout: 300, pingTimeout: 200 } });
      const [running, waiting] = [
        await clientOf(t, at, server, { database: server.user }),
        await clientOf(t, at, server),
      ];
      await rowsOf(running, 'BEGIN');
      await all.freeze();
      try {
        running.send(queryFrame('UPDATE t SET v = 8'));
        assert.equal(await errnoOf(waiting, 'SELECT 1'), 1040);
      } finally {
        await all.thaw();
      }
      await running.answer(Command.QUERY);
      await rowsOf(running, 'COMMIT');
      assert.equal(await valueOf(running, '(SELECT MAX(v) FROM t)'), '8');
      await until(async () => (await errnoOf(waiting, 'SELECT 1')) === 0);
    });

    it('behind a network that swallows everything are given up, and new ones found', async (t) => {
      const server = await ownAccount(t, all);
      const proxy = await startProxy({ target: server });
      t.after(() => proxy.close());
      const behind = { ...fields(server), host: proxy.host, port: proxy.port } as TestServer;
      const at = await gatewayFor(t, behind, {
        pool: { maxSize: 1, acquireTimeout: 1_000, ping: 'always', pingTimeout: 100, connectTimeout: 300 },
      });
      const client = await clientOf(t, at, server);
      await rowsOf(client, 'SET @x = 2');
      proxy.blackhole();
      const refusal = await errnoOf(client, 'SELECT 1');
      assert.ok([1040, 2003].includes(refusal), String(refusal));
      proxy.heal();
      await until(async () => (await errnoOf(client, 'SELECT 1')) === 0);
      assert.equal(await valueOf(client, '@x'), '2');
    });

    it('are as many as the account may have, or the server has room for', async (t) => {
      const server = await ownAccount(t, all, 'WITH MAX_USER_CONNECTIONS 2');
      const at = await gatewayFor(t, server, { pool: { maxSize: 5, acquireTimeout: 500 } });
      const clients: WireClient[] = [];
      for (let n = 0; n < 3; n++) clients.push(await clientOf(t, at, server));
      const [first, second, third] = clients as [WireClient, WireClient, WireClient];
      await rowsOf(first, 'BEGIN');
      await rowsOf(second, 'BEGIN');
      assert.equal(await errnoOf(third, 'SELECT 1'), 1040);
      const late = valueOf(third, '5');
      await rowsOf(first, 'COMMIT');
      assert.equal(await late, '5');
      await Promise.all(clients.map((client) => rowsOf(client, 'ROLLBACK')));
    });

    it('are all replaced when the server turns out to be read-only', async (t) => {
      const server = await ownAccount(t, all);
      const at = await gatewayFor(t, server);
      const client = await clientOf(t, at, server, { database: server.user });
      const before = await valueOf(client, 'CONNECTION_ID()');
      await all.admin('SET GLOBAL read_only = 1');
      try {
        assert.equal(await errnoOf(client, 'UPDATE t SET v = 1'), 1290);
      } finally {
        await all.admin('SET GLOBAL read_only = 0');
      }
      // The client may stay on the backend for one more statement, which may ask about the error.
      await until(async () => (await valueOf(client, 'CONNECTION_ID()')) !== before);
      assert.equal(await errnoOf(client, 'UPDATE t SET v = 1'), 0);
    });

    it('take and give more than fits one packet, and refuse what is too large as the server does', async (t) => {
      const server = await ownAccount(t, all);
      const at = await gatewayFor(t, server, { maxSize: 1 });
      const client = await clientOf(t, at, server);
      const text = 'x'.repeat(20 * MB);
      assert.equal(await valueOf(client, `LENGTH('${text}')`), String(text.length));
      const [, , row] = await client.query("SELECT REPEAT('y', 20 * 1024 * 1024)");
      assert.equal(row!.payload.length, text.length + 9);
      const tooLarge = async (where: GatewayFor | TestServer): Promise<number> => {
        const each = await clientOf(t, where, server);
        each.send(packet(packetOf(Command.QUERY, 'x'.repeat(65 * MB)), 0));
        return lastWord(each);
      };
      assert.equal(await tooLarge(at), 1153);
      assert.equal(await valueOf(client, '1'), '1');
    });

    it('are held up by a slow reader alone, at no cost of memory', async (t) => {
      const server = await ownAccount(t, all);
      const at = await gatewayFor(t, server, { maxSize: 2 });
      const [slow, other] = [await clientOf(t, at, server), await clientOf(t, at, server)];
      const size = 200;
      const numbers = 'SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5';
      const sql = `SELECT REPEAT('z', ${MB}) FROM (${numbers}) a, (${numbers}) b, (SELECT 1 ${' UNION ALL SELECT 1'.repeat(7)}) c`;
      const socket = slow.detach();
      socket.pause();
      socket.write(queryFrame(sql));
      await until(() =>
        [...at.gateway.clients.values()].some(({ socket: { writableNeedDrain } }) => writableNeedDrain),
      );
      const before = process.memoryUsage().rss;
      for (let n = 0; n < 20; n++) assert.equal(await valueOf(other, '1'), '1');
      let received = 0;
      let most = 0;
      socket.on('data', (chunk) => {
        received += chunk.length;
        most = Math.max(most, process.memoryUsage.rss());
      });
      socket.resume();
      await until(() => received >= size * MB, 60_000);
      assert.ok(most - before < 80 * MB, `${Math.round((most - before) / MB)} MB more`);
      assert.equal(at.gateway.pools[0]!.stats().size, 2);
    });
  });
}

/** The plain data of a server, without its methods. */
function fields(server: TestServer): Partial<TestServer> {
  const { kind: of, version, user, password } = server;
  return { kind: of, version, user, password };
}
