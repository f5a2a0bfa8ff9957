import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { createConnection, type Connection } from 'mysql2/promise';
import { createPool, type MysqlLease, type MysqlPool, type MysqlPoolOptions } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { freshDatabase, type ServerKind } from '../support/servers/index.js';
import { rowsOn, type Row, type Where } from './next-borrower-rows.js';

type Query = (sql: string) => Promise<[unknown, unknown]>;

const failure = (query: Query, sql: string): Promise<unknown> =>
  query(sql).then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

const VARIABLES = [
  'time_zone', 'sql_mode', 'foreign_key_checks', 'unique_checks', 'sql_safe_updates', 'lock_wait_timeout', 'lc_time_names',
  'innodb_lock_wait_timeout', 'group_concat_max_len', 'wait_timeout', 'character_set_client', 'character_set_connection',
  'character_set_results', 'collation_connection', 'max_sort_length', 'sort_buffer_size', 'div_precision_increment',
  'character_set_database', 'collation_database', 'character_set_server', 'sql_select_limit', 'autocommit', 'insert_id', 'session_track_schema', 'session_track_state_change', 'max_error_count',
]; // prettier-ignore

const CONCERNS_FLEET = /\bwait_timeout|max_\w+_time\b|\b[fpv]_lock|GET_LOCK|SET @secret = 'A'/;

/** All that a borrower can see of a session. On a new connection, this is the clean state. */
async function seen(kind: ServerKind, { database }: Where, query: Query): Promise<Record<string, unknown>> {
  const names = [
    ...VARIABLES,
    ...(kind === 'mysql'
      ? ['transaction_isolation', 'transaction_read_only', 'max_execution_time']
      : ['tx_isolation', 'tx_read_only', 'max_statement_time']),
  ];
  const parts = [
    ...names.map((name) => `@@${name} AS ${name}`),
    'DATABASE() AS db',
    '@secret AS secret',
    'CURRENT_ROLE() AS actsAs',
    `COALESCE(IS_USED_LOCK('${database}') = CONNECTION_ID(), 0) AS hasLock`,
    'ABS(@@timestamp - UNIX_TIMESTAMP(SYSDATE())) < 10000 AS isNow',
  ];
  const [rows] = await query(`SELECT ${parts.join(', ')}`).catch((error: Error) => [[{ message: error.message }]]);
  const [last] =
    kind === 'mysql' ? [] : await query(`SELECT LASTVAL(${database}.s)`).catch((error: Error) => [error.message]);
  return {
    ...(rows as Record<string, unknown>[])[0],
    last,
    temporary: await failure(query, `SELECT * FROM ${database}.mine`),
    prepared: await failure(query, 'EXECUTE mine'),
    handler: await failure(query, 'HANDLER h READ FIRST'),
    writes: await failure(query, `INSERT INTO ${database}.probe VALUES (1)`),
  };
}

const MODES: Record<string, MysqlPoolOptions> = {
  auto: {},
  session: { reset: 'session' },
  'without trackers': { flags: ['-SESSION_TRACK'] },
  // Sessions of a fleet have a short wait_timeout (the lease), and each holds a named lock as its slot.
  fleet: {
    fleet: {
      cap: 'slots',
      limit: 20,
      coordinator: 'none',
      name: 'next_borrower',
      lease: 50_000,
      statementLimit: 40_000,
    },
  },
};

