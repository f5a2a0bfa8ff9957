/** A cached prepared statement is bound to the state of the session in which it was prepared. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { MysqlLease, MysqlPool } from 'node-mysqlpool';
import { createPool as createDropIn } from 'node-mysqlpool/mysql2/promise';
import { freshDatabase, type TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { idOf, one, poolOn, type Rows } from './support.js';

/** Two tenants' databases, with tables of the same name. */
async function tenants(
  t: TestContext,
  server: TestServer,
): Promise<readonly [url: string, mine: string, other: string]> {
  const made = [await freshDatabase(server), await freshDatabase(server)] as const;
  for (const database of made) {
    t.after(() => database[Symbol.asyncDispose]());
    await server.admin(`CREATE TABLE ${database.name}.inv (id INT, v VARCHAR(99))`);
    await server.admin(`INSERT INTO ${database.name}.inv VALUES (1, '${database.name}')`);
  }
  return [made[0].url, made[0].name, made[1].name];
}

const SELECT = 'SELECT v FROM inv WHERE id = ?';
const valueOf = async (from: MysqlPool | MysqlLease): Promise<unknown> =>
  (await from.execute<Rows>(SELECT, [1]))[0][0]!['v'];

eachServer('a prepared statement', (_kind, getServer) => {
  it('finds the rows of its own database, in whichever it was prepared first', async (t) => {
    const [url, mine, other] = await tenants(t, await getServer());
    const pool = poolOn(t, url, { maxSize: 1 });
    const id = await idOf(pool);
    await pool.use(async (lease) => {
      await lease.query(`USE ${other}`);
      assert.equal(await valueOf(lease), other);
    });
    assert.equal(await valueOf(pool), mine);
    await pool.use(async (lease) => {
      await lease.query(`USE ${other}`);
      assert.equal(await valueOf(lease), other);
      await lease.query(`USE ${mine}`);
      assert.equal(await valueOf(lease), mine, 'within one loan');
    });
    assert.equal(await valueOf(pool), mine);
    assert.equal(await idOf(pool), id);
  });

  it('writes into its own database', async (t) => {
    const [url, mine, other] = await tenants(t, await getServer());
    const pool = poolOn(t, url, { maxSize: 1 });
    const insert = 'INSERT INTO inv VALUES (?, ?)';
    await pool.use(async (lease) => {
      await lease.query(`USE ${other}`);
      await lease.execute(insert, [2, 'theirs']);
      await lease.query(`USE ${mine}`);
    });
    await pool.execute(insert, [3, 'ours']);
    const row = await one(
      pool,
      `SELECT (SELECT COUNT(*) FROM ${mine}.inv) AS ours, (SELECT COUNT(*) FROM ${other}.inv) AS theirs`,
    );
    assert.deepEqual({ ...row }, { ours: 2, theirs: 2 });
  });

  it('is asked for in a pipeline and bound to what came before it', async (t) => {
    const [url, mine, other] = await tenants(t, await getServer());
    const pool = poolOn(t, url, { maxSize: 1 });
    await pool.use(async (lease) => {
      const answers = await Promise.all([
        valueOf(lease),
        lease.query(`USE ${other}`).then(() => undefined),
        valueOf(lease),
        lease.query(`USE ${mine}`).then(() => undefined),
        valueOf(lease),
      ]);
      assert.deepEqual(answers, [mine, undefined, other, undefined, mine]);
    });
  });

  const modes: Record<string, readonly [sql: string, fresh: unknown]> = {
    ANSI_QUOTES: ['SELECT "v" AS x FROM inv WHERE id = ?', 'v'],
    NO_BACKSLASH_ESCAPES: ["SELECT 'a\\\\b' AS x FROM inv WHERE id = ?", 'a\\b'],
    PIPES_AS_CONCAT: ['SELECT 1 || 0 AS x FROM inv WHERE id = ?', 1],
  };
  for (const [mode, [sql, fresh]] of Object.entries(modes)) {
    it(`means what it means without ${mode} for the next borrower`, async (t) => {
      const [url] = await tenants(t, await getServer());
      const pool = poolOn(t, url, { maxSize: 1 });
      const ask = async (from: MysqlPool | MysqlLease): Promise<unknown> =>
        (await from.execute<Rows>(sql, [1]))[0][0]!['x'];
      await pool.use(async (lease) => {
        await lease.query(`SET sql_mode = '${mode}'`);
        assert.notEqual(await ask(lease), fresh);
      });
      assert.equal(await ask(pool), fresh);
      assert.equal(pool.stats().total.opened, 1);
    });
  }

  it('has its texts in the character set of its session', async (t) => {
    const [url] = await tenants(t, await getServer());
    const pool = poolOn(t, url, { maxSize: 1 });
    const sql = "SELECT COLLATION('x') AS c, ? AS n";
    const ask = async (from: MysqlPool | MysqlLease): Promise<unknown> =>
      (await from.execute<Rows>(sql, [1]))[0][0]!['c'];
    const fresh = await poolOn(t, url).execute<Rows>(sql, [1]);
    await pool.use(async (lease) => {
      await lease.query('SET NAMES latin1 COLLATE latin1_german2_ci');
      assert.equal(await ask(lease), 'latin1_german2_ci');
    });
    assert.equal(await ask(pool), fresh[0][0]!['c']);
  });

  it('of the drop-in pool finds the rows of its own database', async (t) => {
    const [url, mine, other] = await tenants(t, await getServer());
    const pool = createDropIn({ uri: url, connectionLimit: 1 });
    t.after(() => pool.end());
    const lease = await pool.getConnection();
    await lease.query(`USE ${other}`);
    await lease.execute(SELECT, [1]);
    lease.release();
    const [rows] = await pool.execute<Rows>(SELECT, [1]);
    assert.equal(rows[0]!['v'], mine);
  });

  it('is prepared only once as long as nothing changes', async (t) => {
    const [url] = await tenants(t, await getServer());
    const pool = poolOn(t, url, { maxSize: 1 });
    for (let round = 0; round < 5; round++) await valueOf(pool);
    const [rows] = await pool.query<Rows>("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'");
    assert.equal(Number(rows[0]!['Value']), 1);
  });

  it('goes when its borrower says so, and is prepared anew', async (t) => {
    const [url] = await tenants(t, await getServer());
    const pool = poolOn(t, url, { maxSize: 1 });
    const count = async (what: string): Promise<number> => {
      const [rows] = await pool.query<Rows>(`SHOW SESSION STATUS LIKE 'Com_stmt_${what}'`);
      return Number(rows[0]!['Value']);
    };
    await pool.use(async (lease) => {
      await valueOf(lease);
      lease.connection.unprepare('SELECT 1');
      lease.connection.unprepare(SELECT);
    });
    assert.deepEqual([await count('prepare'), await count('close')], [1, 1]);
    await valueOf(pool);
    assert.deepEqual([await count('prepare'), await count('close')], [2, 1]);
  });

  it('goes when there are more of them than the pool keeps, the oldest first', async (t) => {
    const [url] = await tenants(t, await getServer());
    const pool = poolOn(t, url, { maxSize: 1, maxPreparedStatements: 3 });
    await pool.use(async (lease) => {
      for (const n of [1, 2, 3, 1, 4]) await lease.execute(`SELECT ? + ${n} AS n`, [n]);
      const count = async (): Promise<number> => {
        const [rows] = await lease.query<Rows>("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'");
        return Number(rows[0]!['Value']);
      };
      const before = await count();
      await lease.execute('SELECT ? + 1 AS n', [1]);
      assert.equal(await count(), before, 'used lately');
      await lease.execute('SELECT ? + 2 AS n', [1]);
      assert.equal(await count(), before + 1, 'not used for longest');
    });
  });
});
