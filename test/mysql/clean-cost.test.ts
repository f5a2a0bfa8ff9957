import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { it } from 'node:test';
import type { MysqlLease, MysqlPool } from 'node-mysqlpool';
import { internals } from '#internal/mysql/driver.js';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor, idOf, one, poolOn, proxyTo, type Rows } from './support.js';

/** How many bytes reach the server between the release of a loan and the start of the next one. */
async function bytesOfCleaning(
  t: Parameters<typeof poolOn>[0],
  server: TestServer,
  url: string,
  work: (lease: MysqlLease) => Promise<unknown>,
): Promise<number> {
  await using proxy = await proxyTo(server);
  const pool = poolOn(t, proxy.url(url), { maxSize: 1, ping: 'never' });
  const lease = await pool.acquire();
  await work(lease);
  const before = proxy.bytes.toTarget;
  lease.release();
  (await pool.acquire()).release();
  return proxy.bytes.toTarget - before;
}

/** How many statements of each kind the session has run since it was opened or reset. */
async function counts(lease: MysqlLease): Promise<Record<string, number>> {
  const [rows] = await lease.query<Rows>("SHOW SESSION STATUS LIKE 'Com\\_%'");
  return Object.fromEntries(rows.map((row) => [String(row['Variable_name']).slice(4), Number(row['Value'])]));
}

/** How many statements of each kind the cleaning after `work` has run. */
async function cleaningAfter(
  pool: MysqlPool,
  work: (lease: MysqlLease) => Promise<unknown>,
): Promise<Record<string, number>> {
  const before = await pool.use(async (lease) => {
    await work(lease);
    return counts(lease);
  });
  const after = await pool.use(counts);
  const more = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(more.filter(([name, count]) => count > 0 && name !== 'show_status'));
}