eachServer('what the next borrower may see', (kind, getServer) => {
  const named = rowsOn(kind, { database: 'shop', other: 'other', role: 'r' });
  let url: string;
  let where: Where;
  let other: Connection;
  const fresh: Record<string, unknown> = {};
  const pools = new Map<string, MysqlPool>();
  const clear: (() => PromiseLike<unknown>)[] = [];

  before(async () => {
    const server = await getServer();
    const [first, second] = [await freshDatabase(server), await freshDatabase(server)];
    url = first.url;
    where = { database: first.name, other: second.name, role: `${first.name}_r` };
    other = await createConnection({ uri: url, multipleStatements: false });
    clear.push(
      () => other.end(),
      () => server.admin(`DROP ROLE ${where.role}`),
      () => first[Symbol.asyncDispose](),
      () => second[Symbol.asyncDispose](),
    );
    // A database with another character set than the server's, since a reset sets the server's.
    await server.admin(`ALTER DATABASE ${first.name} CHARACTER SET greek`);
    for (const sql of set(kind, where)) await server.admin(sql);
    for (const user of [new URL(url).username]) await server.admin(`GRANT ${where.role} TO '${user}'@'%'`);
  });
  after(async () => {
    for (const pool of pools.values()) await pool.close({ timeout: 0 });
    for (const undo of clear) await undo();
  });

  /** One pool with one connection for each mode, used for all rows. */
  async function poolIn(mode: string, options: MysqlPoolOptions): Promise<MysqlPool> {
    const known = pools.get(mode);
    if (known !== undefined) return known;
    const pool = createPool(url, { name: mode, maxSize: 1, ping: 'never', multipleStatements: true, ...options });
    pools.set(mode, pool);
    fresh[mode] = await look(pool);
    return pool;
  }

  const countOf = async (): Promise<number> => {
    const [rows] = await other.query('SELECT COUNT(*) AS count FROM probe');
    return Number((rows as { count: number }[])[0]!.count);
  };

  /** What the next borrower sees, and whether it is in a transaction: then others do not see its write to `probe`. */
  async function look(pool: MysqlPool): Promise<Record<string, unknown>> {
    const count = await countOf();
    return pool.use(async (lease) => {
      const all = await seen(kind, where, (sql) => lease.query(sql));
      return { ...all, isInTransaction: (await countOf()) === count };
    });
  }

  async function leave(row: Row, lease: MysqlLease): Promise<void> {
    if (typeof row.leaves === 'function') return row.leaves(lease);
    for (const sql of row.leaves) await lease.query(sql).catch(() => undefined);
  }

  /** Closes a pool that was found unclean, since it would fail for all further rows. */
  async function forget(mode: string): Promise<void> {
    await pools.get(mode)?.close({ timeout: 0 });
    pools.delete(mode);
  }

  for (const [at, row] of named.entries()) {
    const find = (): Row => rowsOn(kind, where)[at]!;

    it(`nothing of: ${row.name}`, async () => {
      const { leaves, sees, replaces = false } = find();
      await isMeaningful(find());
      for (const [mode, options] of Object.entries(MODES)) {
        if (mode === 'fleet' && !CONCERNS_FLEET.test(row.name)) continue;
        const pool = await poolIn(mode, options);
        const closed: string[] = [];
        const off = pool.on('closed', ({ reason }) => closed.push(reason));
        await pool.use((lease) => leave({ ...row, leaves }, lease)).catch(() => undefined);
        try {
          if (sees !== undefined) await pool.use((lease) => sees(lease));
          assert.deepEqual(await look(pool), fresh[mode], mode);
        } catch (error) {
          await forget(mode);
          throw error;
        } finally {
          off();
          for (const xid of ['x']) await other.query(`XA ROLLBACK '${xid}'`).catch(() => undefined);
        }
        // The connection must have been cleaned, not just replaced.
        if (mode !== 'without trackers') assert.deepEqual(closed, replaces ? ['unclean'] : [], mode);
      }
      await other.query('DELETE FROM t');
    });
  }

  /** Checks that the row makes sense: without cleaning, the next borrower would see a difference. */
  async function isMeaningful(row: Row): Promise<void> {
    if (typeof row.leaves === 'function' || row.leavesNothing === true) return;
    const connection = await createConnection({ uri: url, multipleStatements: true });
    const clean = await createConnection({ uri: url, multipleStatements: true });
    try {
      const errors: unknown[] = [];
      for (const sql of row.leaves) await connection.query(sql).catch((error: unknown) => errors.push(error));
      if (row.fails !== true) assert.deepEqual(errors, []);
      const before = await countOf();
      const left = await seen(kind, where, (sql) => connection.query(sql));
      const isInTransaction = (await countOf()) === before;
      const nothing = await seen(kind, where, (sql) => clean.query(sql));
      if (!isInTransaction) assert.notDeepEqual(left, nothing, 'it leaves nothing behind');
    } finally {
      // Awaited, since the transaction's name is free for the next row only afterwards.
      for (const sql of ["XA END 'x'", "XA ROLLBACK 'x'"]) await connection.query(sql).catch(() => undefined);
      connection.destroy();
      clean.destroy();
      for (const xid of ['x']) await other.query(`XA ROLLBACK '${xid}'`).catch(() => undefined);
    }
  }

  for (const [at, row] of named.entries()) {
    if (row.isTransaction !== true) continue;
    it(`no transaction of: ${row.name}`, async () => {
      const { leaves, commits = 0 } = rowsOn(kind, where)[at]!;
      for (const reset of ['rollback', 'commit'] as const) {
        await using pool = createPool(url, { name: reset, maxSize: 1, ping: 'never', reset });
        await other.query('DELETE FROM t');
        await pool.use((lease) => leave({ ...row, leaves }, lease));
        const { isInTransaction } = await look(pool);
        assert.equal(isInTransaction, false, reset);
        const [rows] = await other.query('SELECT COUNT(*) AS count FROM t');
        assert.equal((rows as { count: number }[])[0]!.count, reset === 'commit' ? commits : 0, reset);
        await other.query('DELETE FROM t');
      }
    });
  }
});

