import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { AcquireTimeoutError, autoCloseDb } from 'node-mysqlpool';
import { openPools, type Loan } from 'node-mysqlpool/pool';
import { startOwnServer, type TestServer } from '../../support/servers/index.js';
import { eachServer } from '../../support/servers/shared.js';
import { until } from '../../support/until.js';
import { connectionsTo, databaseFor, type OrmLimits } from './database.js';
import type { OpenOrm, OrmDriver, OrmOptions } from './orm-driver.js';

/** A million rows of 1 kB: more than the socket buffers hold, so that the statement runs until it is stopped. */
const ENDLESS = "SELECT a.n, REPEAT('x', 1000) AS filler FROM many a CROSS JOIN many b";

/** The first value of a statement's only row, as a number. */
export async function numberOf(orm: Pick<OpenOrm, 'query'>, sql: string): Promise<number> {
  const [row] = await orm.query(sql);
  return Number(Object.values(row ?? {})[0]);
}

/** Our own time-out error in an error's chain of causes. */
export function acquireTimeoutIn(error: unknown): AcquireTimeoutError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 10; cause = cause.cause, depth++) {
    if (cause instanceof AcquireTimeoutError) return cause;
  }
  return undefined;
}

/** The texts of an error and of its causes. */
function textsOf(error: unknown): string {
  const texts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth++) texts.push(String(at));
  return texts.join(' <- ');
}

/** All loans of the process. */
const loans = (): Loan[] => openPools().flatMap((pool) => [...pool.borrowers().loans]);

/** An ORM on a new database; after the test, it is closed and the database is dropped. */
export interface Opened {
  readonly orm: OpenOrm;
  readonly options: OrmOptions;
  /** Shuts the ORM down; further calls do nothing. */
  readonly close: () => Promise<unknown>;
}

/** Opens an ORM for a test. */
export async function openOrm(
  t: TestContext,
  driver: OrmDriver,
  server: TestServer,
  limits?: OrmLimits,
): Promise<Opened> {
  const options = await databaseFor(t, server, limits);
  const orm = await driver.open(options);
  let closed: Promise<unknown> | undefined;
  const close = (): Promise<unknown> => (closed ??= orm.close());
  options.closeFirst(close);
  return { orm, options, close };
}

