import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { raw } from 'mysql2';
import { internals, type MysqlConnection } from '#internal/mysql/driver.js';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor, idOf, one, poolOn, type Rows } from './support.js';

setFlagsFromString('--allow-natives-syntax');
/** Whether V8 stores an object's properties at fixed offsets rather than in a hash table. */
const isFast = runInThisContext('(object) => %HasFastProperties(object)') as (object: object) => boolean;

eachServer('mysql2 underneath', (_kind, getServer) => {
  it('has what we rely on inside', async (t) => {
    const pool = poolOn(t, await getServer());
    await using lease = await pool.acquire();
    const inside = internals(lease.connection);
    assert.equal(typeof inside.addCommand, 'function');
    assert.equal(inside._paused, false);
    assert.equal(inside._commands.length, 0);
    assert.equal(typeof inside.config.charsetNumber, 'number');
    assert.equal(typeof inside.config.clientFlags, 'number');
    const command = lease.connection.query('SELECT ? AS n', [1]) as unknown as NonNullable<typeof inside._command>;
    assert.equal(inside._command, command);
    assert.deepEqual(command._queryOptions?.sql, 'SELECT ? AS n');
    await new Promise((resolve) => void command.on('end', resolve));
  });

  it('has connections that V8 reads fast, also when a hook has had them', async (t) => {
    const hook = async (connection: MysqlConnection): Promise<unknown> => connection.promise().query('SET @a = 1');
    for (const options of [{}, { onConnect: hook }]) {
      await using lease = await poolOn(t, await getServer(), options).acquire();
      assert.equal(isFast(lease.connection), true);
    }
  });

  it('takes its own options in the first argument', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const [asArray, fields] = await pool.query({ sql: 'SELECT ? AS a, 2 AS b', values: [1], rowsAsArray: true });
    assert.deepEqual(asArray, [[1, 2]]);
    assert.deepEqual(
      fields.map(({ name }) => name),
      ['a', 'b'],
    );
    const [nested] = await pool.query({ sql: 'SELECT x.a FROM (SELECT 1 AS a) x', nestTables: true });
    assert.deepEqual(nested, [{ x: { a: 1 } }]);
    const [cast] = await pool.query({ sql: 'SELECT 5 AS n', typeCast: () => 'cast' });
    assert.deepEqual(cast, [{ n: 'cast' }]);
    const [named] = await pool.query({ sql: 'SELECT :a AS a', namedPlaceholders: true }, { a: 7 });
    assert.deepEqual(named, [{ a: 7 }]);
    const [executed] = await pool.execute({ sql: 'SELECT ? AS a', rowsAsArray: true }, [8]);
    assert.deepEqual(executed, [[8]]);
  });

  it('takes its own options for connections', async (t) => {
    const pool = poolOn(t, await getServer(), { rowsAsArray: true, multipleStatements: true, maxSize: 1 });
    const [several] = await pool.query('SELECT 1; SELECT 2; SET @a = 5; SELECT @a');
    assert.equal((several as unknown[]).length, 4);
    const [rows] = await pool.query('SELECT @a AS a, @@time_zone');
    assert.deepEqual((rows as unknown[][])[0]![0], null);
    assert.equal(pool.stats().total.opened, 1);
  });

  it('sends local files', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    const [row] = await server.admin('SELECT @@local_infile AS allowed');
    const pool = poolOn(t, database.url, { maxSize: 1 });
    const load = pool.query({
      sql: "LOAD DATA LOCAL INFILE 'nowhere' INTO TABLE t FIELDS TERMINATED BY ','",
      infileStreamFactory: () => Readable.from([Buffer.from('1,a\n2,b\n')]),
    });
    if (row?.['allowed'] === 1) {
      await load;
      assert.equal((await one(pool, 'SELECT COUNT(*) AS n FROM t'))['n'], 2);
    } else {
      await assert.rejects(load, { errno: 3948 });
    }
    await idOf(pool);
  });

  it('cannot smuggle SQL past the watch in a value', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    await pool.query('SELECT ?', [raw("@a := 'smuggled'")]);
    assert.equal((await one(pool, 'SELECT @a AS a'))['a'], null);
    const formatting = poolOn(t, await getServer(), {
      maxSize: 1,
      queryFormat: (sql: string) => sql.replace('%', "@a := 'formatted'"),
    });
    await formatting.query('SELECT %');
    assert.equal((await one(formatting, 'SELECT @a AS a'))['a'], null);
  });

  it('prepares anew after its borrower has closed a statement', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1, maxPreparedStatements: 2 });
    const [id, sql] = [await idOf(pool), 'SELECT ? + 1 AS n'];
    for (let round = 0; round < 3; round++) {
      const lease = await pool.acquire();
      const next = pool.execute<Rows>(sql, [round]);
      const statement = await lease.connection.promise().prepare(sql);
      void statement.close();
      lease.release();
      assert.equal(Number((await next)[0][0]!['n']), round + 1);
      // More statements than the cache keeps: those that the driver itself closes must cause no problem either.
      for (let n = 0; n < 5; n++) await pool.execute(`SELECT ? + ${n} AS n`, [n]);
    }
    assert.equal(await idOf(pool), id);
  });

  it('prepares anew after a reset of the session', async (t) => {
    const database = await databaseFor(t, await getServer());
    const pool = poolOn(t, database.url, { maxSize: 1, reset: 'session' });
    for (let n = 1; n <= 3; n++) {
      await pool.execute('INSERT INTO t VALUES (?, ?)', [n, 'x']);
      const [rows] = await pool.execute<Rows>('SELECT COUNT(*) AS n FROM t');
      assert.equal(rows[0]!['n'], n);
    }
    assert.equal(pool.stats().total.opened, 1);
  });

  it("passes its errors on untouched, with the caller's line in the stack", async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    await using lease = await pool.acquire();
    const asks = [
      () => lease.query('SELEC ?', [1]),
      () => lease.execute('SELEC ?', [1]),
      () => lease.transaction((tx) => tx.query('SELEC 1')),
    ];
    for (const ask of asks) {
      await assert.rejects(ask, (error: Error & { errno: number; sqlState: string; sql: string }) => {
        assert.deepEqual([error.errno, error.sqlState], [1064, '42000']);
        assert.match(error.sql, /^SELEC/);
        assert.match(error.stack!, /driver-surface\.test/);
        return true;
      });
    }
    await assert.rejects(lease.execute('SELECT ?', [undefined as unknown as null]), TypeError);
  });

  it('shows who runs a transaction, with few calls of its own in between', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const caller = async (): Promise<void> => {
      await pool.transaction(async (tx) => {
        await tx.query('SELECT 1');
        await tx.query('SELEC 1');
      });
    };
    const outermost = async (): Promise<void> => {
      await caller();
    };
    await assert.rejects(outermost(), ({ stack }: Error) => {
      const frames = stack!.split('\n').filter((line) => /^\s+at /.test(line));
      const own = frames.filter((line) => /[\\/]dist[\\/]/.test(line));
      assert.ok(own.length <= 3, stack);
      assert.match(frames[0]!, /driver-surface\.test/);
      assert.match(stack!, /at async caller .*\n.*at async outermost /);
      return true;
    });
  });

  it('gives nothing to a lease that has ended', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const lease = await pool.acquire();
    lease.release();
    const ended = { code: 'POOL_LEASE_ENDED' };
    await assert.rejects(lease.query('SELECT 1'), ended);
    await assert.rejects(lease.execute('SELECT 1'), ended);
    await assert.rejects(
      lease.transaction(() => undefined),
      ended,
    );
    await assert.rejects(lease.ping(), ended);
    assert.throws(() => lease.stream('SELECT 1'), ended);
  });
});
