import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import * as mysql2 from 'mysql2';
import { internals, watchRowEnds, type MysqlConnection } from '#internal/mysql/driver.js';
import { sharedServer } from '../support/servers/shared.js';
import { databaseFor, poolOn } from './support.js';

const READ = 'SELECT 1 AS n UNION SELECT 2 UNION SELECT 3';
const SAY = "SET SESSION session_track_system_variables = '*', SESSION session_track_state_change = 1";

const ask = (connection: MysqlConnection, sql: string): Promise<unknown> => connection.promise().query(sql);

const WAYS: Readonly<Record<string, (connection: MysqlConnection, sql: string) => Promise<unknown>>> = {
  query: ask,
  execute: (connection, sql) => connection.promise().execute(sql),
  'a stream that is read slowly': async (connection, sql) => {
    const rows = connection.query(sql).stream({ highWaterMark: 1 });
    for await (const row of rows) await new Promise((resolve) => void setImmediate(resolve, row));
  },
  'rows in the middle of several answers': (connection, sql) => ask(connection, `${READ}; ${sql}; ${READ}`),
};

it('hears of what MariaDB says has changed where rows end, however they are read', async (t) => {
  const server = await sharedServer('mariadb');
  const { url } = await databaseFor(t, server);
  // A function that sets a variable, which the text of the calling statement does not show.
  await server.admin(
    `CREATE FUNCTION ${new URL(url).pathname.slice(1)}.sets() RETURNS INT BEGIN SET SESSION sort_buffer_size = 65536; RETURN 1; END`,
  );
  for (const compress of [false, true]) {
    for (const isOld of [false, true]) {
      const connection = mysql2.createConnection({ uri: url, compress, multipleStatements: true });
      t.after(() => connection.destroy());
      await once(connection, 'connect');
      // Older versions of mysql2 create a new object for each packet.
      const { packetParser, _inflatedPacketsParser: inflated } = internals(connection);
      if (isOld) readEachAsNew((inflated ?? packetParser) as unknown as Parser);
      let changes = 0;
      const rowsCame = watchRowEnds(connection, () => void changes++);
      await ask(connection, SAY);
      await ask(connection, READ);
      rowsCame();
      for (const [way, read] of Object.entries(WAYS)) {
        const how = `${way}, ${compress ? 'compressed' : 'plain'}${isOld ? ', as with older versions' : ''}`;
        changes = 0;
        await read(connection, READ);
        assert.equal(changes, 0, how);
        await read(connection, 'SELECT sets() AS n UNION SELECT 2 UNION SELECT 3');
        assert.ok(changes > 0, how);
      }
      const looksAtAll = Object.hasOwn(connection, 'handlePacket');
      assert.equal(looksAtAll, isOld, 'it looks at every packet only where nothing else will do');
    }
  }
});

interface Parser {
  readonly _reusablePacket: object;
  onPacket(packet: object): void;
}

/** Makes the parser create a new object for each packet, as older versions of mysql2 do. */
function readEachAsNew(parser: Parser): void {
  const plain = Reflect.getPrototypeOf(parser._reusablePacket) as { clone(): object };
  const handOn = parser.onPacket.bind(parser);
  parser.onPacket = (packet) => handOn(plain.clone.call(packet));
}

/** Records the sets of properties that each connection has had whenever it handled a packet. */
function watchProperties(t: { after(fn: () => void): void }): Map<object, Set<string>> {
  const { prototype } = (mysql2 as unknown as { Connection: { prototype: { handlePacket(packet?: object): void } } })
    .Connection;
  const seen = new Map<object, Set<string>>();
  const { handlePacket } = Reflect.getPrototypeOf(prototype) as { handlePacket(this: void, packet?: object): void };
  prototype.handlePacket = function (packet) {
    const sets = seen.get(this) ?? new Set<string>();
    seen.set(this, sets.add(Reflect.ownKeys(this).map(String).join()));
    Reflect.apply(handlePacket, this, [packet]);
  };
  t.after(() => void Reflect.deleteProperty(prototype, 'handlePacket'));
  return seen;
}

/** Records the class and the properties of the present command whenever a packet is handled. */
function watchCommands(t: { after(fn: () => void): void }): Set<string> {
  const seen = new Set<string>();
  const { prototype } = (mysql2 as unknown as { Connection: { prototype: object } }).Connection;
  const { handlePacket } = Reflect.getPrototypeOf(prototype) as { handlePacket(this: void, packet?: object): void };
  const watched = function (this: { readonly _command?: object | null }, packet?: object): void {
    const { _command: command } = this;
    if (command) seen.add(`${command.constructor.name} ${Object.keys(command).toSorted().join()}`);
    Reflect.apply(handlePacket, this, [packet]);
  };
  Object.defineProperty(prototype, 'handlePacket', { value: watched, configurable: true, writable: true });
  t.after(() => void Reflect.deleteProperty(prototype, 'handlePacket'));
  return seen;
}

it('adds nothing to a connection while its server answers, so that V8 compiles the reading of rows for one kind', async (t) => {
  const server = await sharedServer('mysql');
  const seen = watchProperties(t);
  const stock = mysql2.createConnection(server.url());
  await ask(stock, READ);
  const most = seen.get(stock)!.size;
  stock.destroy();
  for (const options of [{}, { onConnect: (connection: MysqlConnection) => ask(connection, 'SET @a = 1') }]) {
    seen.clear();
    const pool = poolOn(t, server, options);
    await pool.query(READ);
    await pool.query('SET @a = 2');
    await pool.query(READ);
    assert.equal(Math.max(...[...seen.values()].map(({ size }) => size)), most);
  }
});

it('has mysql2 read packets for its own kinds of commands alone, so that V8 compiles that for no more kinds', async (t) => {
  for (const kind of ['mysql', 'mariadb'] as const) {
    const server = await sharedServer(kind);
    const seen = watchCommands(t);
    const stock = mysql2.createConnection(server.url());
    await ask(stock, READ);
    await ask(stock, 'SET @a = 1');
    stock.destroy();
    const known = new Set(seen);
    const pool = poolOn(t, server, { maxSize: 1, reset: 'session', ping: 'always' });
    await Promise.all([pool.query(READ), pool.query(READ)]);
    await pool.query('SET @a = 2');
    await pool.query(READ);
    assert.deepEqual(
      [...seen].filter((each) => !known.has(each)),
      [],
    );
  }
});

it('leaves all connections of one kind to V8, also after pings and resets', async (t) => {
  setFlagsFromString('--allow-natives-syntax');
  const areOfOneKind = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (a: object, b: object) => boolean;
  const pool = poolOn(t, await sharedServer('mysql'), { maxSize: 2, ping: 'always', reset: 'session' });
  for (let round = 0; round < 3; round++) {
    await using first = await pool.acquire();
    await using second = await pool.acquire();
    await Promise.all([first.query(READ), second.query(READ)]);
    assert.ok(areOfOneKind(first.connection, second.connection));
  }
});