/** The tests that every ORM on our pool has to pass, on both servers. */
export function ormSuite(driver: OrmDriver): void {
  eachServer(driver.name, (kind, getServer) => {
    const open = async (t: TestContext, limits?: OrmLimits) => openOrm(t, driver, await getServer(), limits);

    it('queries', async (t) => {
      const { orm } = await open(t);
      await orm.query("INSERT INTO t VALUES (1, 'one'), (2, 'two')");
      const rows = await orm.query('SELECT id, v FROM t ORDER BY id');
      assert.deepEqual(rows.map(({ id, v }) => [Number(id), v]), [[1, 'one'], [2, 'two']]); // prettier-ignore
      await assert.rejects(async () => orm.query('SELECT nothing FROM nowhere'), /nowhere/);
    });

    it('commits, rolls back, and rolls back to a savepoint', async (t) => {
      const { orm } = await open(t);
      const planned = new Error('planned');
      await orm.transaction(async (tx) => void (await tx.query("INSERT INTO t VALUES (1, 'committed')")));
      const failed = orm.transaction(async (tx) => {
        await tx.query("INSERT INTO t VALUES (2, 'rolled back')");
        throw planned;
      });
      await assert.rejects(failed, (error) => error === planned);
      await orm.transaction(async (tx) => {
        await tx.query("INSERT INTO t VALUES (3, 'outer')");
        const inner = tx.nested(async (nested) => {
          await nested.query("INSERT INTO t VALUES (4, 'inner, undone')");
          throw planned;
        });
        await assert.rejects(inner, (error) => error === planned);
        await tx.nested(async (nested) => void (await nested.query("INSERT INTO t VALUES (5, 'inner')")));
      });
      const rows = await orm.query('SELECT id FROM t ORDER BY id');
      assert.deepEqual(rows.map(({ id }) => Number(id)), [1, 3, 5]); // prettier-ignore
    });

    it('runs nothing outside of a transaction that the server has rolled back, although its function goes on', async (t) => {
      const { orm, options } = await open(t);
      await orm.query("INSERT INTO t VALUES (1, ''), (2, '')");
      const other = await createConnection(options.url);
      t.after(() => other.destroy());
      await other.query('BEGIN');
      // In a deadlock the server rolls back the transaction that has changed less: this one changes more.
      await other.query('UPDATE many SET n = n + 1000');
      await other.query("UPDATE t SET v = 'other' WHERE id = 1");
      const mark = 'INSERT INTO t VALUES (3, "outside")';
      const failing = orm.transaction(async (tx) => {
        await tx.query("UPDATE t SET v = 'mine' WHERE id = 2");
        const blocked = other.query("UPDATE t SET v = 'other' WHERE id = 2");
        await assert.rejects(async () => tx.query("UPDATE t SET v = 'mine' WHERE id = 1"));
        await blocked;
        await assert.rejects(async () => tx.query(mark));
      });
      const failure: unknown = await failing.catch((error: unknown) => error);
      await other.query('COMMIT');
      // Sequelize detects deadlocks itself and has its own message.
      const told = /rolled the transaction back|deadlock|finished with state: rollback/i;
      if (driver.hidesFailedCommit === true) assert.equal(failure, undefined);
      else assert.match(textsOf(failure), told);
      const rows = await orm.query('SELECT id, v FROM t ORDER BY id');
      assert.deepEqual(rows.map(({ id, v }) => [Number(id), v]), [[1, 'other'], [2, 'other']]); // prettier-ignore
      await orm.transaction(async (tx) => void (await tx.query(mark)));
      assert.equal(await numberOf(orm, 'SELECT COUNT(*) AS n FROM t'), 3);
    });

    it('tells that the server has hung up, and not what came of it', async (t) => {
      const { orm } = await open(t);
      const server = await getServer();
      let later: unknown;
      const failing = orm.transaction(async (tx) => {
        await tx.query("INSERT INTO t VALUES (1, 'never committed')");
        const id = await numberOf(tx, 'SELECT CONNECTION_ID() AS id');
        await server.admin(`KILL ${id}`);
        const query = async (): Promise<unknown> =>
          tx.query('SELECT 1').then(
            () => undefined,
            (error: unknown) => error,
          );
        const first = await until(query);
        later = await query();
        throw first;
      });
      await assert.rejects(failing);
      assert.match(
        textsOf(later),
        /the server closed the connection|connection was killed|connection was lost|ECONNRESET/i,
      );
      assert.doesNotMatch(textsOf(later), /acquire a connection again|closed state/);
      assert.equal(await numberOf(orm, 'SELECT COUNT(*) AS n FROM t'), 0);
    });

    it('gets a clean connection, whatever the one before left behind', async (t) => {
      const { orm, options } = await open(t, { maxSize: 1 });
      const id = await numberOf(orm, 'SELECT CONNECTION_ID() AS id');
      await orm.query('SET @left = 1');
      await orm.query('START TRANSACTION');
      await orm.query("INSERT INTO t VALUES (1, 'not in that transaction')");
      assert.deepEqual(await orm.query('SELECT @left AS was_left'), [{ was_left: null }]);
      const server = await getServer();
      assert.deepEqual(await server.admin(`SELECT id FROM ${options.database}.t`), [{ id: 1 }]);
      assert.equal(await numberOf(orm, 'SELECT CONNECTION_ID() AS id'), id);
    });

    if (driver.streams)
      it('streams, and can break off', async (t) => {
        const { orm, options } = await open(t, { maxSize: 1 });
        let sum = 0;
        for await (const { n } of orm.stream('SELECT n FROM many ORDER BY n')) sum += Number(n);
        assert.equal(sum, 499_500);
        for (let round = 0; round < 3; round++) {
          let count = 0;
          for await (const row of orm.stream(ENDLESS)) {
            assert.ok('filler' in row);
            if (++count === 5) break;
          }
          assert.equal(await numberOf(orm, 'SELECT 42 AS n'), 42);
        }
        const server = await getServer();
        await until(async () => (await connectionsTo(server, options.database)) === 1);
      });

    it('works in parallel within its limit, as the server counts', async (t) => {
      const { orm } = await open(t, { maxSize: 3 });
      const ids = new Set<number>();
      const counts = await Promise.all(
        Array.from({ length: 24 }, async () => {
          ids.add(await numberOf(orm, 'SELECT CONNECTION_ID() AS id, SLEEP(0.02) AS slept'));
          return numberOf(orm, 'SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE DB = DATABASE()');
        }),
      );
      assert.equal(Math.max(...counts), 3);
      assert.equal(ids.size, 3);
    });

    it('tells its loans by its name, by that of their scope, and by what they ran last', async (t) => {
      const { orm } = await open(t, { maxSize: 2 });
      const { via = driver.name.split(' ')[0]!.toLowerCase() } = driver;
      const giveBack = await orm.take();
      assert.deepEqual(
        loans().map(({ label }) => label),
        [via],
      );
      await giveBack();
      await autoCloseDb.label('upload').run(() =>
        orm.transaction(async (tx) => {
          await tx.query("SELECT v FROM t WHERE v = 'secret'");
          const [loan, ...others] = loans();
          assert.deepEqual([loan?.label, others], [`upload (${via})`, []]);
          assert.equal(loan?.recent[0], 'SELECT v FROM t WHERE v = ?');
        }),
      );
    });

    it('gets back in autoCloseDb what was taken and forgotten', async (t) => {
      const { orm, options } = await open(t, { maxSize: 2 });
      const forgetful = autoCloseDb(async () => {
        await orm.take();
        await orm.take();
      });
      await forgetful();
      await forgetful();
      const both = [orm.take(), orm.take()];
      for (const giveBack of await Promise.all(both)) await giveBack();
      assert.ok((await connectionsTo(await getServer(), options.database)) <= 2);
    });

    it('gives a whole function one connection, with all that its statements set', async (t) => {
      // With one connection, code that wanted a second one would wait for ever.
      const { orm, options } = await open(t, { maxSize: 1 });
      const server = await getServer();
      await server.admin(
        `CREATE TABLE ${options.database}.child (t INT, FOREIGN KEY (t) REFERENCES ${options.database}.t (id)) ENGINE=InnoDB`,
      );
      const lock = `${options.database}.lock`;
      const lockedBy = async (): Promise<unknown> =>
        (await server.admin(`SELECT IS_USED_LOCK('${lock}') AS id`))[0]?.['id'];
      const id = await autoCloseDb.label('rebuild').run(
        async () => {
          const first = await numberOf(orm, 'SELECT CONNECTION_ID() AS id');
          await orm.query('SET FOREIGN_KEY_CHECKS = 0');
          await orm.query('SET @kept = 42');
          assert.equal(await numberOf(orm, `SELECT GET_LOCK('${lock}', 0) AS got`), 1);
          await orm.query('INSERT INTO child VALUES (404)');
          await orm.transaction(async (tx) => assert.equal(await numberOf(tx, 'SELECT @kept AS n'), 42));
          const giveBack = await orm.take();
          await giveBack();
          const nested = autoCloseDb(() => numberOf(orm, 'SELECT @kept AS n'));
          assert.deepEqual(await Promise.all([nested(), numberOf(orm, 'SELECT @kept AS n')]), [42, 42]);
          assert.equal(Number(await lockedBy()), first);
          assert.equal(loans().length, 1);
          return first;
        },
        { oneConnection: true },
      );
      assert.deepEqual(await orm.query('SELECT @kept AS was_kept'), [{ was_kept: null }]);
      assert.equal(await lockedBy(), null);
      assert.equal(await numberOf(orm, 'SELECT CONNECTION_ID() AS id'), id);
      await assert.rejects(async () => orm.query('INSERT INTO child VALUES (405)'));
    });

    for (const maxSize of [1, 3])
      it(`keeps a named lock from one statement to the next, by a pool of ${maxSize}`, async (t) => {
        const { orm, options } = await open(t, { maxSize });
        const other = await createConnection(options.url);
        t.after(() => other.destroy());
        const name = `${options.database}.lock`;
        const free = async (): Promise<unknown> => {
          const [rows] = await other.query(`SELECT IS_FREE_LOCK('${name}') AS free`);
          return (rows as { readonly free: unknown }[])[0]?.free;
        };
        assert.equal(await numberOf(orm, `SELECT GET_LOCK('${name}', 0) AS lock_status`), 1);
        await Promise.all(Array.from({ length: 4 }, (_, id) => orm.query(`INSERT INTO t VALUES (${id}, 'x')`)));
        await orm.transaction(async (tx) => void (await tx.query("UPDATE t SET v = 'y'")));
        assert.equal(await free(), 0);
        assert.equal(await numberOf(orm, `SELECT RELEASE_LOCK('${name}') AS lock_status`), 1);
        assert.equal(await free(), 1);
        await until(() => loans().length === 0);
      });

    it(`ends waiting for a connection with ${driver.timeout.name}`, async (t) => {
      const { orm } = await open(t, { maxSize: 1, acquireTimeout: 150 });
      // Opening the first connection may take longer than the time-out.
      const giveBack = await until(() => orm.take());
      await assert.rejects(
        async () => orm.query('SELECT 1 AS n'),
        (error: Error) => {
          assert.equal(error.constructor.name, driver.timeout.name);
          assert.match(error.message, driver.timeout.message);
          const own = acquireTimeoutIn(error);
          assert.ok(own, 'our own error is not among the causes');
          assert.deepEqual([own.code, own.stats.inUse], ['POOL_ACQUIRE_TIMEOUT', 1]);
          return true;
        },
      );
      await giveBack();
      assert.equal(await numberOf(orm, 'SELECT 1 AS n'), 1);
    });

    it('goes on after a restart of the server', async (t) => {
      const server = await startOwnServer(kind);
      // Hooks run in the order of registration: the database must be dropped before the server ends.
      const { orm, close } = await openOrm(t, driver, server).finally(() =>
        t.after(() => server[Symbol.asyncDispose]()),
      );
      const warm = (): Promise<number[]> =>
        Promise.all(Array.from({ length: 3 }, () => numberOf(orm, 'SELECT 1 AS n, SLEEP(0.02) AS slept')));
      await warm();
      await server.restart();
      assert.deepEqual(await warm(), [1, 1, 1]);
      await close();
    });

    it('leaves nothing open when it is shut down', async (t) => {
      const { orm, options, close } = await open(t);
      await Promise.all(Array.from({ length: 3 }, () => orm.query('SELECT SLEEP(0.2) AS slept')));
      const server = await getServer();
      assert.equal(await connectionsTo(server, options.database), 3);
      await close();
      await until(async () => (await connectionsTo(server, options.database)) === 0);
      if (driver.reopens !== true) await assert.rejects(async () => orm.query('SELECT 1 AS n'));
    });
  });
}
