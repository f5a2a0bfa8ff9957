/** What the reset modes that do less than a full reset must still clean, and which state counts as clean by default. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { MysqlLease, MysqlPool } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor, idOf, nextEvent, one, poolOn } from './support.js';

const count = async (from: MysqlPool | MysqlLease): Promise<unknown> =>
  (await one(from, 'SELECT COUNT(*) AS n FROM t'))['n'];

eachServer('after a loan', (kind, getServer) => {
  for (const reset of ['rollback', 'commit'] as const) {
    it(`nothing is left of a transaction that a failed procedure has begun (${reset})`, async (t) => {
      const database = await databaseFor(t, await getServer());
      const pool = poolOn(t, database.url, { maxSize: 1, reset });
      await pool.query(
        "CREATE PROCEDURE p() BEGIN START TRANSACTION; INSERT INTO t VALUES (1, 'x'); SIGNAL SQLSTATE '45000'; END",
      );
      await assert.rejects(pool.query('CALL p()'));
      assert.equal(await count(poolOn(t, database.url)), reset === 'commit' ? 1 : 0);
      await pool.query("INSERT INTO t VALUES (2, 'y')");
      assert.equal(await count(poolOn(t, database.url)), reset === 'commit' ? 2 : 1);
    });

    it(`the next borrower without autocommit sees what was committed meanwhile (${reset})`, async (t) => {
      const database = await databaseFor(t, await getServer());
      const pool = poolOn(t, database.url, { maxSize: 1, reset });
      await pool.use(async (lease) => {
        await lease.query('SET autocommit = 0');
        await count(lease);
      });
      await poolOn(t, database.url).query("INSERT INTO t VALUES (1, 'meanwhile')");
      assert.equal(await count(pool), 1);
    });
  }

  it('a session without a database has none again', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const id = await idOf(pool);
    const closed = nextEvent(pool, 'closed') as Promise<{ reason: string }>;
    await pool.query('USE information_schema');
    assert.equal((await one(pool, 'SELECT DATABASE() AS name'))['name'], null);
    assert.equal((await closed).reason, 'unclean');
    assert.notEqual(await idOf(pool), id);
  });

  it('a wish for the next transaction that nobody has used is gone', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    await pool.query('SET TRANSACTION READ ONLY');
    await pool.transaction((tx) => tx.query("INSERT INTO t VALUES (1, 'x')"));
    assert.equal(await count(pool), 1);
  });

  it('a character set of the pool’s own is back', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1, charset: 'LATIN1_GERMAN2_CI' });
    const look = async (): Promise<unknown> => ({
      ...(await one(pool, 'SELECT @@character_set_client AS client, @@collation_connection AS collation')),
    });
    const first = await look();
    assert.deepEqual(first, { client: 'latin1', collation: 'latin1_german2_ci' });
    for (const sql of ['SET NAMES utf8mb4', "SET collation_connection = 'latin1_swedish_ci'", 'SET @a = 1']) {
      await pool.query(sql);
      assert.deepEqual(await look(), first, sql);
    }
    assert.equal(pool.stats().total.opened, 1);
  });

  it('a variable that the hook has set to who knows what is as the hook has set it', async (t) => {
    const pool = poolOn(t, await getServer(), {
      maxSize: 1,
      onConnect: (connection) => connection.promise().query('SET max_sort_length = 1040'),
    });
    await pool.query('SET max_sort_length = 1050');
    assert.equal((await one(pool, 'SELECT @@max_sort_length AS n'))['n'], 1040);
  });

  it('over a compressed connection, nothing is left of whatever kind, and the connection is kept', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1, compress: true });
    const id = await idOf(pool);
    for (const [sql, kind] of [
      ['BEGIN', 'rollback'],
      ["SET sql_mode = ''", 'variables'],
      ['SET @left = 1', 'reset'],
      ['CREATE TEMPORARY TABLE mine (n INT)', 'variables'],
    ] as const) {
      const cleaned = nextEvent(pool, 'cleaned');
      await pool.use(async (lease) => {
        await lease.query(sql);
        await lease.query("INSERT INTO t VALUES (1, 'left')").catch(() => undefined);
        await lease.execute('DELETE FROM t WHERE id = ?', [1]);
      });
      const mode = await one(pool, "SELECT @left AS was, @@sql_mode = '' AS is_empty");
      assert.deepEqual({ ...mode }, { was: null, is_empty: 0 }, sql);
      assert.equal(((await cleaned) as { kind: string }).kind, kind, sql);
    }
    assert.equal(await idOf(pool), id);
  });

  // MySQL's session trackers report this only with the next answer without rows.
  if (kind === 'mariadb') {
    it('what a function behind a view has set is gone', async (t) => {
      const database = await databaseFor(t, await getServer());
      const pool = poolOn(t, database.url, { maxSize: 1 });
      await pool.query('CREATE FUNCTION f() RETURNS INT BEGIN SET @left = 5; RETURN 1; END');
      await pool.query('CREATE VIEW v AS SELECT f() AS n');
      await pool.query('SELECT n FROM v');
      assert.equal((await one(pool, 'SELECT @left AS was'))['was'], null);
      const before = pool.stats().total.opened;
      await pool.query('SELECT * FROM t');
      assert.equal(pool.stats().total.opened, before);
    });
  }
});
