/** Prepared statements work on every backend, with a different backend for each transaction. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NONE_OF_A_SERVER } from '#internal/gateway/client-statements.js';
import { Command, decodeError, isError, type Packet } from '#internal/wire/index.js';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import type { WireClient } from '../support/wire-client.js';
import { clientOf, gatewayFor, rowsOf, useSchema, valueOf } from './support.js';

const LAST = 0xff_ff_ff_ff;
const NO_CURSOR = 0;
const CURSOR = 1;

const withId = (command: number, id: number, rest: Buffer = Buffer.alloc(0)): Buffer => {
  const body = Buffer.alloc(5);
  body[0] = command;
  body.writeUInt32LE(id, 1);
  return Buffer.concat([body, rest]);
};

async function prepare(client: WireClient, sql: string): Promise<number> {
  const [first] = await client.command(Buffer.concat([Buffer.of(Command.STMT_PREPARE), Buffer.from(sql)]));
  if (isError(first!.payload)) throw new Error(decodeError(first!.payload).message);
  return first!.payload.readUInt32LE(1);
}

/** @param texts values of the parameters; @param types whether their types are sent along */
function execute(id: number, texts: readonly string[] = [], types = true, cursor = NO_CURSOR): Buffer {
  const head = Buffer.from([cursor, 1, 0, 0, 0]);
  if (texts.length === 0) return withId(Command.STMT_EXECUTE, id, head);
  const nulls = Buffer.alloc((texts.length + 7) >> 3);
  const flag = Buffer.of(types ? 1 : 0);
  const kinds = types ? Buffer.from(texts.flatMap(() => [0xfd, 0])) : Buffer.alloc(0);
  const values = texts.flatMap((text) => [Buffer.of(Buffer.byteLength(text)), Buffer.from(text)]);
  return withId(Command.STMT_EXECUTE, id, Buffer.concat([head, nulls, flag, kinds, ...values]));
}

/** The only text value in the only row of a binary-protocol answer. */
function textIn(packets: readonly Packet[]): string {
  const failed = packets.find(({ payload }) => isError(payload));
  if (failed !== undefined)
    throw Object.assign(new Error(decodeError(failed.payload).message), decodeError(failed.payload));
  const row = packets.at(-2)!.payload;
  return row.toString('utf8', 3, 3 + row[2]!);
}

