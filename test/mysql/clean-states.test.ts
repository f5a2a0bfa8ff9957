import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { MysqlLease } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { freshDatabase, type ServerKind } from '../support/servers/index.js';
import { idOf, one, poolOn } from './support.js';

interface State {
  /** What a borrower leaves behind. */
  dirty(lease: MysqlLease): Promise<unknown>;
  /** Reads it; whatever it answers on a fresh connection is the clean state. */
  look(lease: MysqlLease): Promise<unknown>;
}

const value = async (lease: MysqlLease, sql: string): Promise<unknown> =>
  (await one(lease, `SELECT ${sql} AS value`))['value'];
const failure = (lease: MysqlLease, sql: string): Promise<unknown> =>
  lease.query(sql).then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );
const isolation = (kind: ServerKind): string => (kind === 'mysql' ? '@@transaction_isolation' : '@@tx_isolation');

function statesOn(kind: ServerKind, other: string): Record<string, State> {
  const variable = (set: string, name: string): State => ({
    dirty: (lease) => lease.query(set),
    look: (lease) => value(lease, name),
  });
  return {
    'open transaction': {
      async dirty(lease) {
        await lease.query('START TRANSACTION');
        await lease.query("INSERT INTO t VALUES (1, 'left open')");
      },
      look: (lease) => value(lease, '(SELECT COUNT(*) FROM t)'),
    },
    'error inside a transaction': {
      async dirty(lease) {
        await lease.query('BEGIN');
        await lease.query("INSERT INTO t VALUES (1, 'left open')");
        assert.equal(await failure(lease, "INSERT INTO t VALUES (1, 'twice')"), 'ER_DUP_ENTRY');
      },
      look: (lease) => value(lease, '(SELECT COUNT(*) FROM t)'),
    },
    'transaction begun by a procedure that failed': {
      async dirty(lease) {
        await lease.query('DROP PROCEDURE IF EXISTS p');
        await lease.query(
          "CREATE PROCEDURE p() BEGIN START TRANSACTION; INSERT INTO t VALUES (2, 'x'); SIGNAL SQLSTATE '45000'; END",
        );
        assert.equal(await failure(lease, 'CALL p()'), 'ER_SIGNAL_EXCEPTION');
      },
      look: (lease) => value(lease, '(SELECT COUNT(*) FROM t)'),
    },
    'autocommit off': {
      async dirty(lease) {
        await lease.query('SET autocommit = 0');
        await lease.query("INSERT INTO t VALUES (1, 'never committed')");
      },
      look: async (lease) => [await value(lease, '@@autocommit'), await value(lease, '(SELECT COUNT(*) FROM t)')],
    },
    'user variable': variable("SET @secret = 'A'", '@secret'),
    'user variable set by a SELECT': variable("SELECT @secret := 'A'", '@secret'),
    'user variable set by SELECT INTO': variable("SELECT 'A' INTO @secret", '@secret'),
    'user variable and system variable in one SET': {
      dirty: (lease) => lease.query("SET time_zone = '+09:00', @secret = 'A'"),
      look: async (lease) => [await value(lease, '@secret'), await value(lease, '@@time_zone')],
    },
    'user variable set by a trigger': {
      async dirty(lease) {
        await lease.query("CREATE TRIGGER b BEFORE INSERT ON t FOR EACH ROW SET @secret = 'A'");
        await lease.query("INSERT INTO t VALUES (9, 'x')");
        await lease.query('DROP TRIGGER b');
        await lease.query('DELETE FROM t');
      },
      look: (lease) => value(lease, '@secret'),
    },
    sql_mode: variable("SET SESSION sql_mode = 'ANSI_QUOTES'", '@@sql_mode'),
    'sql_mode by an expression': variable("SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')", '@@sql_mode'),
    time_zone: variable("SET time_zone = '+09:00'", '@@time_zone'),
    'isolation of the session': variable('SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE', isolation(kind)),
    'a variable that is not restored one by one': variable('SET max_sort_length = 1030', '@@max_sort_length'),
    'lock wait, twice': variable(
      'SET innodb_lock_wait_timeout = 7, lock_wait_timeout = 8',
      '@@innodb_lock_wait_timeout',
    ),
    'temporary table': {
      dirty: (lease) => lease.query('CREATE TEMPORARY TABLE mine (id INT)'),
      look: (lease) => failure(lease, 'SELECT * FROM mine'),
    },
    USE: variable(`USE ${other}`, 'DATABASE()'),
    'USE and a user variable': {
      async dirty(lease) {
        await lease.query(`USE ${other}`);
        await lease.query('SET @secret = 1');
      },
      look: async (lease) => [await value(lease, 'DATABASE()'), await value(lease, '@secret')],
    },
    GET_LOCK: variable(`SELECT GET_LOCK('${other}', 0)`, `IS_USED_LOCK('${other}')`),
    'GET_LOCK, prepared': {
      dirty: (lease) => lease.execute('SELECT GET_LOCK(?, 0)', [other]),
      look: (lease) => value(lease, `IS_USED_LOCK('${other}')`),
    },
    'LOCK TABLES': {
      dirty: (lease) => lease.query('LOCK TABLES t READ'),
      look: (lease) => failure(lease, "INSERT INTO t VALUES (3, 'x') ON DUPLICATE KEY UPDATE v = 'x'"),
    },
    HANDLER: {
      dirty: (lease) => lease.query('HANDLER t OPEN AS h'),
      look: (lease) => failure(lease, 'HANDLER h READ FIRST'),
    },
    'prepared by SQL': {
      dirty: (lease) => lease.query("PREPARE mine FROM 'SELECT 1'"),
      look: (lease) => failure(lease, 'EXECUTE mine'),
    },
    'by the raw connection': {
      dirty: (lease) => lease.connection.promise().query("SET @secret = 'A', time_zone = '+09:00'"),
      look: async (lease) => [await value(lease, '@secret'), await value(lease, '@@time_zone')],
    },
    'by a prepared statement of the raw connection': {
      async dirty(lease) {
        const statement = await lease.connection.promise().prepare("SET @secret = 'A'");
        await statement.execute([]);
      },
      look: (lease) => value(lease, '@secret'),
    },
    'reset by its borrower': {
      dirty: (lease) => lease.connection.promise().reset(),
      look: (lease) => value(lease, 'CONCAT(@@session_track_state_change, @@collation_connection)'),
    },
  };
}

