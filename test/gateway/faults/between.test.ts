/** No client ever sees state of another one, whatever fails. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { Command } from '#internal/wire/index.js';
import type { TestServer } from '../../support/servers/index.js';
import { eachServer } from '../../support/servers/shared.js';
import { until } from '../../support/until.js';
import type { WireClient } from '../../support/wire-client.js';
import { clientOf, gatewayFor, rowsIn, rowsOf, useSchema, valueOf } from '../support.js';
import { errnoIn, errnoOf, framed, ownAccount, packetOf, queryFrame } from './support.js';

/** A query that shows whether a session is in its initial state. */
const FRESH = `SELECT @x, @y, @@time_zone, @@sql_mode, @@autocommit, @@collation_connection, @@sql_select_limit,
  DATABASE(), LAST_INSERT_ID(), IS_FREE_LOCK('l1'), (SELECT COUNT(*) FROM t), (SELECT SUM(v) FROM t)`;

const TOUCHES: readonly (readonly string[])[] = [
  ["SET @x = 1, @y = 'two'"],
  ["SET time_zone = '+07:00', sql_mode = 'ANSI', sql_select_limit = 1"],
  ['SET NAMES latin1'],
  ['SET autocommit = 0', 'UPDATE t SET v = v + 1'],
  ['BEGIN', 'INSERT INTO t VALUES (50, 1)', 'SELECT * FROM nowhere'],
  ["SELECT GET_LOCK('l1', 0)"],
  ['CREATE TEMPORARY TABLE t (a INT)'],
  ['LOCK TABLES t WRITE'],
  ['SELECT 1 INTO @x', 'SELECT @y := 3'],
  ["PREPARE p FROM 'SELECT 1'"],
  ['CALL leaves()'],
  ["SET @x = 9, time_zone = 'no such zone'"],
  ['START TRANSACTION READ ONLY', 'SELECT * FROM t'],
  ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE'],
  ['HANDLER t OPEN'],
  ['SAVEPOINT a', 'SET @x = (SELECT v FROM t LIMIT 1)'],
];

/** The ways in which a client may end or reset its session. */
const ENDS: Record<string, (client: WireClient) => unknown> = {
  'says good-bye': (client) => client.send(framed(packetOf(Command.QUIT))),
  'vanishes under a statement': (client) => {
    client.send(queryFrame('SELECT SLEEP(5)'));
    client.destroy();
  },
  'is reset': (client) => client.command(packetOf(Command.RESET_CONNECTION)),
  'goes on': () => undefined,
};

const isHeld = (touch: readonly string[]): boolean => /BEGIN|autocommit|LOCK|READ ONLY|HANDLER/.test(touch.join());

