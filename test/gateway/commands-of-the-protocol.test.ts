/** A gateway answers every command of the protocol as the server does, or refuses it like an unknown command. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Capability, Command, decodeError, isError, OFFERED, packet, type Packet } from '#internal/wire/index.js';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import type { WireClient } from '../support/wire-client.js';
import { clientOf, gatewayFor, rowsIn, rowsOf, useSchema, valueOf } from './support.js';

const command = (code: number, body: Buffer | string = ''): Buffer =>
  Buffer.concat([Buffer.of(code), Buffer.from(body as string)]);

const DIALECTS = {
  'all that is offered': OFFERED,
  'no DEPRECATE_EOF': OFFERED & ~Capability.DEPRECATE_EOF,
  'no DEPRECATE_EOF, no SESSION_TRACK': OFFERED & ~(Capability.DEPRECATE_EOF | Capability.SESSION_TRACK),
};

const NUMBER = Buffer.from([1, 0, 0, 0]);

/** Commands whose answers are the same for every client. */
const ALIKE: readonly (readonly [string, Buffer])[] = [
  ['COM_PING', command(Command.PING)],
  ['COM_DEBUG', command(Command.DEBUG)],
  ['COM_QUERY', command(Command.QUERY, 'SELECT v FROM t ORDER BY v')],
  ['COM_QUERY without a text', command(Command.QUERY)],
  ['COM_QUERY of several statements', command(Command.QUERY, 'SELECT 1; SELECT 2; DO 3')],
  ['COM_QUERY with an error in the middle', command(Command.QUERY, 'SELECT 1; SELEC 2; DO 3')],
  ['COM_FIELD_LIST', command(Command.FIELD_LIST, 't\0')],
  ['COM_FIELD_LIST of no table', command(Command.FIELD_LIST, 'no_such_table\0')],
  ['COM_SET_OPTION, one statement', command(Command.SET_OPTION, Buffer.from([1, 0]))],
  ['COM_QUERY of several statements, which are not allowed', command(Command.QUERY, 'SELECT 1; SELECT 2')],
  ['COM_SET_OPTION, several statements', command(Command.SET_OPTION, Buffer.from([0, 0]))],
  ['COM_QUERY of several statements again', command(Command.QUERY, 'SELECT 1; SELECT 2')],
  ['COM_STMT_EXECUTE of no statement', command(Command.STMT_EXECUTE, Buffer.concat([NUMBER, Buffer.alloc(5)]))],
  ['COM_STMT_RESET of no statement', command(Command.STMT_RESET, NUMBER)],
  ['COM_STMT_PREPARE of no statement', command(Command.STMT_PREPARE, 'SELEC 1')],
  ['COM_INIT_DB of no database', command(Command.INIT_DB, 'no_such_database')],
];

/** Commands that a gateway cannot run for a client. */
const REFUSED: readonly (readonly [string, Buffer])[] = [
  ['COM_BINLOG_DUMP', command(Command.BINLOG_DUMP, Buffer.alloc(12))],
  ['COM_REGISTER_REPLICA', command(Command.REGISTER_REPLICA, Buffer.alloc(20))],
  ['COM_TABLE_DUMP', command(Command.TABLE_DUMP)],
  ['COM_SHUTDOWN', command(Command.SHUTDOWN)],
  ['COM_CLONE', command(Command.CLONE)],
  ['one that nobody knows', command(0x7f)],
];

