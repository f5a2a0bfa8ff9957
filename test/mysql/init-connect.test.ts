/**
 * init_connect, which the server runs in every new session. It is a global variable, so that the tests start their own
 * servers.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { MysqlPool, MysqlPoolOptions } from 'node-mysqlpool';
import { SERVER_KINDS, startServer, type TestServer } from '../support/servers/index.js';
import { nextEvent, one, poolOn } from './support.js';

const PASSWORD = 'n0rights';

/** A pool of an account without the privilege for which init_connect is skipped. */
async function poolFor(t: TestContext, server: TestServer, options: MysqlPoolOptions = {}): Promise<MysqlPool> {
  const user = `u_${randomBytes(6).toString('hex')}`;
  await server.admin(`CREATE USER '${user}'@'%' IDENTIFIED BY '${PASSWORD}'`);
  return poolOn(t, server, { user, password: PASSWORD, maxSize: 1, ...options });
}

const look = async (pool: MysqlPool): Promise<Record<string, unknown>> => ({
  ...(await one(pool, 'SELECT @@sort_buffer_size AS size, @x AS x, @@time_zone AS zone, @@net_read_timeout AS net')),
});

for (const kind of SERVER_KINDS) {
  describe(`init_connect (${kind})`, () => {
    let server: TestServer;
    before(async () => {
      server = await startServer(kind);
    });
    after(async () => {
      await server[Symbol.asyncDispose]();
    });
    const begin = async (t: TestContext, text: string): Promise<void> => {
      await server.admin(`SET GLOBAL init_connect = "${text}"`);
      t.after(() => server.admin("SET GLOBAL init_connect = ''"));
    };

    for (const [text, staysOn] of [
      ['SET sort_buffer_size = 333824', false],
      ["SET @x = 'given'", false],
      ["SET time_zone = '+03:00', net_read_timeout = 77", false],
      ["SET time_zone = '+03:00'", true],
      ['SET NAMES latin1', true],
    ] as const) {
      it(`${text}: the same for every borrower`, async (t) => {
        await begin(t, text);
        const pool = await poolFor(t, server);
        const first = await look(pool);
        for (const change of [
          'SET @left = 1',
          "SET time_zone = '+05:00'",
          'SET sort_buffer_size = 40000',
          "SET @x = 'mine'",
        ]) {
          await pool.query(change);
          assert.deepEqual(await look(pool), first, change);
        }
        assert.equal(pool.stats().total.opened === 1, staysOn);
      });
    }

    it('that fails is a failed dial with its reason, and no dead connection is lent', async (t) => {
      await begin(t, 'INSERT INTO nowhere.audit VALUES (1)');
      const warnings: Error[] = [];
      const note = (warning: Error): number => warnings.push(warning);
      process.on('warning', note);
      t.after(() => process.removeListener('warning', note));
      const pool = await poolFor(t, server, { acquireTimeout: 400 });
      const failed = nextEvent(pool, 'openFailed') as Promise<{ error: Error & { errno?: number } }>;
      await assert.rejects(
        pool.query('SELECT 1'),
        (error: Error & { code?: string; cause?: Error & { errno?: number } }) => {
          assert.equal(error.code, 'POOL_ACQUIRE_TIMEOUT');
          assert.equal(error.cause?.errno, 1184);
          assert.match(error.message, /init_connect/);
          return true;
        },
      );
      assert.equal((await failed).error.errno, 1184);
      assert.equal(pool.stats().total.opened, 0);
      await server.admin("SET GLOBAL init_connect = ''");
      pool.evict();
      await pool.query('SELECT 1');
      assert.deepEqual(warnings, []);
    });

    it('turns away an account that may say no more this hour', async (t) => {
      const user = `u_${randomBytes(6).toString('hex')}`;
      await server.admin(`CREATE USER '${user}'@'%' IDENTIFIED BY '${PASSWORD}' WITH MAX_QUERIES_PER_HOUR 1`);
      const pool = poolOn(t, server, { user, password: PASSWORD, maxSize: 1, acquireTimeout: 300 });
      const failed = nextEvent(pool, 'openFailed') as Promise<{ error: { errno?: number } }>;
      await assert.rejects(async () => {
        for (let n = 0; n < 5; n++) await pool.query('SELECT 1');
      });
      pool.evict();
      await assert.rejects(pool.query('SELECT 1'), { code: 'POOL_ACQUIRE_TIMEOUT' });
      assert.equal((await failed).error.errno, 1226);
    });
  });
}