/** The statements that set up the server before the first borrower. */
function set(kind: ServerKind, { database, other, role }: Where): string[] {
  const lock = `GET_LOCK('${database}', 1)`;
  const sql = [`CREATE ROLE ${role}`];
  for (const name of [database, other]) {
    sql.push(
      `CREATE TABLE ${name}.which (id INT PRIMARY KEY, v VARCHAR(80))`,
      `INSERT INTO ${name}.which VALUES (1, '${name}')`,
    );
  }
  const bodies: Record<string, string> = {
    var: "SET @secret = 'A'",
    into: "SELECT 'A' INTO @secret",
    lock: `DO ${lock}`,
    sort: 'SET sort_buffer_size = 1048576',
    temp: `CREATE TEMPORARY TABLE ${database}.mine (id INT)`,
    mode: "SET time_zone = '+09:00'",
    role: `SET ROLE ${role}`,
  };
  sql.push(
    `CREATE TABLE ${database}.t (id INT PRIMARY KEY, v VARCHAR(50)) ENGINE=InnoDB`,
    `CREATE TABLE ${database}.probe (id INT) ENGINE=InnoDB`,
  );
  if (kind === 'mariadb') sql.push(`CREATE SEQUENCE ${database}.s`);
  for (const [name, body] of Object.entries(bodies)) {
    sql.push(
      `CREATE PROCEDURE ${database}.p_${name}() SQL SECURITY INVOKER ${body}`,
      `CREATE FUNCTION ${database}.f_${name}() RETURNS INT NOT DETERMINISTIC NO SQL SQL SECURITY INVOKER BEGIN ${body}; RETURN 1; END`,
    );
  }
  for (const name of ['var', 'into', 'lock', 'role']) {
    sql.push(
      `CREATE TABLE ${database}.w_${name} (id INT)`,
      `CREATE SQL SECURITY INVOKER VIEW ${database}.v_${name} AS SELECT ${database}.f_${name}() AS a`,
      `CREATE SQL SECURITY INVOKER VIEW ${database}.vv_${name} AS SELECT a FROM ${database}.v_${name}`,
      `CREATE VIEW ${database}.vw_${name} AS SELECT id FROM ${database}.w_${name}`,
      `CREATE TRIGGER ${database}.r_${name} BEFORE INSERT ON ${database}.w_${name} FOR EACH ROW ${bodies[name]}`,
    );
  }
  sql.push(
    `CREATE TABLE ${database}.w_fails (id INT)`,
    `CREATE VIEW ${database}.vw_fails AS SELECT id FROM ${database}.w_fails`,
    `CREATE TRIGGER ${database}.r_fails BEFORE INSERT ON ${database}.w_fails FOR EACH ROW BEGIN SET @secret = 'A'; SIGNAL SQLSTATE '45000'; END`,
    `CREATE TABLE ${database}.w_told (id INT)`,
    `CREATE TRIGGER ${database}.r_told BEFORE INSERT ON ${database}.w_told FOR EACH ROW GET DIAGNOSTICS @secret = NUMBER`,
    `CREATE FUNCTION ${database}.${kind === 'mysql' ? 'sha1' : 'uuid_v7'}() RETURNS INT NOT DETERMINISTIC NO SQL BEGIN SELECT 'A' INTO @secret; RETURN 1; END`,
    ...(kind === 'mariadb'
      ? [
          `CREATE PROCEDURE ${database}.p_xa() BEGIN XA START 'x'; INSERT INTO ${database}.t VALUES (2, 'x'); XA END 'x'; XA PREPARE 'x'; END`,
        ]
      : []),
    `CREATE TABLE ${database}.w_twice (id INT PRIMARY KEY)`,
    `INSERT INTO ${database}.w_twice VALUES (1)`,
    `CREATE TRIGGER ${database}.r_twice BEFORE INSERT ON ${database}.w_twice FOR EACH ROW SET sort_buffer_size = 1048576`,
    `CREATE PROCEDURE ${database}.p_begin() BEGIN START TRANSACTION; INSERT INTO ${database}.t VALUES (2, 'x'); END`,
    `CREATE PROCEDURE ${database}.p_fails() BEGIN START TRANSACTION; INSERT INTO ${database}.t VALUES (2, 'x'); SIGNAL SQLSTATE '45000'; END`,
  );
  return sql;
}
