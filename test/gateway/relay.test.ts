/** A client sees the same through a gateway as directly at the server. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { Capability, OFFERED } from '#internal/wire/index.js';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { clientOf, gatewayFor, rowsOf, valueOf } from './support.js';

eachServer('a gateway', (_kind, getServer) => {
  it('lets a client in, and relays its queries', async (t) => {
    const server = await getServer();
    const gateway = await gatewayFor(t, server);
    const client = await clientOf(t, gateway, server);
    assert.deepEqual(await rowsOf(client, "SELECT 1, 'two', NULL"), [['1', 'two', null]]);
    await assert.rejects(rowsOf(client, 'SELECT * FROM nowhere.nothing'), ({ errno }) =>
      [1049, 1142, 1146].includes(errno),
    );
    assert.equal(await valueOf(client, '1 + 1'), '2');
  });

  for (const deprecatesEof of [true, false]) {
    for (const tracks of [true, false]) {
      const name = `${deprecatesEof ? '' : 'no '}DEPRECATE_EOF, ${tracks ? '' : 'no '}SESSION_TRACK`;
      it(`answers to the byte as the server does (${name})`, async (t) => {
        const server = await getServer();
        const gateway = await gatewayFor(t, server);
        const without = (deprecatesEof ? 0 : Capability.DEPRECATE_EOF) | (tracks ? 0 : Capability.SESSION_TRACK);
        const capabilities = (OFFERED & ~without) >>> 0;
        const database = await freshDatabase(server);
        t.after(() => database[Symbol.asyncDispose]());
        const through = await clientOf(t, gateway, server, { capabilities, database: database.name });
        const direct = await clientOf(t, server, server, { capabilities, database: database.name });
        for (const sql of STATEMENTS) {
          const [a, b] = [await direct.query(sql), await through.query(sql)];
          assert.deepEqual(b, a, sql);
        }
      });
    }
  }

  it('keeps the session of a client over any backend', async (t) => {
    const server = await getServer();
    const database = await freshDatabase(server);
    t.after(() => database[Symbol.asyncDispose]());
    const gateway = await gatewayFor(t, server, { mode: 'rotate' });
    const client = await clientOf(t, gateway, server, { database: database.name });
    await rowsOf(client, "SET NAMES latin1 COLLATE latin1_german1_ci, time_zone = '+03:00', @x = 5");
    await rowsOf(client, "SET sql_mode = 'ANSI_QUOTES'");
    const ids = new Set<string | null>();
    for (let n = 0; n < 6; n++) {
      ids.add(await valueOf(client, 'CONNECTION_ID()'));
      const sql = '@@collation_connection, @@time_zone, @x, @@sql_mode, DATABASE()';
      const [row] = await rowsOf(client, `SELECT ${sql}`);
      assert.deepEqual(row, ['latin1_german1_ci', '+03:00', '5', 'ANSI_QUOTES', database.name]);
    }
    assert.equal(ids.size > 1, true);
  });

  it('tells nobody of the warnings and errors of the client before', async (t) => {
    const server = await getServer();
    const gateway = await gatewayFor(t, server, { maxSize: 1 });
    for (const sql of ["SELECT CAST('secret' AS SIGNED)", 'SELECT secret']) {
      const one = await clientOf(t, gateway, server);
      await one.query(sql);
      // Some servers keep warnings across this statement.
      await one.query('DO 0');
      const other = await clientOf(t, gateway, server);
      assert.deepEqual(await rowsOf(other, 'SHOW WARNINGS'), []);
      await one.query(sql);
      await other.query("SET time_zone = '+01:00'");
      assert.deepEqual(await rowsOf(other, 'SHOW WARNINGS'), []);
    }
  });

  it('serves mysql2 with prepared statements and transactions', async (t) => {
    const server = await getServer();
    const database = await freshDatabase(server);
    t.after(() => database[Symbol.asyncDispose]());
    const { host, port } = await gatewayFor(t, server, { mode: 'rotate' });
    const { user, password } = server;
    const connection = await createConnection({ host, port, user, password, database: database.name });
    t.after(() => connection.end());
    await connection.query('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))');
    for (let n = 1; n <= 5; n++) {
      const [inserted] = await connection.execute<ResultSetHeader>('INSERT INTO t (v) VALUES (?)', [`v${n}`]);
      assert.equal(inserted.insertId, n);
      const [rows] = await connection.query<RowDataPacket[]>('SELECT LAST_INSERT_ID() AS id');
      assert.deepEqual(rows, [{ id: n }]);
    }
    await connection.beginTransaction();
    await connection.execute('DELETE FROM t WHERE id > ?', [2]);
    await connection.rollback();
    const [rows] = await connection.execute<RowDataPacket[]>('SELECT COUNT(*) AS n FROM t WHERE id > ?', [0]);
    assert.deepEqual(rows, [{ n: 5 }]);
  });
});

const STATEMENTS = [
  'SELECT 1',
  "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL",
  'SELECT 1 WHERE FALSE',
  'DO 1',
  'SELECT * FROM nowhere.nothing',
  'SELECT',
  "SET time_zone = '+01:00'",
  'SET @a = 1',
  'SELECT @a, @@time_zone',
  'BEGIN',
  'COMMIT',
  "SELECT CAST('x' AS SIGNED)",
  'SHOW WARNINGS',
  'SELECT REPEAT("x", 70000)',
  // Statements whose OK has an info text.
  'CREATE TEMPORARY TABLE numbers (n INT)',
  'INSERT INTO numbers VALUES (1), (2), (3)',
  'UPDATE numbers SET n = 4 WHERE n < 3',
  'DROP TEMPORARY TABLE numbers',
];