eachServer('prepared statements through a gateway', (kind, getServer) => {
  it('run on whichever backend there is', async (t) => {
    const server = await getServer();
    const client = await clientOf(t, await gatewayFor(t, server, { mode: 'rotate' }), server);
    const id = await prepare(client, 'SELECT CONCAT(CONNECTION_ID(), ?)');
    const ids = new Set<string>();
    for (let n = 0; n < 6; n++) ids.add(textIn(await client.command(execute(id, ['!']))));
    assert.ok(ids.size > 1, [...ids].join(' '));
    assert.ok([...ids].every((each) => each.endsWith('!')));
  });

  it('know the types of their parameters, which are sent once', async (t) => {
    const server = await getServer();
    const client = await clientOf(t, await gatewayFor(t, server, { mode: 'rotate' }), server);
    const id = await prepare(client, 'SELECT CONCAT(?, ?)');
    assert.equal(textIn(await client.command(execute(id, ['a', 'b']))), 'ab');
    for (let n = 0; n < 5; n++) assert.equal(textIn(await client.command(execute(id, ['c', `${n}`], false))), `c${n}`);
  });

  it('stay bound to the database and the sql_mode in which they were prepared', async (t) => {
    const server = await getServer();
    await using one = await freshDatabase(server, 'CREATE TABLE t (v CHAR(9))', "INSERT INTO t VALUES ('one')");
    await using two = await freshDatabase(server, 'CREATE TABLE t (v CHAR(9))', "INSERT INTO t VALUES ('two')");
    const client = await clientOf(t, await gatewayFor(t, server, { mode: 'rotate' }), server, { database: one.name });
    await rowsOf(client, "SET sql_mode = 'ANSI_QUOTES'");
    const id = await prepare(client, 'SELECT "v" FROM t');
    await rowsOf(client, "SET sql_mode = ''");
    await useSchema(client, two.name);
    for (let n = 0; n < 4; n++) {
      assert.equal(textIn(await client.command(execute(id))), 'one');
      assert.equal(await valueOf(client, 'v FROM t'), 'two');
      assert.equal(await valueOf(client, '@@sql_mode'), '');
    }
  });

  it('keep their backend while a cursor is open, and no longer', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { mode: 'rotate' });
    const client = await clientOf(t, { ...at }, server);
    const [seen] = gateway.clients.values();
    const id = await prepare(client, "SELECT 'a' UNION ALL SELECT 'b'");
    await client.command(execute(id, [], true, CURSOR));
    assert.deepEqual(seen!.pins, ['cursor']);
    const own = await valueOf(client, 'CONNECTION_ID()');
    assert.equal(await valueOf(client, 'CONNECTION_ID()'), own);
    const fetch = (): Promise<Packet[]> => client.command(withId(Command.STMT_FETCH, id, Buffer.from([1, 0, 0, 0])));
    assert.equal((await fetch()).length, 2);
    assert.equal((await fetch()).length, 2);
    await fetch();
    assert.deepEqual(seen!.pins, []);
  });

  it('take values that are sent ahead, which belong to one backend until they are used', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { mode: 'rotate' });
    const client = await clientOf(t, at, server);
    const [seen] = gateway.clients.values();
    const id = await prepare(client, 'SELECT CONCAT(?, "!")');
    for (const part of ['long ', 'data'])
      client.send(
        framed(withId(Command.STMT_SEND_LONG_DATA, id, Buffer.concat([Buffer.from([0, 0]), Buffer.from(part)]))),
      );
    // The types are sent, but no value: it was sent ahead.
    const head = Buffer.from([NO_CURSOR, 1, 0, 0, 0, 0, 1, 0xfc, 0]);
    assert.equal(textIn(await client.command(withId(Command.STMT_EXECUTE, id, head))), 'long data!');
    assert.deepEqual(seen!.pins, []);
  });

  it('that have a cursor, or values sent ahead, stay although many others come', async (t) => {
    const server = await getServer();
    const client = await clientOf(t, await gatewayFor(t, server), server);
    const walked = await prepare(client, "SELECT 'a' UNION ALL SELECT 'b'");
    await client.command(execute(walked, [], true, CURSOR));
    const given = await prepare(client, 'SELECT CONCAT(?, "!")');
    client.send(framed(withId(Command.STMT_SEND_LONG_DATA, given, Buffer.from('\0\0ahead'))));
    for (let n = 0; n < 250; n++) await prepare(client, `SELECT ${n}`);
    const fetched = await client.command(withId(Command.STMT_FETCH, walked, Buffer.from([1, 0, 0, 0])));
    assert.equal(textIn(fetched), 'a');
    const head = Buffer.from([NO_CURSOR, 1, 0, 0, 0, 0, 1, 0xfc, 0]);
    assert.equal(textIn(await client.command(withId(Command.STMT_EXECUTE, given, head))), 'ahead!');
  });

  it('cost the gateway and the server little once they are closed, however long they were', async (t) => {
    const server = await getServer();
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 1 });
    const client = await clientOf(t, at, server);
    const ids: number[] = [];
    for (let n = 0; n < 10; n++) ids.push(await prepare(client, `SELECT '${n}' -- ${'x'.repeat(400_000)}`));
    const backend = gateway.pools[0]!.tryAcquire()!;
    assert.equal(backend.connection.statements.size, 2);
    backend.release();
    for (const [n, id] of ids.entries()) assert.equal(textIn(await client.command(execute(id))), `${n}`);
    for (const id of ids) client.send(framed(withId(Command.STMT_CLOSE, id)));
    assert.equal(await valueOf(client, '1'), '1');
  });

  it('refuse data for a parameter that they do not have, in the server’s words and until they are reset', async (t) => {
    const server = await getServer();
    const direct = await clientOf(t, server, server);
    const through = await clientOf(t, await gatewayFor(t, server, { mode: 'rotate' }), server);
    for (const [sql, parameter, values] of [
      ['SELECT 7', 0, []],
      ["SELECT CONCAT(?, '!')", 1, ['a']],
      ["SELECT CONCAT(?, '!')", 0xff_ff, ['a']],
    ] as const) {
      const answers = [];
      for (const client of [direct, through]) {
        const id = await prepare(client, sql);
        const data = Buffer.concat([Buffer.of(parameter & 0xff, parameter >> 8), Buffer.from('lost')]);
        client.send(framed(withId(Command.STMT_SEND_LONG_DATA, id, data)));
        const told = [];
        for (const body of [execute(id, values), execute(id, values), withId(Command.STMT_RESET, id)])
          told.push(await client.command(body));
        told.push(textIn(await client.command(execute(id, values))));
        answers.push(told);
      }
      assert.deepEqual(answers[1], answers[0], `${sql}, ${parameter}`);
    }
  });

  it('have numbers of the client’s own: unknown ones, closed ones, and the last one', async (t) => {
    const server = await getServer();
    const client = await clientOf(t, await gatewayFor(t, server, { mode: 'rotate' }), server);
    await assert.rejects(async () => textIn(await client.command(execute(7))), { errno: 1243 });
    const id = await prepare(client, "SELECT 'x'");
    const last = async (): Promise<string> => textIn(await client.command(execute(LAST)));
    if (kind === 'mariadb') assert.equal(await last(), 'x');
    else await assert.rejects(last, { errno: 1243 });
    await assert.rejects(prepare(client, 'SELECT FROM'));
    await assert.rejects(last, { errno: 1243 });
    assert.equal(textIn(await client.command(execute(id))), 'x');
    client.send(framed(withId(Command.STMT_CLOSE, id)));
    await assert.rejects(async () => textIn(await client.command(execute(id))), { errno: 1243 });
    assert.equal(id, NONE_OF_A_SERVER + 1);
    assert.equal(await prepare(client, "SELECT 'y'"), NONE_OF_A_SERVER + 2);
  });

  it('are gone after a reset, and with them what the client has set', async (t) => {
    const server = await getServer();
    const client = await clientOf(t, await gatewayFor(t, server, { mode: 'rotate' }), server);
    const id = await prepare(client, "SELECT 'x'");
    await rowsOf(client, "SET time_zone = '+05:00', @a = 1");
    const [ok] = await client.command(Buffer.of(Command.RESET_CONNECTION));
    assert.equal(ok!.payload[0], 0);
    await assert.rejects(async () => textIn(await client.command(execute(id))), { errno: 1243 });
    assert.deepEqual(await rowsOf(client, 'SELECT @@time_zone, @a'), [['SYSTEM', null]]);
  });
});

const framed = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([body.length & 0xff, body.length >> 8, 0, 0]), body]);
