import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { CompiledQuery, Kysely, MysqlDialect, type DatabaseConnection, type MysqlDialectConfig } from 'kysely';
import * as kysely29 from 'kysely-0.29';
import { autoCloseDb, LeaseEndedError, MaxTotal, type MysqlPoolOptions } from 'node-mysqlpool';
import { createPool, type KyselyPool } from 'node-mysqlpool/kysely';
import { createConnection, createPool as createMysql2Pool } from 'node-mysqlpool/mysql2';
import { createPool as createPromisePool } from 'node-mysqlpool/mysql2/promise';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { connectionsTo, databaseFor } from './support/database.js';
import { rowsOf, type Tables } from './support/kysely-driver.js';
import type { OrmOptions } from './support/orm-driver.js';

/** A variable that a SET can put back, and one that takes a full reset. */
const SET_ZONE = CompiledQuery.raw("SET time_zone = '+03:00'");
const SET_BUFFER = CompiledQuery.raw('SET SESSION sort_buffer_size = 131072');
const READ = 'SELECT @@session.time_zone AS zone, @@session.sort_buffer_size AS size';
const AS_SET = [{ zone: '+03:00', size: 131_072 }];

eachServer('the connections that Kysely gets', (_kind, getServer) => {
  /** Kysely on a pool, both gone after the test. */
  const open = async (
    t: TestContext,
    more: MysqlPoolOptions = {},
    dialect: (pool: KyselyPool) => Partial<MysqlDialectConfig> = () => ({}),
  ): Promise<{ db: Kysely<Tables>; pool: KyselyPool; options: OrmOptions }> => {
    const options = await databaseFor(t, await getServer());
    const pool = createPool(options.url, { maxSize: 3, ...more });
    const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool, ...dialect(pool) }) });
    options.closeFirst(() => pool.close({ timeout: 0 }));
    return { db, pool, options };
  };

  it('go through onCreateConnection exactly once each', async (t) => {
    const created: unknown[] = [];
    const onCreateConnection = async (connection: DatabaseConnection): Promise<void> => {
      created.push(connection);
      await connection.executeQuery(CompiledQuery.raw('SELECT 1'));
    };
    const { db, pool } = await open(t, {}, () => ({ onCreateConnection }));
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 9 }, () => rowsOf(db, 'SELECT SLEEP(0.03)')));
    }
    assert.equal(pool.stats().size, 3);
    assert.equal(new Set(created).size, 3);
    assert.equal(created.length, 3);
    pool.evict();
    await Promise.all(Array.from({ length: 3 }, () => rowsOf(db, 'SELECT SLEEP(0.3)')));
    assert.equal(created.length, 6);
  });

  /** Kysely with one connection, and how often its hook has run. */
  const openWithHook = async (
    t: TestContext,
    wrap: (pool: KyselyPool, hook: NonNullable<MysqlDialectConfig['onCreateConnection']>) => typeof hook,
  ): Promise<{ db: Kysely<Tables>; runs: () => number }> => {
    let runs = 0;
    const hook = async (connection: DatabaseConnection): Promise<void> => {
      runs++;
      await connection.executeQuery(SET_ZONE);
      await connection.executeQuery(SET_BUFFER);
    };
    const { db } = await open(t, { maxSize: 1 }, (pool) => ({ onCreateConnection: wrap(pool, hook) }));
    return { db, runs: () => runs };
  };

  it('keep what onCreateConnection sets, and it runs once, with keep', async (t) => {
    const { db, runs } = await openWithHook(t, (pool, hook) => pool.keep(hook));
    for (let round = 0; round < 3; round++) assert.deepEqual(await rowsOf(db, READ), AS_SET);
    await rowsOf(db, "SET time_zone = '-05:00'");
    assert.deepEqual(await rowsOf(db, READ), AS_SET);
    assert.equal(runs(), 1);
    await rowsOf(db, 'CREATE TEMPORARY TABLE gone (id INT)');
    assert.deepEqual(await rowsOf(db, READ), AS_SET);
    assert.equal(runs(), 2);
  });

  it('go through onCreateConnection again rather than miss what it sets, without keep', async (t) => {
    const { db, runs } = await openWithHook(t, (_pool, hook) => hook);
    for (let round = 0; round < 3; round++) assert.deepEqual(await rowsOf(db, READ), AS_SET);
    assert.equal(runs(), 3);
  });

  it('are out of reach for a transaction that was forgotten, whoever has them now', async (t) => {
    const { db } = await open(t, { maxSize: 1 });
    const forgotten = await autoCloseDb(async () => {
      const trx = await db.startTransaction().execute();
      await trx.executeQuery(CompiledQuery.raw("INSERT INTO t VALUES (1, 'never committed')"));
      return trx;
    })();
    const now = await db.startTransaction().execute();
    await now.executeQuery(CompiledQuery.raw("INSERT INTO t VALUES (2, 'in peace')"));
    await assert.rejects(forgotten.executeQuery(CompiledQuery.raw('COMMIT')), LeaseEndedError);
    await assert.rejects(forgotten.rollback().execute(), LeaseEndedError);
    await now.commit().execute();
    assert.deepEqual(await rowsOf(db, 'SELECT id FROM t'), [{ id: 2 }]);
  });

  it('come back when a controlled transaction cannot even begin', async (t) => {
    const { db, pool } = await open(t, { maxSize: 1 });
    for (let round = 0; round < 3; round++) {
      await assert.rejects(
        db
          .startTransaction()
          .setIsolationLevel('nonsense' as never)
          .execute(),
        /nonsense/,
      );
      await assert.rejects(
        db
          .transaction()
          .setIsolationLevel('nonsense' as never)
          .execute(async () => undefined),
        /nonsense/,
      );
    }
    assert.equal(pool.stats().inUse, 0);
    assert.deepEqual(await rowsOf(db, 'SELECT 1 AS n'), [{ n: 1 }]);
  });

  it('are replaced when they are lost in a controlled transaction that nobody can end any more', async (t) => {
    const { db, pool } = await open(t, { maxSize: 1 });
    const trx = await db.startTransaction().execute();
    const { rows } = await trx.executeQuery<{ id: number }>(CompiledQuery.raw('SELECT CONNECTION_ID() AS id'));
    const server = await getServer();
    await server.admin(`KILL ${rows[0]!.id}`);
    await assert.rejects(trx.commit().execute());
    await assert.rejects(trx.rollback().execute());
    assert.equal(pool.stats().inUse, 0);
    assert.deepEqual(await rowsOf(db, 'SELECT 1 AS n'), [{ n: 1 }]);
  });

  it('stay when a stream is broken off, as there is room to stop the statement from', async (t) => {
    const { db, pool } = await open(t, { maxSize: 2 });
    const many = db.selectFrom(['many as a', 'many as b'] as never).selectAll();
    for (let round = 0; round < 3; round++) {
      for await (const row of many.stream()) {
        assert.ok(row);
        break;
      }
    }
    assert.ok(pool.stats().total.opened <= 2, JSON.stringify(pool.stats()));
  });

  for (const strategy of ['cancel query', 'kill session'] as const) {
    it(`end a query by an AbortSignal (0.29: ${strategy}), also when the pool is full`, async (t) => {
      const server = await getServer();
      const options = await databaseFor(t, server);
      const permits = new MaxTotal(2);
      const pool = createPool(options.url, { maxSize: 1, permits });
      const { controlConnection } = pool;
      const db = new kysely29.Kysely<Tables>({ dialect: new kysely29.MysqlDialect({ pool, controlConnection }) });
      options.closeFirst(() => pool.close({ timeout: 0 }));
      const abort = new AbortController();
      const slow = kysely29.sql`SELECT SLEEP(60)`.execute(db, {
        signal: abort.signal,
        inflightQueryAbortStrategy: strategy,
      });
      const sleeps = async (): Promise<boolean> =>
        (await server.admin(`SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = '${options.database}' AND INFO LIKE '%SLEEP(60)%'`)).length > 0; // prettier-ignore
      await until(sleeps);
      abort.abort(new Error('enough'));
      await assert.rejects(slow);
      // The server itself would notice after 5 s that the client is gone.
      await until(async () => !(await sleeps()), 3_000);
      assert.deepEqual((await kysely29.sql`SELECT 1 AS n`.execute(db)).rows, [{ n: 1 }]);
      await db.destroy();
      await until(async () => (await connectionsTo(server, options.database)) === 0);
    });
  }

  it('of a pool in the shape of mysql2 end a query by an AbortSignal too, from a connection like theirs', async (t) => {
    const options = await databaseFor(t, await getServer());
    const pool = createMysql2Pool({ uri: options.url, connectionLimit: 1 });
    options.closeFirst(() => pool.mysqlpool.close({ timeout: 0 }));
    const dialect = new kysely29.MysqlDialect({ pool, controlConnection: createConnection as never });
    const db = new kysely29.Kysely<Tables>({ dialect });
    const abort = new AbortController();
    const write = kysely29.sql`INSERT INTO t SELECT 1, SLEEP(60)`.execute(db, {
      signal: abort.signal,
      inflightQueryAbortStrategy: 'cancel query',
    });
    const server = await getServer();
    const sql = `SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = '${options.database}' AND INFO LIKE '%SLEEP(60)%'`;
    const sleeps = async (): Promise<boolean> => (await server.admin(sql)).length > 0;
    await until(sleeps);
    abort.abort(new Error('enough'));
    await assert.rejects(write);
    await until(async () => !(await sleeps()), 3_000);
    assert.deepEqual((await kysely29.sql`SELECT COUNT(*) AS n FROM t WHERE v = '0'`.execute(db)).rows, [{ n: 0 }]);
  });

  it('are refused by a pool with promises, which Kysely would wait for without end', async () => {
    const pool = createPromisePool({ uri: 'mysql://u@127.0.0.1:1/d' });
    const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool: pool as never }) });
    await assert.rejects(rowsOf(db, 'SELECT 1'), /takes no callback.* as Kysely has them, give the pool of/);
    await pool.end();
  });

  it('are shared within a scope, with contextLocal, and given back by the last', async (t) => {
    const { db, pool } = await open(t, { maxSize: 2, contextLocal: true });
    const idIn = async (way: Parameters<typeof rowsOf>[0]): Promise<unknown> =>
      (await rowsOf(way, 'SELECT CONNECTION_ID() AS id'))[0]!['id'];
    await autoCloseDb(async () => {
      const trx = await db.startTransaction().execute();
      assert.equal(await idIn(trx), await idIn(db));
      assert.equal(await idIn(trx), await idIn(db));
      assert.equal(pool.stats().inUse, 1);
      await trx.commit().execute();
      assert.equal(pool.stats().inUse, 0);
    })();
  });

  it('may come from a pool in the shape of mysql2, which keeps their identity as well', async (t) => {
    const options = await databaseFor(t, await getServer());
    const pool = createMysql2Pool({ uri: options.url, connectionLimit: 3 });
    options.closeFirst(() => pool.mysqlpool.close({ timeout: 0 }));
    const created: unknown[] = [];
    const onCreateConnection = async (connection: DatabaseConnection): Promise<void> => void created.push(connection);
    const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool, onCreateConnection }) });
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 9 }, () => rowsOf(db, 'SELECT SLEEP(0.03)')));
    }
    assert.equal(created.length, 3);
    for await (const row of db
      .selectFrom(['many as a', 'many as b'] as never)
      .selectAll()
      .stream()) {
      assert.ok(row);
      break;
    }
    await db.destroy();
    await until(async () => (await connectionsTo(await getServer(), options.database)) === 0);
  });

  it('are refused with a clear error once the pool is closed', async (t) => {
    const { db, pool } = await open(t);
    await pool.close();
    await assert.rejects(rowsOf(db, 'SELECT 1'), { code: 'POOL_CLOSED' });
  });

  it('come from options that are checked', () => {
    // @ts-expect-error -- mysql2's name for it
    assert.throws(() => createPool({ connectionLimit: 5 }), /here it is maxSize/);
    assert.throws(() => createPool({ maxSzie: 5 } as never), /did you mean "maxSize"/);
  });
});