eachServer('commands of the protocol', (kind, getServer) => {
  for (const [name, capabilities] of Object.entries(DIALECTS)) {
    it(`are answered as by the server (${name})`, async (t) => {
      const server = await getServer();
      const table = ['CREATE TABLE t (v INT)', 'INSERT INTO t VALUES (2), (1)'];
      await using database = await freshDatabase(server, ...table);
      const at = await gatewayFor(t, server, { mode: 'rotate' });
      const options = { capabilities: capabilities >>> 0, database: database.name };
      const direct = await clientOf(t, server, server, options);
      const through = await clientOf(t, at, server, options);
      for (const [what, bytes] of ALIKE)
        assert.deepEqual(await through.command(bytes), await direct.command(bytes), what);
    });
  }

  it('that tell of the server tell something, and the connection goes on', async (t) => {
    const server = await getServer();
    const direct = await clientOf(t, server, server);
    const client = await clientOf(t, await gatewayFor(t, server), server);
    const [statistics, ...more] = await client.command(command(Command.STATISTICS));
    assert.match(statistics!.payload.toString(), /Uptime: \d+/);
    assert.deepEqual(more, []);
    assert.equal(await valueOf(client, '1'), '1');
    const processes = await client.command(command(Command.PROCESS_INFO));
    const [expected] = await direct.command(command(Command.PROCESS_INFO));
    assert.deepEqual(processes[0], expected, 'a list of as many columns, or the same error');
    assert.equal(await valueOf(client, '2'), '2');
  });

  it('may be several at once where the client has said so, whatever else is set', async (t) => {
    const server = await getServer();
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const several = await clientOf(t, at, server, { capabilities: OFFERED });
    const single = await clientOf(t, at, server, { capabilities: (OFFERED & ~Capability.MULTI_STATEMENTS) >>> 0 });
    for (const zone of ['+01:00', '+02:00', '+02:00']) {
      for (const client of [several, single]) await rowsOf(client, `SET time_zone = '${zone}'`);
      for (let n = 0; n < 2; n++) {
        const packets = await several.query('SELECT @@time_zone; SELECT 2');
        assert.ok(packets.every(({ payload }) => !isError(payload)));
        assert.equal((await refusalOf(single, command(Command.QUERY, 'SELECT 1; SELECT 2'))).errno, 1064);
      }
    }
    // Two clients that differ only in the variables that they have set.
    const other = await clientOf(t, at, server, { capabilities: OFFERED });
    for (const client of [other, several, other]) {
      const packets = await client.query('SELECT @@time_zone; SELECT 2');
      assert.ok(packets.every(({ payload }) => !isError(payload)));
    }
  });

  it('that a relay has not are refused, and the connection goes on', async (t) => {
    const server = await getServer();
    const client = await clientOf(t, await gatewayFor(t, server), server);
    for (const [what, bytes] of REFUSED) {
      const { errno } = await refusalOf(client, bytes);
      assert.equal(errno, 1047, what);
      assert.equal(await valueOf(client, '1'), '1', what);
    }
  });

  it('enter a database, and say which', async (t) => {
    const server = await getServer();
    await using one = await freshDatabase(server);
    await using two = await freshDatabase(server);
    const client = await clientOf(t, await gatewayFor(t, server, { mode: 'rotate' }), server, { database: one.name });
    for (const { name } of [two, one, two, two]) {
      await useSchema(client, name);
      for (let n = 0; n < 3; n++) assert.equal(await valueOf(client, 'DATABASE()'), name);
    }
  });

  it('reset the session, as at the server', async (t) => {
    const server = await getServer();
    await using database = await freshDatabase(server);
    const at = await gatewayFor(t, server, { mode: 'rotate' });
    // MySQL's own clients send 255, and MariaDB's clients an id that MariaDB knows.
    for (const charset of kind === 'mysql' ? [8, 45, 255] : [8, 45]) {
      const options = { charset, database: database.name };
      const direct = await clientOf(t, server, server, options);
      const through = await clientOf(t, at, server, options);
      for (const client of [direct, through]) {
        await rowsOf(client, "SET time_zone = '+03:00', sql_mode = 'ANSI', @a = 1, NAMES latin1 COLLATE latin1_bin");
        await rowsOf(client, 'CREATE TEMPORARY TABLE tmp (a INT)');
        await rowsOf(client, 'BEGIN');
        await client.command(command(Command.RESET_CONNECTION));
      }
      const asked =
        'SELECT @@time_zone, @@sql_mode, @a, @@character_set_client, @@character_set_results, @@collation_connection, DATABASE()';
      const expected = await rowsOf(direct, asked);
      for (let n = 0; n < 3; n++) assert.deepEqual(await rowsOf(through, asked), expected, `${charset}`);
      await assert.rejects(rowsOf(through, 'SELECT * FROM tmp'), { errno: 1146 });
      direct.destroy();
      through.destroy();
    }
  });

  it('that come right behind a change of user are run after it', async (t) => {
    const server = await getServer();
    const at = await gatewayFor(t, server, { maxSize: 1 });
    for (const isPinned of [false, true]) {
      const client = await clientOf(t, at, server);
      // The gateway first ends what pins the client to its backend.
      if (isPinned) await rowsOf(client, "SELECT GET_LOCK('gateway', 0)");
      const changed = client.changeUser(server);
      await new Promise(setImmediate);
      client.send(packet(command(Command.QUERY, "SELECT IS_USED_LOCK('gateway')"), 0));
      await changed;
      assert.deepEqual(rowsIn(await client.answer(Command.QUERY), client.capabilities), [[null]]);
      client.destroy();
    }
  });

  it('leave nothing of one client to the next', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 1 });
    const leaving = [
      "SET time_zone = '+09:00'",
      "SET @secret = 'mine'",
      'CREATE TEMPORARY TABLE mysql.tmp (a INT)',
      "SELECT GET_LOCK('gateway', 0)",
      'BEGIN',
      'SET autocommit = 0',
      'SET NAMES latin1',
      'SELECT SQL_CALC_FOUND_ROWS 1 UNION SELECT 2 LIMIT 1',
      "SELECT CAST('secret' AS SIGNED)",
      'SELECT LAST_INSERT_ID(77)',
    ];
    const asked = 'SELECT @@time_zone, @secret, @@autocommit, @@character_set_client, LAST_INSERT_ID()';
    const first = await clientOf(t, at, server);
    const expected = await rowsOf(first, asked);
    first.destroy();
    for (const text of leaving) {
      const one = await clientOf(t, at, server);
      await one.query(text);
      one.destroy();
      const other = await clientOf(t, at, server);
      assert.deepEqual(await rowsOf(other, asked), expected, text);
      assert.deepEqual(await rowsOf(other, 'SHOW WARNINGS'), [], text);
      assert.equal(await valueOf(other, "IS_USED_LOCK('gateway')"), null, text);
      other.destroy();
    }
    assert.ok(gateway.pools.every((pool) => pool.stats().size <= 1));
  });
});

async function refusalOf(client: WireClient, bytes: Buffer): Promise<{ readonly errno: number }> {
  const packets: Packet[] = await client.command(bytes);
  assert.equal(isError(packets[0]!.payload), true);
  return decodeError(packets[0]!.payload);
}
