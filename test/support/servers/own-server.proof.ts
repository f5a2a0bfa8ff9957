import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { createConnection } from 'mysql2/promise';
import type { Connection } from 'mysql2/promise';
import { until } from '../until.js';
import { freshDatabase, startOwnServer } from './index.js';
import type { OwnServer } from './index.js';
import { isAlive } from './is-alive.js';
import { SERVER_KINDS } from './test-server.js';

for (const kind of SERVER_KINDS) {
  describe(`own server (${kind})`, () => {
    let server: OwnServer;
    const open: Connection[] = [];

    before(async () => {
      server = await startOwnServer(kind, {
        maxConnections: 10,
        waitTimeout: 600,
        variables: { net_read_timeout: 33 },
      });
    });
    after(async () => {
      for (const connection of open) connection.destroy();
      await server[Symbol.asyncDispose]();
    });

    async function connect(how: object = { uri: server.url() }): Promise<Connection> {
      const connection = await createConnection(how);
      connection.on('error', () => {});
      open.push(connection);
      return connection;
    }

    async function variable(name: string): Promise<string> {
      const [row] = await server.admin(`SHOW GLOBAL VARIABLES LIKE '${name}'`);
      return String(row?.['Value']);
    }

    it('says what it is', async () => {
      assert.equal(server.kind, kind);
      assert.match(server.version, kind === 'mysql' ? /^\d+\.\d+\.\d+(?!.*mariadb)/i : /mariadb/i);
      assert.equal(server.host, '127.0.0.1');
      assert.equal(server.url('a b'), `mysql://app:secret@127.0.0.1:${server.port}/a%20b`);
      assert.equal(server.tlsCa, undefined);
    });

    it('has the variables that were asked for', async () => {
      assert.equal(await variable('max_connections'), '10');
      assert.equal(await variable('wait_timeout'), '600');
      assert.equal(await variable('net_read_timeout'), '33');
    });

    it('lets the application in by TCP and by socket, with full rights', async () => {
      await using database = await freshDatabase(server);
      for (const how of [
        { uri: database.url },
        { socketPath: server.socketPath, user: server.user, password: server.password, database: database.name },
      ]) {
        const connection = await connect(how);
        await connection.query('CREATE TABLE t (id INT)');
        await connection.query('DROP TABLE t');
        await connection.end();
      }
    });

    it('offers no TLS unless asked', async () => {
      await assert.rejects(connect({ uri: server.url(), ssl: { rejectUnauthorized: false } }), {
        code: 'HANDSHAKE_NO_SSL_SUPPORT',
      });
    });

    it('counts connections, and answers the admin when all are taken', async () => {
      await until(async () => (await server.connections()) === 0);
      const all: Connection[] = [];
      // A login that was just broken off still takes a connection, and is in no process list: try until there is room.
      await until(async () => {
        all.push(
          ...(await connect().then(
            (connection) => [connection],
            () => [],
          )),
        );
        return all.length === 10;
      });
      await assert.rejects(connect(), { code: 'ER_CON_COUNT_ERROR' });
      const counts = await Promise.all([server.connections(), server.connections('app'), server.connections('nobody')]);
      assert.deepEqual(counts, [10, 10, 0]);
      await Promise.all(all.map((connection) => connection.end()));
      await until(async () => (await server.connections()) === 0);
    });

    it('answers an error of a statement as it is', async () => {
      await assert.rejects(server.admin('SELECT * FROM mysql.nothing'), { code: 'ER_NO_SUCH_TABLE' });
    });

    for (const how of ['stop', 'kill'] as const) {
      it(`${how} ends it, start brings back the same data on the same port`, async () => {
        await using database = await freshDatabase(server);
        await server.admin(`CREATE TABLE ${database.name}.t (id INT)`);
        await server.admin(`INSERT INTO ${database.name}.t VALUES (42)`);
        const { port, pid } = server;
        const connection = await connect();
        const lost = once(connection, 'error');
        await server[how]();
        await server[how]();
        await lost;
        assert.equal(isAlive(pid), false);
        await assert.rejects(connect(), { code: 'ECONNREFUSED' });
        await server.start();
        await server.start();
        assert.equal(server.port, port);
        assert.deepEqual(await server.admin(`SELECT id FROM ${database.name}.t`), [{ id: 42 }]);
      });
    }

    it('stops cleanly: what it logs says so', async () => {
      await server.restart();
      assert.match(readFileSync(`${server.folder}/server.log`, 'utf8'), /shutdown complete/i);
    });

    it('freezes and thaws without losing a connection, and stops when frozen', async () => {
      const connection = await connect();
      await server.freeze();
      await server.freeze();
      let isAnswered = false;
      const answer = connection.query('SELECT 1').then(() => {
        isAnswered = true;
      });
      // The kernel still accepts TCP connections, but the frozen server sends no greeting.
      await assert.rejects(connect({ uri: server.url(), connectTimeout: 200 }), { code: 'ETIMEDOUT' });
      assert.equal(isAnswered, false);
      await server.thaw();
      await answer;
      await server.freeze();
      await server.stop();
      await server.start();
      await server.freeze();
      await server.kill();
      await server.start();
    });
  });

  it(`own server (${kind}) with TLS: trusted by its authority only`, async () => {
    await using server = await startOwnServer(kind, { tls: true });
    const ca = readFileSync(server.tlsCa!);
    for (const host of ['127.0.0.1', 'localhost']) {
      const { port, user, password } = server;
      const connection = await createConnection({ host, port, user, password, ssl: { ca, verifyIdentity: true } });
      const [rows] = await connection.query("SHOW STATUS LIKE 'Ssl_cipher'");
      assert.notEqual((rows as { Value: string }[])[0]?.Value, '');
      await connection.end();
    }
    await assert.rejects(createConnection({ uri: server.url(), ssl: {} }), /certificate/);
  });

  it(`own server (${kind}) with max_user_connections`, async () => {
    await using server = await startOwnServer(kind, { maxUserConnections: 1 });
    const connection = await createConnection(server.url());
    await assert.rejects(createConnection(server.url()), (error: { errno?: number }) =>
      [1203, 1226].includes(error.errno ?? 0),
    );
    await connection.end();
  });

  it(`own server (${kind}): dispose takes everything away, twice is no harm`, async () => {
    const server = await startOwnServer(kind);
    const { pid, folder } = server;
    await server[Symbol.asyncDispose]();
    assert.equal(isAlive(pid), false);
    assert.equal(existsSync(folder), false);
    await server[Symbol.asyncDispose]();
    await server.stop();
  });

  it(`own server (${kind}) that cannot start says why and leaves nothing`, async () => {
    const starting = startOwnServer(kind, { variables: { no_such_variable: 1 } });
    await assert.rejects(starting, /ended while starting: .*no-such-variable/);
  });
}
