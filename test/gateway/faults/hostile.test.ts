/** Clients that violate the protocol harm only themselves. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Client } from '#internal/gateway/client.js';
import { NONE_OF_A_SERVER } from '#internal/gateway/client-statements.js';
import { Capability, Command, encodeChangeUser, OFFERED, packet, type Packet } from '#internal/wire/index.js';
import { eachServer } from '../../support/servers/shared.js';
import { until } from '../../support/until.js';
import type { WireClient } from '../../support/wire-client.js';
import { clientOf, gatewayFor, rowsOf, valueOf } from '../support.js';
import { errnoIn, errnoOf, framed, lastWord, ownAccount, packetOf, queryFrame } from './support.js';

const RUNS = Number(process.env['MYSQLPOOL_FUZZ_RUNS'] ?? 20);

const anyCommand = fc
  .tuple(
    fc.constantFrom(...Object.values(Command), 0, 8, 13, 31, 0xfa, 0xff),
    fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('SELECT 1', 'BEGIN', 'SET @x = 9', 'SELECT ?')),
  )
  .map(([command, body]) => framed(packetOf(command, typeof body === 'string' ? body : Buffer.from(body))));
const anyBytes = fc.oneof(
  { weight: 4, arbitrary: anyCommand },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
);

eachServer('a hostile client of a gateway', (kind, getServer) => {
  it('harms nobody else, whatever it sends', async (t) => {
    const server = await ownAccount(t, await getServer());
    const { gateway, ...at } = await gatewayFor(t, server, { maxSize: 3 });
    const bystander = await clientOf(t, at, server, { database: server.user });
    await rowsOf(bystander, "SET @x = 1, time_zone = '+02:00'");
    const inTransaction = await clientOf(t, at, server, { database: server.user });
    await rowsOf(inTransaction, 'BEGIN');
    await rowsOf(inTransaction, 'UPDATE t SET v = 5 WHERE id = 1');
    const sends = async (chunks: readonly Buffer[]): Promise<void> => {
      const client = await clientOf(t, at, server);
      const socket = client.detach();
      const gone = once(socket, 'close');
      socket.resume();
      for (const chunk of chunks) socket.write(chunk);
      socket.end(framed(packetOf(Command.QUIT)));
      await gone;
      assert.deepEqual(await rowsOf(bystander, 'SELECT @x, @@time_zone, DATABASE()'), [['1', '+02:00', server.user]]);
      assert.equal(await valueOf(inTransaction, '(SELECT v FROM t WHERE id = 1)'), '5');
    };
    await fc.assert(fc.asyncProperty(fc.array(anyBytes, { maxLength: 6 }), sends), { numRuns: RUNS });
    await until(() => gateway.clients.size === 2 && gateway.pools[0]!.stats().inUse === 1);
  });

  it('gets no further than the door, whatever it says there', async (t) => {
    const server = await ownAccount(t, await getServer());
    const { gateway, ...at } = await gatewayFor(t, server);
    const client = await clientOf(t, at, server);
    const says = async (chunks: readonly Uint8Array[]): Promise<void> => {
      const socket = connect(at.port, at.host);
      const gone = once(socket, 'close');
      socket.on('error', () => undefined).resume();
      for (const chunk of chunks) socket.write(chunk);
      socket.end();
      await gone;
    };
    const response = fc
      .tuple(fc.uint8Array({ minLength: 32, maxLength: 90 }), fc.nat(2))
      .map(([bytes, sequence]) => framed(Buffer.from(bytes), sequence));
    const chunk = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 100 }), response);
    await fc.assert(fc.asyncProperty(fc.array(chunk, { minLength: 1, maxLength: 4 }), says), { numRuns: RUNS });
    assert.equal(await valueOf(client, '1'), '1');
    await until(() => gateway.clients.size === 1);
  });

  it('is cut off when it sends ahead of its login', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server);
    const socket = connect(at.port, at.host);
    socket.on('error', () => undefined);
    await once(socket, 'data');
    const gone = once(socket.resume(), 'close');
    // A header that announces more data, followed by packets that do not fit it.
    for (let n = 0; n < 64 && !socket.destroyed; n++) socket.write(framed(Buffer.alloc(200_000), 1));
    await gone;
  });

  it('is told that its packets are malformed, behind a statement that runs too', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server);
    const malformed: Buffer[] = [Command.STMT_EXECUTE, Command.STMT_FETCH, Command.STMT_RESET, Command.STMT_CLOSE]
      .map((command) => framed(packetOf(command, 'x')))
      .concat(framed(packetOf(Command.CHANGE_USER)), framed(packetOf(Command.STMT_SEND_LONG_DATA)));
    for (const bytes of malformed) {
      const client = await clientOf(t, at, server);
      client.send(Buffer.concat([queryFrame('DO 1'), bytes]));
      await client.next();
      await Promise.race([lastWord(client), client.closed]);
    }
    assert.equal(await valueOf(await clientOf(t, at, server), '1'), '1');
  });

  it('has its connection closed over a packet out of order, and no backend', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const other = await clientOf(t, at, server);
    const backend = await valueOf(other, 'CONNECTION_ID()');
    const client = await clientOf(t, at, server);
    client.send(framed(packetOf(Command.QUERY, 'SELECT 1'), 3));
    assert.equal(await lastWord(client), 1156);
    assert.equal(await valueOf(other, 'CONNECTION_ID()'), backend);
  });

  it('cannot send commands as the end of a file', async (t) => {
    const server = await ownAccount(t, await getServer());
    if (kind === 'mysql') await server.admin('SET GLOBAL local_infile = 1');
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const of = { database: server.user, capabilities: OFFERED | Capability.LOCAL_FILES };
    const [client, other] = [await clientOf(t, at, server, of), await clientOf(t, at, server, of)];
    const load = queryFrame("LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY ','");
    const file = Buffer.concat([packet(Buffer.from('11,1\n12,1\n'), 2), packet(Buffer.alloc(0), 3)]);
    // Everything in one write, as by a client that knows what it will be asked for; and split at any place.
    for (const cut of [0, 3, 9, 200]) {
      const bytes = Buffer.concat([
        load,
        file,
        queryFrame("SET time_zone = '+09:00'"),
        queryFrame('SELECT @@time_zone'),
      ]);
      client.send(bytes.subarray(0, cut));
      await new Promise(setImmediate);
      client.send(bytes.subarray(cut));
      await client.next();
      assert.equal((await client.next()).payload[0], 0);
      assert.equal(errnoIn(await client.answer(Command.QUERY)), 0);
      await client.answer(Command.QUERY);
      assert.notEqual(await valueOf(other, '@@time_zone'), '+09:00');
      assert.equal(await valueOf(other, '(SELECT COUNT(*) FROM t)'), '4');
      assert.equal(await valueOf(client, '@@time_zone'), '+09:00');
      await rowsOf(other, 'DELETE FROM t WHERE id > 10');
      await rowsOf(client, 'SET time_zone = DEFAULT');
    }
  });

  it('prepares no more than the server would let it', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const client = await clientOf(t, at, server);
    const most = Number(await valueOf(client, '@@max_prepared_stmt_count'));
    const { statements } = [...at.gateway.clients.values()][0]!;
    const carried = [...at.gateway.clients.values()][0]!.session.carried;
    for (let n = 0; n < most; n++)
      statements.add({ text: '', reading: { effect: { kind: 'read' }, pins: [], first: '' } }, carried, 0);
    assert.equal(errnoIn(await client.command(packetOf(Command.STMT_PREPARE, 'SELECT 1'))), 1461);
    const id = Buffer.alloc(4);
    id.writeUInt32LE(NONE_OF_A_SERVER + 1);
    client.send(framed(packetOf(Command.STMT_CLOSE, id)));
    assert.equal(errnoIn(await client.command(packetOf(Command.STMT_PREPARE, 'SELECT 1'))), 0);
  });

  it('prepares no more text than is kept for one client', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const client = await clientOf(t, at, server);
    const [{ statements, session }] = at.gateway.clients.values() as unknown as [Client];
    const text = 'x'.repeat(1024 * 1024);
    const reading = { effect: { kind: 'read' }, pins: [], first: '' } as const;
    for (let n = 0; n < 64; n++) {
      assert.equal(statements.isFull, false);
      statements.add({ text, reading }, session.carried, 0);
    }
    assert.equal(errnoIn(await client.command(packetOf(Command.STMT_PREPARE, 'SELECT 1'))), 1461);
    await client.command(packetOf(Command.RESET_CONNECTION));
    assert.equal(errnoIn(await client.command(packetOf(Command.STMT_PREPARE, 'SELECT 1'))), 0);
  });

  it('may send thousands of commands at once that have no answer', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const client = await clientOf(t, at, server);
    const [{ payload }] = (await client.command(packetOf(Command.STMT_PREPARE, 'SELECT LENGTH(?)'))) as [Packet];
    const id = payload.subarray(1, 5);
    const part = framed(packetOf(Command.STMT_SEND_LONG_DATA, Buffer.concat([id, Buffer.from('\0\0x')])));
    client.send(Buffer.concat(Array.from({ length: 20_000 }, () => part)));
    const head = Buffer.from([0, 1, 0, 0, 0, 0, 1, 0xfc, 0]);
    const answer = await client.command(packetOf(Command.STMT_EXECUTE, Buffer.concat([id, head])));
    assert.equal(errnoIn(answer), 0);
    assert.equal(answer.at(-2)!.payload.readUInt32LE(2), 20_000);
  });

  it('is turned out when it does not say whom it wants to be', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { loginTimeout: 300 });
    const client = await clientOf(t, at, server);
    const change = { user: 'somebody', answer: Buffer.alloc(20), database: undefined, charset: 45, attributes: {} };
    client.send(framed(encodeChangeUser({ ...change, plugin: 'caching_sha2_password' }, client.capabilities)));
    await client.closed;
    await until(() => at.gateway.clients.size === 0);
  });

  it('is turned out when it reads nothing of an answer for as long as the server would wait', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { maxSize: 1 });
    const client = await clientOf(t, at, server);
    const other = await clientOf(t, at, server);
    await rowsOf(client, 'SET net_write_timeout = 1');
    const socket = client.detach();
    socket.on('error', () => undefined).pause();
    const many = 'SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4';
    socket.write(queryFrame(`SELECT REPEAT('z', 1000000) FROM (${many}) a, (${many}) b, (${many}) c`));
    await until(() => [...at.gateway.clients.values()].some((each) => each.socket.writableNeedDrain));
    assert.equal(await valueOf(other, '1'), '1');
    assert.equal(at.gateway.clients.size, 1);
  });

  it('is turned out when it is idle for too long, or its login takes too long; its transaction is rolled back', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server, { clientIdleTimeout: 1_500, transactionIdleTimeout: 50, loginTimeout: 500 });
    const slow = connect(at.port, at.host);
    slow.on('error', () => undefined);
    const cut = once(slow.resume(), 'close');
    const [idle, holder] = [await clientOf(t, at, server), await clientOf(t, at, server, { database: server.user })];
    await rowsOf(holder, 'BEGIN');
    await rowsOf(holder, 'UPDATE t SET v = 7');
    // A client whose statement runs is not idle.
    assert.equal(await valueOf(holder, 'SLEEP(1.2)'), '0');
    assert.equal(await lastWord(holder), 4031);
    assert.equal(await lastWord(idle), 4031);
    await cut;
    const other: WireClient = await clientOf(t, at, server, { database: server.user });
    assert.equal(await valueOf(other, '(SELECT MAX(v) FROM t FOR UPDATE)'), '0');
    assert.equal(await errnoOf(other, 'SELECT 1'), 0);
  });
});