eachServer('between the clients of a gateway', (kind, getServer) => {
  const sceneOf = async (t: TestContext): Promise<TestServer & { database: string }> => {
    const server = await ownAccount(t, await getServer());
    const body = "BEGIN SET @x = 77; SET time_zone = '+11:00'; SET autocommit = 0; END";
    await server.admin(
      `CREATE PROCEDURE ${server.database}.leaves() ${body}`,
      `GRANT EXECUTE ON ${server.database}.* TO '${server.user}'@'%'`,
    );
    return server;
  };

  it('nothing is left, however one ends', async (t) => {
    const server = await sceneOf(t);
    const at = await gatewayFor(t, server, { maxSize: 1, pool: { maxSize: 1, acquireTimeout: 5_000 } });
    const { database } = server;
    const direct = await clientOf(t, server, server, { database });
    const fresh = (await rowsOf(direct, FRESH))[0]!;
    direct.destroy();
    const next = await clientOf(t, at, server, { database });
    for (const [end, go] of Object.entries(ENDS)) {
      for (const touch of TOUCHES) {
        if (
          end === 'goes on' &&
          (isHeld(touch) || /TEMPORARY|CALL|PREPARE|nowhere|zone'|SAVEPOINT|INTO|TRANSACTION/.test(touch.join()))
        )
          continue;
        const client = await clientOf(t, at, server, { database });
        for (const sql of touch) await client.query(sql);
        await go(client);
        assert.deepEqual(await rowsOf(next, FRESH), [fresh], `${touch.join('; ')}: ${end}`);
        client.destroy();
        await until(() => at.gateway.clients.size === 1);
      }
    }
  });

  it('an answer goes to the one who asked, although another waits for the backend', async (t) => {
    const server = await sceneOf(t);
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const [one, two] = [await clientOf(t, at, server), await clientOf(t, at, server)];
    for (let n = 0; n < 10; n++) {
      await rowsOf(one, 'BEGIN');
      const other = valueOf(two, "'other'");
      await until(() => at.gateway.pools[0]!.stats().waiters === 1);
      // The gateway must query LAST_INSERT_ID() before it gives the backend back, but the next command has already
      // arrived.
      one.send(queryFrame('ROLLBACK'), queryFrame('SELECT LAST_INSERT_ID(5)'), queryFrame("SELECT 'mine'"));
      for (const value of [undefined, '5', 'mine'])
        assert.equal(rowsIn(await one.answer(Command.QUERY), one.capabilities)[0]?.[0], value);
      assert.equal(await other, 'other');
    }
  });

  it('one database is not another’s, although one has gone', async (t) => {
    const server = await sceneOf(t);
    const second = await ownAccount(t, server);
    await server.admin(
      `GRANT ALL ON ${second.database}.* TO '${server.user}'@'%'`,
      `INSERT INTO ${second.database}.t VALUES (9, 9)`,
    );
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const [one, two] = [
      await clientOf(t, at, server, { database: server.database }),
      await clientOf(t, at, server, { database: second.database }),
    ];
    for (let n = 0; n < 3; n++) {
      assert.equal(await valueOf(one, '(SELECT COUNT(*) FROM t)'), '2');
      assert.equal(await valueOf(two, '(SELECT COUNT(*) FROM t)'), '3');
    }
    await server.admin(`DROP DATABASE ${second.database}`);
    assert.notEqual(await errnoOf(two, 'SELECT COUNT(*) FROM t'), 0);
    assert.equal(await valueOf(one, '(SELECT COUNT(*) FROM t)'), '2');
    // The client can still change to another database.
    assert.equal(errnoIn(await useSchema(two, server.database)), 0);
    assert.equal(await valueOf(two, '(SELECT COUNT(*) FROM t)'), '2');
  });

  it('a statement that was prepared elsewhere leaves the transaction and its session as they are', async (t) => {
    const server = await sceneOf(t);
    const second = await ownAccount(t, server);
    await server.admin(
      `GRANT ALL ON ${second.database}.* TO '${server.user}'@'%'`,
      `CREATE TABLE ${second.database}.gone (id INT)`,
    );
    const at = await gatewayFor(t, server, { maxSize: 3 });
    const client = await clientOf(t, at, server, { database: second.database });
    const prepare = async (sql: string): Promise<number> => {
      const [{ payload }] = (await client.command(packetOf(Command.STMT_PREPARE, sql))) as unknown as [
        { payload: Buffer },
      ];
      return payload.readUInt32LE(1);
    };
    const execute = async (id: number): Promise<number> => {
      const body = Buffer.alloc(9);
      body.writeUInt32LE(id);
      body.writeUInt32LE(1, 5);
      return errnoIn(await client.command(packetOf(Command.STMT_EXECUTE, body)));
    };
    const ids = [await prepare('SELECT COUNT(*) FROM gone'), await prepare('SELECT COUNT(*) FROM t')];
    await useSchema(client, server.database);
    await rowsOf(client, 'SET autocommit = 0');
    // Makes the client get another backend, on which its statements are not prepared.
    const holders = [await clientOf(t, at, server), await clientOf(t, at, server)];
    await server.admin(`DROP TABLE ${second.database}.gone`);
    await rowsOf(holders[0]!, 'BEGIN');
    await rowsOf(client, 'UPDATE t SET v = 6');
    assert.notEqual(await execute(ids[0]!), 0);
    assert.equal(await valueOf(client, 'DATABASE()'), server.database);
    assert.equal(await execute(ids[1]!), 0);
    assert.deepEqual(await rowsOf(client, 'SELECT DATABASE(), SUM(v), @@autocommit FROM t'), [
      [server.database, '12', '0'],
    ]);
    await rowsOf(client, 'ROLLBACK');
    assert.equal(await valueOf(client, '(SELECT SUM(v) FROM t)'), '0');
    assert.equal(kind.length > 0, true);
  });
});
