import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inspect } from 'node:util';
import type { MysqlConnection } from 'node-mysqlpool';
import { createPool as createFacadePool } from 'node-mysqlpool/mysql2';
import { eachServer } from '../support/servers/shared.js';
import { accountFor, databaseFor, idOf, one, poolOn } from './support.js';

eachServer('connecting', (kind, getServer) => {
  it('with a wrong password fails at once, and shows no password', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { password: 'not-the-s3cret', acquireTimeout: 20_000 });
    const started = performance.now();
    const errors = await Promise.all([1, 2, 3].map(() => pool.query('SELECT 1').catch((error: unknown) => error)));
    assert.ok(performance.now() - started < 5_000);
    for (const error of errors as (Error & { code: string; cause: { errno: number } })[]) {
      assert.deepEqual([error.code, error.cause.errno], ['POOL_CONNECT', 1045]);
      assert.doesNotMatch(inspect(error, { depth: 5 }), /s3cret/);
    }
  });

  it('to a database that is not there, or where nobody is let in, fails at once', async (t) => {
    const server = await getServer();
    const user = await accountFor(t, server, 'pw');
    const missing = poolOn(t, server.url('no_such_database'));
    await assert.rejects(missing.query('SELECT 1'), { code: 'POOL_CONNECT' });
    const denied = poolOn(t, server.url('mysql'), { user, password: 'pw' });
    await assert.rejects(denied.query('SELECT 1'), { code: 'POOL_CONNECT' });
  });

  it('to a port where nobody listens keeps trying, and tells the cause', async (t) => {
    const pool = poolOn(t, 'mysql://app@127.0.0.1:1/', { acquireTimeout: 300 });
    await assert.rejects(pool.query('SELECT 1'), (error: { code: string; cause: { code: string } }) => {
      assert.deepEqual([error.code, error.cause.code], ['POOL_ACQUIRE_TIMEOUT', 'ECONNREFUSED']);
      return true;
    });
    assert.ok(pool.stats().total.openFailed > 1);
  });

  it('asks for the password each time, so that it can rotate', async (t) => {
    const server = await getServer();
    let password = 'first';
    let asked = 0;
    const user = await accountFor(t, server, password);
    const source = async (): Promise<string> => {
      asked++;
      await Promise.resolve();
      return password;
    };
    const pool = poolOn(t, server, { user, password: source, maxSize: 1 });
    const id = await idOf(pool);
    password = 'second';
    await server.admin(`ALTER USER '${user}'@'%' IDENTIFIED BY 'second'`);
    assert.equal(await idOf(pool), id);
    pool.evict();
    assert.notEqual(await idOf(pool), id);
    assert.equal(asked, 2);
    assert.equal((await one(poolOn(t, server, { user, password: () => password }), 'SELECT 1 AS n'))['n'], 1);
  });

  it('fails when the password cannot be had', async (t) => {
    const failing = async (): Promise<string> => {
      await Promise.resolve();
      throw new Error('the vault is sealed');
    };
    const pool = poolOn(t, await getServer(), { password: failing, acquireTimeout: 200 });
    await assert.rejects(pool.query('SELECT 1'), /the vault is sealed/);
  });

  it('is bounded while the password is looked up', async (t) => {
    let asked = 0;
    const password = (): Promise<string> | string => {
      asked++;
      return new Promise(() => undefined);
    };
    const pool = poolOn(t, await getServer(), { password, connectTimeout: 100, acquireTimeout: 400 });
    await assert.rejects(pool.query('SELECT 1'), (error: { cause: { code: string } }) => {
      assert.equal(error.cause.code, 'POOL_OPERATION_TIMEOUT');
      return true;
    });
    assert.ok(asked > 1);
    assert.equal(pool.stats().size - pool.stats().connecting, 0);
  });

  it('runs the hook before the first loan, and what it sets is the clean state', async (t) => {
    const database = await databaseFor(t, await getServer());
    const seen: MysqlConnection[] = [];
    const pool = poolOn(t, database.url, {
      maxSize: 1,
      onConnect: async (connection) => {
        seen.push(connection);
        await connection.promise().query("SET time_zone = '+02:00', sql_mode = 'ANSI_QUOTES'");
        await connection.promise().query('SET @application = ?', ['shop']);
      },
    });
    const look = 'SELECT @@time_zone AS z, @@sql_mode AS m, @application AS a';
    const first = { ...(await one(pool, look)) };
    assert.deepEqual([first['z'], first['a']], ['+02:00', 'shop']);
    assert.match(String(first['m']), /ANSI_QUOTES/);
    await pool.query("SET time_zone = '+09:00', sql_mode = ''");
    assert.deepEqual({ ...(await one(pool, look)) }, first);
    assert.equal(seen.length, 1);
    await pool.query("SET @application = 'other'");
    assert.deepEqual({ ...(await one(pool, look)) }, first);
    await pool.query("SET max_sort_length = 1030, time_zone = '+09:00'");
    assert.deepEqual({ ...(await one(pool, look)) }, first);
    assert.deepEqual([seen.length, new Set(seen).size, pool.stats().total.opened], [3, 1, 1]);
  });

  it('waits for a statement that the hook returns or awaits, which is no promise, and for its failure', async (t) => {
    const { url } = await databaseFor(t, await getServer());
    const makers: ((sql: string) => (connection: MysqlConnection) => unknown)[] = [
      (sql) => (connection) => connection.query(sql),
      (sql) => async (connection) => connection.promise().query(sql),
      // Awaited, as in the promise API.
      (sql) => async (connection) => {
        const [rows] = (await (connection.query('SELECT 1 AS one') as unknown)) as [{ one: number }[]];
        assert.equal(rows[0]!.one, 1);
        await (connection.query(sql) as unknown);
      },
      (sql) => async (connection) => void (await (connection.execute(sql) as unknown)),
    ];
    for (const maker of makers) {
      for (const pool of [
        poolOn(t, url, { maxSize: 1, onConnect: maker("SET time_zone = '+03:00'") }),
        createFacadePool({ uri: url, maxSize: 1, onConnect: maker("SET time_zone = '+03:00'") }).mysqlpool,
      ]) {
        t.after(() => pool.close());
        const zone = async (): Promise<unknown> => (await one(pool, 'SELECT @@time_zone AS z'))['z'];
        assert.equal(await zone(), '+03:00');
        // The hook is called again after a full reset.
        await pool.query('CREATE TEMPORARY TABLE scratch (n INT)');
        assert.equal(await zone(), '+03:00');
        assert.equal(pool.stats().total.opened, 1);
      }
      const failing = poolOn(t, url, { acquireTimeout: 200, onConnect: maker('SET nonsense = 1') });
      await assert.rejects(failing.query('SELECT 1'), /nonsense/);
    }
  });

  it('keeps what the hook does to the character set and the database', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, {
      maxSize: 1,
      onConnect: async (connection) => {
        await connection.promise().query('SET NAMES latin1');
        await connection.promise().query('USE information_schema');
        connection.on('warn', () => undefined);
      },
    });
    const look = 'SELECT @@character_set_client AS c, DATABASE() AS d, HEX(?) AS text, ? AS same';
    const first = { c: 'latin1', d: 'information_schema', text: 'E9', same: 'é' };
    for (const work of [
      'SELECT 1',
      "SET time_zone = '+01:00'",
      'SET NAMES utf8mb4',
      'SET @a = 1',
      `USE ${database.name}`,
    ]) {
      await pool.query(work);
      assert.deepEqual({ ...(await one(pool, look, ['é', 'é'])) }, first, work);
    }
    await pool.use((lease) => assert.equal(lease.connection.listenerCount('warn'), 1));
    assert.equal(pool.stats().total.opened, 1);
  });

  it('falls back when the server does not know the collation', async (t) => {
    const charset = kind === 'mysql' ? 'utf8mb4_unicode_ci' : 'utf8mb4_0900_ai_ci';
    const pool = poolOn(t, await getServer(), { charset, maxSize: 1 });
    await pool.query('SET @a = 1');
    assert.deepEqual({ ...(await one(pool, 'SELECT @a AS a, ? AS text', ['é'])) }, { a: null, text: 'é' });
    assert.equal(pool.stats().total.opened, 1);
  });

  it('replaces what did more than read when the server does not tell what changes, and warns once', async (t) => {
    const database = await databaseFor(t, await getServer());
    const warnings: string[] = [];
    const note = (warning: Error & { code?: string }): void => {
      // Other warnings may come too, such as those about state that a pool.query has set and lost.
      if (warning.code === 'MYSQLPOOL_UNTRACKED_SESSION') warnings.push(warning.message);
    };
    process.on('warning', note);
    t.after(() => process.removeListener('warning', note));
    const pool = poolOn(t, database.url, { flags: ['-SESSION_TRACK'], maxSize: 1, name: `strip-${kind}` });
    let id = await idOf(pool);
    for (const read of ['SELECT 1', 'SELECT * FROM t', 'SHOW TABLES']) {
      await pool.query(read);
      assert.equal(await idOf(pool), id, read);
    }
    for (const change of [
      'USE information_schema',
      'BEGIN',
      "INSERT INTO t VALUES (1, 'x')",
      'SET @a = 1',
      "SET time_zone = '+09:00'",
    ]) {
      await pool.query(change);
      const next = await idOf(pool);
      assert.notEqual(next, id, change);
      id = next;
    }
    const about = warnings.filter((text) => text.startsWith(`strip-${kind}: the server`));
    assert.equal(about.length, 1, about.join());
  });

  it('fails when the hook fails, which is not lent to anybody, and runs again with the next', async (t) => {
    let runs = 0;
    const pool = poolOn(t, await getServer(), {
      maxSize: 1,
      onConnect: (connection) => connection.promise().query(runs++ < 2 ? "SIGNAL SQLSTATE '45000'" : 'SET @ok = 1'),
    });
    await assert.rejects(pool.query('SELECT 1', [], { signal: AbortSignal.timeout(1) }), { name: 'TimeoutError' });
    assert.equal(Number((await one(pool, 'SELECT @ok AS ok'))['ok']), 1);
    assert.deepEqual([runs, pool.stats().total.opened, pool.stats().total.openFailed], [3, 1, 2]);
  });

  it('that fails in the hook tells its error to those who time out', async (t) => {
    const pool = poolOn(t, await getServer(), {
      acquireTimeout: 200,
      onConnect: (connection) => connection.promise().query('SELECT * FROM nowhere.nothing'),
    });
    await assert.rejects(pool.query('SELECT 1'), /nowhere/);
  });

  it('is bounded by connectTimeout, hook included', async (t) => {
    const pool = poolOn(t, await getServer(), {
      acquireTimeout: 5_000,
      connectTimeout: 100,
      onConnect: () => new Promise(() => undefined),
    });
    let failed = 0;
    pool.on('openFailed', () => failed++);
    const waiting = pool.query('SELECT 1', [], { signal: AbortSignal.timeout(400) });
    await assert.rejects(waiting, { name: 'TimeoutError' });
    assert.ok(failed > 0);
  });

  it('is full for the account: callers wait for what there is', async (t) => {
    const server = await getServer();
    const user = await accountFor(t, server, 'pw', 'WITH MAX_USER_CONNECTIONS 2');
    const pool = poolOn(t, server, { user, password: 'pw', maxSize: 8, acquireTimeout: 20_000 });
    const results = await Promise.all(Array.from({ length: 24 }, () => one(pool, 'SELECT SLEEP(0.02) AS s')));
    assert.ok(results.every((row) => row['s'] === 0));
    assert.ok(pool.stats().size <= 2);
    assert.ok(pool.stats().total.openRefused > 0);
  });
});