eachServer('dirty in, clean out', (kind, getServer) => {
  let url: string;
  let other: string;
  const clear: (() => PromiseLike<unknown>)[] = [];
  before(async () => {
    const server = await getServer();
    const [database, second] = [await freshDatabase(server), await freshDatabase(server)];
    clear.push(
      () => database[Symbol.asyncDispose](),
      () => second[Symbol.asyncDispose](),
    );
    await server.admin(`CREATE TABLE ${database.name}.t (id INT PRIMARY KEY, v VARCHAR(50)) ENGINE=InnoDB`);
    url = database.url;
    other = second.name;
  });
  after(async () => {
    for (const drop of clear) await drop();
  });

  for (const name of Object.keys(statesOn(kind, 'x'))) {
    it(name, async (t) => {
      const state = statesOn(kind, other)[name]!;
      const fresh = await poolOn(t, url).use((lease) => state.look(lease));
      for (const reset of ['auto', 'session'] as const) {
        const pool = poolOn(t, url, { reset, maxSize: 1 });
        const closed: unknown[] = [];
        pool.on('closed', (event) => closed.push(event));
        const { id, left } = await pool.use(async (lease) => {
          await state.dirty(lease);
          return { id: await idOf(lease), left: await state.look(lease) };
        });
        assert.notDeepEqual(left, fresh, 'the borrower has left nothing behind');
        const [seen, next] = await pool.use(async (lease) => [await state.look(lease), await idOf(lease)]);
        assert.deepEqual(seen, fresh, reset);
        // It was cleaned and not just thrown away.
        assert.deepEqual(closed, []);
        assert.equal(next, id);
      }
    });
  }
});
