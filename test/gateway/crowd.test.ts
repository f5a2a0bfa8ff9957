/** More clients than backends: the gateway must query state from a backend before it can give it to the next client. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { gatewayFor } from './support.js';

const CLIENTS = 6;
const ROUNDS = 20;

eachServer('a crowd of clients on one backend', (_kind, getServer) => {
  it('each get the answers to their own commands, and all of them', { timeout: 60_000 }, async (t) => {
    const server = await getServer();
    const database = await freshDatabase(server, 'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, name CHAR(9))');
    t.after(() => database[Symbol.asyncDispose]());
    const { host, port } = await gatewayFor(t, server, { maxSize: 1 });
    const { user, password } = server;
    const serve = async (name: string): Promise<void> => {
      const client = await createConnection({ host, port, user, password, database: database.name });
      t.after(() => client.destroy());
      for (let n = 0; n < ROUNDS; n++) {
        await client.query('SET autocommit = 0');
        const [{ insertId }] = await client.query<ResultSetHeader>('INSERT INTO t (name) VALUES (?)', [name]);
        await client.query('COMMIT');
        await client.query('SET autocommit = 1');
        const [rows] = await client.query<RowDataPacket[]>('SELECT LAST_INSERT_ID() AS id, ? AS name', [name]);
        assert.deepEqual(rows, [{ id: insertId, name }]);
      }
      await client.end();
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, n) => serve(`client ${n}`)));
  });
});
