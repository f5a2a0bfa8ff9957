import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { SERVER_KINDS, startOwnServer, type OwnServer } from '../support/servers/index.js';
import { idOf, nextEvent, one, poolOn, runs } from './support.js';

for (const kind of SERVER_KINDS) {
  describe(`TLS and sockets (${kind})`, () => {
    let server: OwnServer;
    before(async () => {
      server = await startOwnServer(kind, { tls: true });
    });
    after(() => server[Symbol.asyncDispose]());

    const ca = (): { ca: string } => ({ ca: readFileSync(server.tlsCa!, 'utf8') });

    it('speaks TLS, and checks who answers', async (t) => {
      const pool = poolOn(t, server, { ssl: ca(), maxSize: 1 });
      const [rows] = await pool.query("SHOW SESSION STATUS LIKE 'Ssl_version'");
      assert.match(String((rows as { Value: string }[])[0]!.Value), /^TLSv1\.[23]$/);
      const distrustful = poolOn(t, server, { ssl: {} });
      const started = performance.now();
      await assert.rejects(distrustful.query('SELECT 1'), (error: { code: string; cause: { code: string } }) => {
        assert.deepEqual([error.code, error.cause.code], ['POOL_CONNECT', 'HANDSHAKE_SSL_ERROR']);
        return true;
      });
      assert.ok(performance.now() - started < 5_000);
    });

    it('cleans, stops and closes over TLS as well', async (t) => {
      const pool = poolOn(t, server, { ssl: ca(), maxSize: 2 });
      await pool.query('SET @a = 1');
      assert.equal((await one(pool, 'SELECT @a AS a'))['a'], null);
      await assert.rejects(pool.query('SELECT SLEEP(60)', [], { timeout: 30 }), { code: 'MYSQL_QUERY_TIMEOUT' });
      assert.equal(pool.stats().total.closed, 0);
      await pool.close();
      assert.equal(pool.stats().size, 0);
    });

    it('notices over TLS when a connection dies, idle or running', async (t) => {
      const pool = poolOn(t, server, { ssl: ca(), maxSize: 1 });
      const id = await idOf(pool);
      const closed = nextEvent(pool, 'closed');
      await server.admin(`KILL ${id}`);
      await closed;
      const running = pool.query('SELECT SLEEP(60), "over TLS"');
      const told = assert.rejects(running, { fatal: true });
      await runs(server, 'over TLS');
      await server.kill();
      await told;
      await server.start();
    });

    it('refuses for good when the server has no TLS to offer', async (t) => {
      await using plain = await startOwnServer(kind);
      const pool = poolOn(t, plain, { ssl: {} });
      await assert.rejects(pool.query('SELECT 1'), { code: 'POOL_CONNECT' });
    });

    it('goes through a socket in the file system', async (t) => {
      const { socketPath, user, password } = server;
      const pool = poolOn(t, `mysql://${user}:${password}@localhost/?socketPath=${encodeURIComponent(socketPath)}`);
      const [rows] = await pool.query(
        'SELECT HOST AS host FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()',
      );
      assert.deepEqual(rows, [{ host: 'localhost' }]);
    });
  });
}
