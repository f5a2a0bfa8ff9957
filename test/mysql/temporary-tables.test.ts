import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { MysqlConnection, MysqlPool } from 'node-mysqlpool';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor, idOf, one, poolOn } from './support.js';

const MAKE = 'CREATE TEMPORARY TABLE mine (id INT)';
const FAILS = { code: 'ER_NO_SUCH_TABLE' };

/** A pool of one connection, and a record of how it was cleaned. */
async function poolOfOne(
  t: TestContext,
  server: TestServer,
  onConnect?: (connection: MysqlConnection) => unknown,
): Promise<{ pool: MysqlPool; kinds: string[] }> {
  const { url } = await databaseFor(t, server);
  const pool = poolOn(t, url, { maxSize: 1, ping: 'never', ...(onConnect !== undefined && { onConnect }) });
  const kinds: string[] = [];
  pool.on('cleaned', ({ kind }) => kinds.push(kind ?? ''));
  return { pool, kinds };
}

eachServer('temporary tables', (_kind, getServer) => {
  it('are dropped without a reset, together with whatever else was left', async (t) => {
    const { pool, kinds } = await poolOfOne(t, await getServer());
    for (const more of [[], ["SET time_zone = '+09:00'"], ['BEGIN', "INSERT INTO t VALUES (1, 'a')"]]) {
      await pool.use(async (lease) => {
        await lease.query('SET @seen = NULL');
      });
      await pool.use(async (lease) => {
        for (const sql of [MAKE, ...more]) await lease.query(sql);
      });
      await assert.rejects(pool.query('SELECT * FROM mine'), FAILS);
      assert.equal((await one(pool, 'SELECT COUNT(*) AS n FROM t'))['n'], 0);
    }
    assert.deepEqual(kinds, ['reset', 'variables', 'reset', 'variables', 'reset', 'variables']);
  });

  it('take nothing where their borrower has dropped them', async (t) => {
    const { pool, kinds } = await poolOfOne(t, await getServer());
    await pool.use(async (lease) => {
      await lease.query(MAKE);
      await lease.query('INSERT INTO mine VALUES (1)');
      await lease.query('DROP TEMPORARY TABLE mine');
    });
    await assert.rejects(pool.query('SELECT * FROM mine'), FAILS);
    assert.deepEqual(kinds, []);
  });

  it('of the init are there for everybody, whatever borrowers make of them', async (t) => {
    const { pool, kinds } = await poolOfOne(t, await getServer(), async (connection) => {
      await connection.promise().query('CREATE TEMPORARY TABLE mine (id INT DEFAULT 7)');
      await connection.promise().query('INSERT INTO mine VALUES (5)');
    });
    for (const sql of [
      'CREATE TEMPORARY TABLE IF NOT EXISTS mine (id INT)',
      'DROP TEMPORARY TABLE mine',
      'DROP TEMPORARY TABLE IF EXISTS mine',
      'CREATE TEMPORARY TABLE second (id INT)',
    ]) {
      await pool.use((lease) => lease.query(sql));
      assert.deepEqual({ ...(await one(pool, 'SELECT id FROM mine')) }, { id: 5 }, sql);
    }
    assert.deepEqual(kinds, ['reset', 'reset', 'reset', 'reset']);
  });

  it('are dropped after a statement that was stopped while it wrote to them', async (t) => {
    const server = await getServer();
    const { url } = await databaseFor(t, server);
    const pool = poolOn(t, url, { maxSize: 2 });
    const id = await pool.use(async (lease) => {
      await lease.query(MAKE);
      await assert.rejects(lease.query({ sql: 'INSERT INTO mine SELECT SLEEP(60)', timeout: 50 }), {
        code: 'MYSQL_QUERY_TIMEOUT',
      });
      return idOf(lease);
    });
    // The other connection may have been opened to send KILL.
    const leases = await Promise.all([pool.acquire(), pool.acquire()]);
    assert.ok((await Promise.all(leases.map(idOf))).includes(id));
    for (const lease of leases) {
      await assert.rejects(lease.query('SELECT * FROM mine'), FAILS);
      lease.release();
    }
  });
});