eachServer('what cleaning costs', (_kind, getServer) => {
  const free: Record<string, (lease: MysqlLease) => Promise<unknown>> = {
    'a SELECT': (lease) => lease.query('SELECT * FROM t WHERE id = ?', [1]),
    'a prepared SELECT': (lease) => lease.execute('SELECT * FROM t WHERE id = ?', [1]),
    'an INSERT': (lease) => lease.query('INSERT INTO t VALUES (?, ?)', [1, 'a := GET_LOCK']),
    'a transaction that was committed': (lease) =>
      lease.transaction((tx) => tx.query('SELECT * FROM t'), { isolation: 'serializable', readOnly: true }),
    'a statement that failed': (lease) => assert.rejects(lease.query('SELECT * FROM nothing')),
    'an INSERT that failed': async (lease) => {
      await lease.query("INSERT INTO t VALUES (1, 'x')");
      await assert.rejects(lease.query("INSERT INTO t VALUES (1, 'x')"));
    },
    'rows read as a stream to the end': async (lease) => {
      for await (const row of lease.stream('SELECT 1 AS n UNION SELECT 2')) assert.ok(row);
    },
    'a table created and dropped': async (lease) => {
      await lease.query('CREATE TABLE free (id INT)');
      await lease.query('DROP TABLE free');
    },
    'a temporary table made and dropped': async (lease) => {
      await lease.query('CREATE TEMPORARY TABLE mine (id INT)');
      await lease.query('DROP TEMPORARY TABLE mine');
    },
    'a database changed and changed back': async (lease) => {
      const { name } = await one(lease, 'SELECT DATABASE() AS name');
      await lease.query('USE information_schema');
      await lease.query('USE ??', [name]);
    },
  };
  for (const [name, work] of Object.entries(free)) {
    it(`nothing after ${name}`, async (t) => {
      const server = await getServer();
      const database = await databaseFor(t, server);
      assert.equal(await bytesOfCleaning(t, server, database.url, work), 0);
    });
  }

  it('one ROLLBACK after an open transaction', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    const cost = await cleaningAfter(pool, async (lease) => {
      await lease.query('START TRANSACTION');
      await lease.query("INSERT INTO t VALUES (1, 'a')");
    });
    assert.deepEqual(cost, { rollback: 1 });
  });

  it('one SET after system variables', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const cost = await cleaningAfter(pool, async (lease) => {
      await lease.query("SET time_zone = '+05:00', sql_mode = ''");
      await lease.query('SET NAMES latin1');
      await lease.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    });
    assert.deepEqual(cost, { set_option: 1 });
  });

  it('one round trip, whatever there is to be said', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1, ping: 'never' });
    for (const work of ['SET @left = 1', "SET time_zone = '+05:00'; USE information_schema; BEGIN"]) {
      const lease = await pool.acquire();
      for (const sql of work.split(';')) await lease.query(sql);
      const turns: ('said' | 'heard')[] = [];
      const { stream } = internals(lease.connection) as unknown as { readonly stream: Socket };
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
      stream.write = (...args: unknown[]) => {
        turns.push('said');
        return write(...args);
      };
      stream.on('data', () => turns.push('heard'));
      lease.release();
      (await pool.acquire()).release();
      assert.ok(turns.filter((turn) => turn === 'said').length > 1, work);
      assert.ok(turns.lastIndexOf('said') < turns.indexOf('heard'), `${work}: ${turns.join()}`);
    }
    assert.equal(pool.stats().total.opened, 1);
  });

  it('one USE after another database', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    assert.deepEqual(await cleaningAfter(pool, (lease) => lease.query('USE information_schema')), { change_db: 1 });
  });

  it('one DROP after temporary tables that were made by their columns', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1 });
    const cost = await cleaningAfter(pool, async (lease) => {
      await lease.query('CREATE TEMPORARY TABLE a (id INT)');
      await lease.query('CREATE TEMPORARY TABLE b (id INT)');
    });
    assert.equal(cost['drop_table'] ?? cost['drop_temporary_table'], 1);
    assert.equal(cost['set_option'], undefined);
  });

  it('a reset and one SET after a user variable, and once another that finds out what a reset leaves', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const work = (lease: MysqlLease): Promise<unknown> => lease.query('SET @a = 1');
    for (const sets of [2, 1, 1]) {
      await pool.use(work);
      // A reset clears the session's counters, so that only statements after the reset are counted.
      const after = await pool.use(counts);
      assert.equal(after['set_option'], sets);
      assert.equal(after['change_db'], 0);
    }
  });

  it('a transaction that nobody has ended is ended by the modes that do only that', async (t) => {
    const database = await databaseFor(t, await getServer());
    for (const [reset, left] of [
      ['rollback', 0],
      ['commit', 1],
    ] as const) {
      const pool = poolOn(t, database.url, { reset, maxSize: 1 });
      const cost = await cleaningAfter(pool, async (lease) => {
        await lease.query('BEGIN');
        await lease.query("INSERT INTO t VALUES (1, 'a')");
        await lease.query('SET @kept = 5');
      });
      assert.deepEqual(cost, { [reset]: 1 });
      assert.deepEqual({ ...(await one(pool, 'SELECT COUNT(*) AS n, @kept AS kept FROM t')) }, { n: left, kept: 5 });
      assert.deepEqual(await cleaningAfter(pool, (lease) => lease.query('SELECT 1')), {});
    }
  });

  it('nothing at all with reset: none', async (t) => {
    const pool = poolOn(t, await getServer(), { reset: 'none', maxSize: 1 });
    assert.deepEqual(await cleaningAfter(pool, (lease) => lease.query("SET @a = 1, time_zone = '+05:00'")), {});
    assert.deepEqual({ ...(await one(pool, 'SELECT @a AS a, @@time_zone AS z')) }, { a: 1, z: '+05:00' });
  });

  it('sequential work stays on one connection while it is cleaned', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 10 });
    const ids = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const lease = await pool.acquire();
      ids.add(await idOf(lease));
      await lease.query(round % 2 === 0 ? 'BEGIN' : 'SET @a = 1');
      lease.release();
    }
    assert.equal(ids.size, 1);
    assert.equal(pool.stats().total.opened, 1);
  });
});
