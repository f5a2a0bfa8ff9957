import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as mysql2 from 'mysql2';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2/promise';
import type { AnyPool } from 'node-mysqlpool/pool';
import { CreatorPool } from '#internal/api/creator-pool.js';
import { watchedDriver } from '#internal/mysql/watched-driver.js';
import type { MysqlConnection } from '#internal/mysql/driver.js';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor, poolOn } from './support.js';

/** The last statements of the oldest loan. */
const recent = (pool: AnyPool): readonly string[] => pool.borrowers(1).loans[0]!.recent;

eachServer('the statements a borrower ran last', (_, getServer) => {
  it('are three, the latest first, by whatever method, without any value', async (t) => {
    const { url } = await databaseFor(t, await getServer());
    const pool = poolOn(t, url);
    const lease = await pool.acquire();
    assert.deepEqual(recent(pool), []);
    await lease.query('INSERT INTO t VALUES (?, ?)', [1, 'secret']);
    await lease.query("SELECT v FROM t WHERE v = 'secret'");
    await lease.execute('SELECT v FROM t WHERE id = ?', [1]);
    assert.deepEqual(recent(pool), [
      'SELECT v FROM t WHERE id = ?',
      'SELECT v FROM t WHERE v = ?',
      'INSERT INTO t VALUES (?, ?)',
    ]);
    for await (const row of lease.stream('SELECT id FROM t')) assert.deepEqual(row, { id: 1 });
    const prepared = await lease.connection.promise().prepare('SELECT id FROM t WHERE v = ?');
    await prepared.execute(['secret']);
    await prepared.close();
    await lease.query({ sql: 'SELECT ? AS a', values: ['secret'] });
    assert.deepEqual(recent(pool), ['SELECT ? AS a', 'SELECT id FROM t WHERE v = ?', 'SELECT id FROM t']);
    lease.release();
  });

  it('are those of this loan alone, whatever the pool had to do in between', async (t) => {
    const { url } = await databaseFor(t, await getServer());
    for (const reset of ['auto', 'session', 'rollback', 'commit', 'none'] as const) {
      const onConnect = async (connection: MysqlConnection): Promise<void> => {
        await connection.promise().query('SET @hook = 1');
      };
      const pool = poolOn(t, url, { maxSize: 1, reset, ping: 'always', onConnect });
      assert.deepEqual(await pool.use(() => recent(pool)), []);
      await pool.use(async (lease) => {
        await lease.query('SET @mine = 1');
        await lease.query('START TRANSACTION');
      });
      assert.deepEqual(await pool.use(() => recent(pool)), [], reset);
      await pool.close();
    }
  });

  it('are not the BEGIN, COMMIT and SAVEPOINT of transaction()', async (t) => {
    const { url } = await databaseFor(t, await getServer());
    const pool = poolOn(t, url);
    const seen: (readonly string[])[] = [];
    await pool.use(async (lease) => {
      await lease.transaction(
        async (tx) => {
          seen.push(recent(pool));
          await tx.query("INSERT INTO t VALUES (1, 'secret')");
          await tx.transaction(async () => void seen.push(recent(pool)));
          const failed = tx.transaction(() => Promise.reject(new Error('planned')));
          await assert.rejects(failed, /planned/);
        },
        { isolation: 'serializable' },
      );
      seen.push(recent(pool));
      await assert.rejects(
        lease.transaction(() => Promise.reject(new Error('planned'))),
        /planned/,
      );
      seen.push(recent(pool));
    });
    const insert = ['INSERT INTO t VALUES (?, ?)'];
    assert.deepEqual(seen, [[], insert, insert, insert]);
  });

  it('show no password, not even when the statement fails', async (t) => {
    const pool = poolOn(t, await getServer());
    const lease = await pool.acquire();
    await assert.rejects(lease.query("SET PASSWORD FOR 'nobody'@'nowhere' = 'hunter2'"));
    await assert.rejects(lease.query("ALTER USER 'nobody'@'nowhere' IDENTIFIED BY 'hunter2'"));
    assert.deepEqual(recent(pool), ['ALTER USER ?@? IDENTIFIED BY ?', 'SET PASSWORD FOR ?@? = ?']);
    lease.release();
  });

  it('are known of a pool with the interface of mysql2, and of one whose connections somebody else makes', async (t) => {
    const { url } = await databaseFor(t, await getServer());
    const facade = createFacadePool({ uri: url });
    t.after(() => facade.end());
    const connection = await facade.getConnection();
    await connection.execute('SELECT ? AS a', ['secret']);
    assert.deepEqual(recent(facade.pool.mysqlpool), ['SELECT ? AS a']);
    connection.release();

    const driver = watchedDriver(mysql2);
    const create = (): Promise<MysqlConnection> =>
      new Promise((resolve, reject) => {
        const made = driver.createConnection(url) as MysqlConnection;
        made.connect((error) => (error ? reject(error) : resolve(made)));
      });
    const created = new CreatorPool({ driver, create, close: (made) => made.promise().end() }, { name: 'created' });
    t.after(() => created.close());
    await created.use(async (lease) => {
      assert.deepEqual(recent(created), []);
      await lease.connection.promise().query('SELECT ? AS a', ['secret']);
      assert.deepEqual(recent(created), ['SELECT ? AS a']);
    });
  });
});
