/** Event by event: what a session is told to be afterwards, on another backend, is what it would be on its own connection. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PinReason } from '#internal/session/index.js';
import { freshDatabase, type ServerKind } from '#support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { Direct, Rotation, type Result } from './support/rotation.js';

interface Row {
  readonly say: readonly string[];
  /** What pins it afterwards. @default nothing */
  readonly pins?: readonly PinReason[];
  /** What must answer the same afterwards, to the byte. */
  readonly probe: string;
  readonly only?: ServerKind;
  readonly inTransaction?: boolean;
}

const ISOLATION = { mysql: '@@transaction_isolation', mariadb: '@@tx_isolation' };
const CHARSETS =
  'SELECT @@character_set_client, @@character_set_connection, @@character_set_results, @@collation_connection';

const setLong = (name: string): string => `SET @${name} = '${'x'.repeat(4_500)}'`;

const many = Array.from({ length: 3_000 }, (_, n) => n);

const ROWS: readonly Row[] = [
  // Variables.
  { say: ["SET sql_mode = 'ANSI'"], probe: 'SELECT @@sql_mode, "a" FROM (SELECT 1 AS a) x' },
  { say: ["SET sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')"], probe: "SELECT @@sql_mode, 'a\\'" },
  { say: ["SET time_zone = '+05:00', lc_time_names = 'de_DE'"], probe: "SELECT @@time_zone, DAYNAME('2020-01-01')" },
  { say: ['SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE'], probe: 'SELECT {isolation}' },
  { say: ['SET SESSION TRANSACTION READ ONLY'], probe: 'INSERT INTO t VALUES (9)' },
  { say: ['SET autocommit = 0'], probe: 'SELECT @@autocommit' },
  { say: ['SET autocommit = 0', 'SELECT 1'], probe: 'SELECT @@autocommit' },
  { say: ['SET autocommit = 0', 'INSERT INTO t VALUES (2)', 'COMMIT'], probe: 'SELECT COUNT(*), @@autocommit FROM t' },
  { say: ['SET autocommit = 0', 'INSERT INTO t VALUES (2)'], probe: 'SELECT COUNT(*) FROM t', inTransaction: true },
  { say: ['SET autocommit = 0', 'SET autocommit = 1'], probe: 'SELECT @@autocommit' },
  { say: ['SET sql_select_limit = 1, group_concat_max_len = 5'], probe: 'SELECT 1 UNION SELECT 2' },
  { say: ['SET sql_select_limit = DEFAULT'], probe: 'SELECT @@sql_select_limit' },
  { say: ['SET wait_timeout = 100, net_read_timeout = 5'], probe: 'SELECT @@wait_timeout, @@net_read_timeout' },
  {
    say: ['SET @@session.unique_checks = 0, LOCAL foreign_key_checks = OFF'],
    probe: 'SELECT @@unique_checks, @@foreign_key_checks',
  },
  { say: ['SET optimizer_switch = "mrr=off"'], probe: 'SELECT @@optimizer_switch' },
  { say: ['SET sql_mode = "", @x = 1'], probe: 'SELECT @@sql_mode, @x' },
  { say: ['SET time_zone = "nowhere", sql_mode = ""'], probe: 'SELECT @@sql_mode, @@time_zone' },
  { say: ['SET sql_mode = "", nothing = 1'], probe: 'SELECT @@sql_mode' },
  { say: ['SET timestamp = 1000'], pins: ['variable'], probe: 'SELECT NOW() < "1971-01-01"' },
  { say: ['SET rand_seed1 = 1, rand_seed2 = 2'], pins: ['variable'], probe: 'SELECT RAND()' },
  { say: ['SET insert_id = 77'], pins: ['variable'], probe: 'SELECT @@insert_id' },
  { say: ['SET pseudo_thread_id = 77'], pins: ['variable'], probe: 'SELECT @@pseudo_thread_id' },
  { say: ['SET profiling = 1'], pins: ['texts'], probe: 'SELECT @@profiling' },
  { say: ['SET sql_log_bin = 0'], probe: 'SELECT @@sql_log_bin' },
  { say: ['SET GLOBAL max_connect_errors = 1000'], probe: 'SELECT 1' },
  // Character sets.
  { say: ['SET NAMES latin1'], probe: CHARSETS },
  { say: ['SET NAMES utf8mb4 COLLATE utf8mb4_bin'], probe: `${CHARSETS}, 'a' = 'A'` },
  { say: ["SET NAMES 'utf8mb4'", 'SET NAMES latin1', 'SET NAMES utf8mb4'], probe: CHARSETS },
  { say: ['SET NAMES DEFAULT'], probe: CHARSETS },
  { say: ['SET CHARACTER SET latin1'], probe: CHARSETS },
  { say: ['SET CHARSET utf8mb4'], probe: CHARSETS },
  { say: ['SET character_set_results = NULL'], probe: CHARSETS },
  { say: ['SET collation_connection = latin1_bin'], probe: CHARSETS },
  { say: ['SET character_set_connection = latin1, character_set_client = utf8mb4'], probe: CHARSETS },
  { say: ['SET NAMES binary'], probe: CHARSETS },
  { say: ['SET NAMES gbk'], probe: `${CHARSETS}, '\xbf\x5c'` },
  { say: ["SET sql_mode = '', NAMES utf8mb4 COLLATE utf8mb4_unicode_ci"], probe: `${CHARSETS}, @@sql_mode` },
  { say: ['SET NAMES nothing'], probe: CHARSETS },
  // User variables.
  {
    say: ["SET @a = 1, @b := 'x', @c = NULL, @d = -1.50, @e = TRUE, @f = 1e3"],
    probe: 'SELECT @a, @b, @c, @d, @e, @f',
  },
  { say: ["SET @`a` = 'it''s \\n \\\\ \"', @'b' = \"it's\""], probe: 'SELECT @a, @b, COLLATION(@a), COERCIBILITY(@a)' },
  {
    say: ['SET NAMES latin1 COLLATE latin1_bin', "SET @a = 'x\xe9'", 'SET NAMES utf8mb4'],
    probe: 'SELECT HEX(@a), COLLATION(@a)',
  },
  { say: ["SET @a = 'x\xc3\xa9'"], probe: 'SELECT @a, CHAR_LENGTH(@a)' },
  { say: ['SET @a = 1', 'SET @A = 2'], probe: 'SELECT @a' },
  { say: ['SET @a = 1', 'SET @a = NULL'], probe: 'SELECT @a' },
  { say: ['SET @a = 1 + 1'], probe: 'SELECT @a' },
  { say: ["SET @a = X'41'"], probe: 'SELECT @a' },
  { say: ['SELECT @v := 2'], probe: 'SELECT @v' },
  { say: ['SELECT 1, 2 INTO @v, @w'], probe: 'SELECT @v, @w' },
  {
    say: ['SET @old = @@sql_mode', "SET sql_mode = ''", 'SET sql_mode = @old'],
    probe: 'SELECT @@sql_mode',
  },
  { say: ['DO @v := 3'], probe: 'SELECT @v' },
  { say: ['SET time_zone = (SELECT @z := "+03:00")'], probe: 'SELECT @z, @@time_zone' },
  { say: ['SET sql_mode = "NO_BACKSLASH_ESCAPES"', "SET @a = 'a\\'"], probe: 'SELECT @a' },
  { say: ['SET sql_mode = "ANSI_QUOTES"', "SET @a = 'a'"], probe: 'SELECT @a' },
  { say: ['SET NAMES gbk', "SELECT '\xbf\x5c', GET_LOCK('{db}', 0)"], pins: ['named lock'], probe: 'SELECT 1' },
  { say: ['SET NAMES sjis', "SELECT '\x83\x5c', GET_LOCK('{db}', 0)"], pins: ['named lock'], probe: 'SELECT 1' },
  { say: ['SET NAMES gbk', "SET @a = '\xbf\x5c'", 'SET NAMES utf8mb4'], probe: 'SELECT HEX(@a), COLLATION(@a)' },
  { say: ['SELECT 1 AS d\xc3\xa0, 2 AS \xc2\x85'], probe: 'SELECT 1' },
  { say: ['SET NAMES utf8 COLLATE utf8_bin'], probe: CHARSETS },
  { say: ['SET timestamp = 1000', 'SET timestamp = DEFAULT'], pins: [], probe: 'SELECT NOW() < "1971-01-01"' },
  {
    say: ['SET @a = 1', "SET @b = 'x', time_zone = 'nowhere'"],
    pins: ['user variable'],
    probe: 'SELECT @a, @b',
  },
  { say: ["SET session_track_system_variables = 'sql_mode', sql_mode = 'ANSI'"], probe: 'SELECT @@sql_mode' },
  { say: ['SET session_track_schema = 0', 'USE information_schema'], probe: 'SELECT DATABASE()' },
  {
    say: ['SET @i = 4 + 1, @u = CAST(5 AS UNSIGNED), @d = 1.50 * 2, @e = 1e3 / 7, @k = CAST(5 AS DECIMAL(10, 0))'],
    probe: 'SELECT @i, @u, @d, @e, @k',
  },
  {
    say: [
      "SET @s = CONCAT('a', '\x00\xc3\xa9'), @b = X'00ff41', @l = _latin1'x' COLLATE latin1_bin, @j = JSON_OBJECT('a', 1)",
    ],
    probe: 'SELECT @s, @b, @l, @j, COLLATION(@s), COLLATION(@l), COLLATION(@j), COLLATION(@b)',
  },
  { say: ['SELECT NULL INTO @v'], pins: ['user variable'], probe: 'SELECT @v' },
  { say: ["SELECT REPEAT('x', 20000) INTO @v"], pins: ['user variable'], probe: 'SELECT LENGTH(@v)' },
  { say: [`SET @v = '${'x'.repeat(20_000)}'`], pins: ['user variable'], probe: 'SELECT LENGTH(@v)' },
  { say: ['a', 'b', 'c', 'd'].map(setLong), pins: ['user variable'], probe: 'SELECT LENGTH(@a), LENGTH(@d)' },
  { say: ['a', 'a', 'a', 'a'].map(setLong), probe: 'SELECT LENGTH(@a)' },
  { say: [`SET ${many.map((n) => `@v${n} = ${n}`).join(', ')}`], pins: ['user variable'], probe: 'SELECT @v7, @v2500' },
  { say: ['SELECT 1 INTO @v', 'SET @v = 2'], probe: 'SELECT @v' },
  { say: ['SET @a = 1', 'SET @a = @a + 1', 'SELECT @a := @a + 1'], probe: 'SELECT @a' },
  { say: ['SELECT nothing INTO @v'], pins: ['user variable'], probe: 'SELECT @v' },
  { say: ['SET @v = 5', 'SELECT nothing, @v := 6'], probe: 'SELECT @v' },
  { say: ['DO 1', 'GET DIAGNOSTICS @n = NUMBER'], probe: 'SELECT @n' },
  { say: ['SET @`a b` = 1'], pins: ['user variable'], probe: 'SELECT @`a b`' },
  { say: ['SET character_set_client = latin1', "SET @a = '\xe9'"], probe: 'SELECT HEX(@a), COLLATION(@a)' },
  {
    say: ["PREPARE s FROM 'SELECT 1 INTO @p'", 'EXECUTE s', 'DEALLOCATE PREPARE s'],
    pins: ['routine'],
    probe: 'SELECT @p',
  },
  { say: ["CREATE PROCEDURE q() SELECT GET_LOCK('x', 0), 1 INTO @a, @b", 'DROP PROCEDURE q'], probe: 'SELECT 1' },
  { say: ['BEGIN NOT ATOMIC SELECT GET_LOCK("{db}", 0); END'], pins: ['text'], probe: 'SELECT 1', only: 'mariadb' },
  { say: ["EXECUTE IMMEDIATE 'SELECT 1 INTO @p'"], pins: ['routine'], probe: 'SELECT @p', only: 'mariadb' },
  { say: ['CREATE DATABASE {db}_x', 'USE {db}_x', 'USE {db}', 'DROP DATABASE {db}_x'], probe: 'SELECT DATABASE()' },
  // Schema.
  { say: ['USE information_schema'], probe: 'SELECT DATABASE()' },
  { say: ['USE nowhere'], probe: 'SELECT DATABASE() IS NULL' },
  // What triggers do there.
  { say: ['INSERT INTO w VALUES (1)'], pins: ['change'], probe: 'SELECT @w' },
  { say: ['USE information_schema', 'INSERT INTO {db}.w VALUES (2)'], pins: ['change'], probe: 'SELECT @w' },
  { say: ['USE information_schema', 'USE {db}', 'USE {db}'], probe: 'SELECT DATABASE()' },
  // Transactions.
  { say: ['BEGIN', 'INSERT INTO t VALUES (2)'], probe: 'SELECT COUNT(*) FROM t', inTransaction: true },
  { say: ['BEGIN', 'INSERT INTO t VALUES (2)', 'ROLLBACK'], probe: 'SELECT COUNT(*) FROM t' },
  { say: ['BEGIN', 'COMMIT AND CHAIN'], probe: 'SELECT 1', inTransaction: true },
  { say: ['BEGIN', 'SAVEPOINT s', 'ROLLBACK TO s'], probe: 'SELECT 1', inTransaction: true },
  { say: ['BEGIN', 'CREATE TABLE u (a INT)'], probe: 'SELECT COUNT(*) FROM u' },
  { say: ['BEGIN', 'CREATE TABLE nowhere.u (a INT)'], probe: 'SELECT 1' },
  { say: ['BEGIN', 'SELECT nothing FROM t'], probe: 'SELECT 1', inTransaction: true },
  { say: ['SET autocommit = 0', 'INSERT INTO t VALUES (1)'], probe: 'SELECT 1', inTransaction: true },
  {
    say: ['SET autocommit = 0', 'SAVEPOINT s'],
    pins: ['savepoint'],
    probe: 'RELEASE SAVEPOINT s',
  },
  { say: ['SET autocommit = 0', 'SAVEPOINT s', 'RELEASE SAVEPOINT s', 'COMMIT'], probe: 'SELECT 1' },
  { say: ['SET autocommit = 0', 'SAVEPOINT s', 'ROLLBACK TO s'], pins: ['savepoint'], probe: 'ROLLBACK TO s' },
  { say: ['SET autocommit = 0', 'SAVEPOINT s', 'SELECT COUNT(*) FROM t', 'ROLLBACK'], probe: 'SELECT 1' },
  { say: ['SAVEPOINT s'], probe: 'RELEASE SAVEPOINT s' },
  { say: ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE'], pins: ['next transaction'], probe: 'BEGIN' },
  { say: ['SET TRANSACTION READ ONLY', 'BEGIN', 'COMMIT'], probe: 'INSERT INTO t VALUES (3)' },
  {
    say: ["SET @@transaction_isolation = 'SERIALIZABLE'"],
    pins: ['next transaction'],
    probe: 'SELECT 1',
    only: 'mysql',
  },
  { say: ['START TRANSACTION READ ONLY'], probe: 'INSERT INTO t VALUES (3)', inTransaction: true },
  { say: ["XA START '{db}'"], pins: ['xa'], probe: 'SELECT 1', inTransaction: true },
  { say: ["XA START '{db}'", "XA END '{db}'", "XA ROLLBACK '{db}'"], probe: 'SELECT 1' },
  // Temporary tables.
  { say: ['CREATE TEMPORARY TABLE x (a INT)'], pins: ['temporary table'], probe: 'SELECT * FROM x' },
  { say: ['CREATE TEMPORARY TABLE x LIKE t'], pins: ['temporary table'], probe: 'SELECT * FROM x' },
  { say: ['CREATE TEMPORARY TABLE x SELECT 1 AS a'], pins: ['temporary table'], probe: 'SELECT * FROM x' },
  { say: ['CREATE TEMPORARY TABLE x (a INT)', 'DROP TEMPORARY TABLE x'], probe: 'SELECT * FROM x' },
  { say: ['/*!50000 CREATE TEMPORARY TABLE x SELECT 1 AS a */'], pins: ['temporary table'], probe: 'SELECT * FROM x' },
  // Prepared texts, locks, handlers.
  { say: ["PREPARE s FROM 'SELECT 1'"], pins: ['prepared text'], probe: 'EXECUTE s' },
  { say: ["PREPARE s FROM 'SELECT 1'", 'DEALLOCATE PREPARE s'], probe: 'EXECUTE s' },
  { say: ["SELECT GET_LOCK('{db}', 0)"], pins: ['named lock'], probe: "SELECT IS_USED_LOCK('{db}') = CONNECTION_ID()" },
  { say: ["DO GET_LOCK('{db}', 0)"], pins: ['named lock'], probe: "SELECT IS_USED_LOCK('{db}') = CONNECTION_ID()" },
  { say: ["SELECT GET_LOCK('{db}', 0)", 'SELECT RELEASE_ALL_LOCKS()'], probe: "SELECT IS_USED_LOCK('{db}')" },
  { say: ['LOCK TABLES t READ'], pins: ['table lock'], probe: 'SELECT * FROM u' },
  { say: ['LOCK TABLES t READ', 'UNLOCK TABLES'], probe: 'SELECT COUNT(*) FROM t' },
  { say: ['FLUSH TABLES t WITH READ LOCK'], pins: ['table lock'], probe: 'INSERT INTO t VALUES (4)' },
  { say: ['FLUSH TABLES t WITH READ LOCK', 'UNLOCK TABLES'], probe: 'SELECT 1' },
  { say: ['HANDLER t OPEN'], pins: ['handler'], probe: 'HANDLER t READ FIRST' },
  { say: ['HANDLER t OPEN', 'HANDLER t CLOSE'], probe: 'HANDLER t READ FIRST' },
  // What the answer of a statement is about.
  { say: ['INSERT INTO n VALUES (NULL)'], probe: 'SELECT LAST_INSERT_ID(), @@identity, @@last_insert_id' },
  { say: ['INSERT INTO n VALUES (NULL) RETURNING *'], probe: 'SELECT LAST_INSERT_ID()', only: 'mariadb' },
  { say: ['INSERT INTO n VALUES (NULL)', 'INSERT INTO n VALUES (50)'], probe: 'SELECT LAST_INSERT_ID()' },
  { say: ['SELECT LAST_INSERT_ID(99)'], probe: 'SELECT LAST_INSERT_ID()' },
  { say: ['SET last_insert_id = 98'], probe: 'SELECT LAST_INSERT_ID()' },
  { say: ['UPDATE t SET a = LAST_INSERT_ID(a + 5)'], probe: 'SELECT LAST_INSERT_ID()' },
  { say: ['INSERT INTO n VALUES (NULL), (NULL)', 'INSERT INTO n VALUES (1)'], probe: 'SELECT LAST_INSERT_ID()' },
  // Roles, resource groups.
  { say: ['SET ROLE NONE'], pins: ['role'], probe: 'SELECT CURRENT_ROLE()' },
  { say: ['SET RESOURCE GROUP USR_default'], pins: ['resource group'], probe: 'SELECT 1', only: 'mysql' },
  // Routines.
  { say: ['CALL sets()'], pins: ['routine'], probe: 'SELECT @@time_zone, @inside' },
  { say: ['SELECT f()'], pins: ['routine'], probe: 'SELECT @v' },
  { say: ['SET STATEMENT sql_mode = "ANSI" FOR SELECT 1'], probe: 'SELECT @@sql_mode', only: 'mariadb' },
  { say: ['SELECT NEXTVAL(s)'], pins: ['sequence'], probe: 'SELECT LASTVAL(s)', only: 'mariadb' },
  { say: ['SELECT NEXT VALUE FOR s'], pins: ['sequence'], probe: 'SELECT PREVIOUS VALUE FOR s', only: 'mariadb' },
  { say: ['ANALYZE TABLE t'], probe: 'SELECT 1' },
  { say: ['INSERT INTO n VALUES (NULL)', 'INSERT INTO n VALUES (1)'], probe: 'SELECT LAST_INSERT_ID()' },
  { say: ['INSERT INTO n VALUES (NULL)', 'INSERT INTO n VALUES (5), (6), (1)'], probe: 'SELECT LAST_INSERT_ID()' },
  {
    say: ['INSERT INTO n VALUES (NULL)', 'BEGIN', 'INSERT INTO n VALUES (70)'],
    probe: 'SELECT LAST_INSERT_ID()',
    inTransaction: true,
  },
  {
    say: ['INSERT INTO n VALUES (NULL)', 'BEGIN', 'INSERT INTO n VALUES (NULL)'],
    probe: 'SELECT LAST_INSERT_ID()',
    inTransaction: true,
  },
  { say: ['SELECT LAST_INSERT_ID(99)', 'SELECT LAST_INSERT_ID(0)'], probe: 'SELECT LAST_INSERT_ID()' },
  { say: ["SELECT GET_LOCK('{db}', 0)", "SELECT RELEASE_LOCK('{db}')"], probe: "SELECT IS_USED_LOCK('{db}')" },
  {
    say: ["SELECT GET_LOCK('{db}', 0)", "SELECT GET_LOCK('{db}', 0)", "DO RELEASE_LOCK('{db}')"],
    pins: ['named lock'],
    probe: "SELECT IS_USED_LOCK('{db}') = CONNECTION_ID()",
  },
  {
    say: ['SELECT GET_LOCK(CONCAT("{db}", "x"), 0)', 'SELECT RELEASE_LOCK("{db}x")'],
    pins: ['named lock'],
    probe: 'SELECT 1',
  },
  { say: ['CREATE TEMPORARY TABLE `X y` (a INT)', 'DROP TABLE IF EXISTS nothing, `X y`'], probe: 'SELECT 1' },
  {
    say: ['CREATE TEMPORARY TABLE x (a INT)', 'DROP TEMPORARY TABLE y'],
    pins: ['temporary table'],
    probe: 'SELECT * FROM x',
  },
  {
    say: ['CREATE TEMPORARY TABLE x (a INT)', 'ALTER TABLE x RENAME TO y', 'DROP TABLE IF EXISTS x'],
    pins: ['temporary table'],
    probe: 'SELECT * FROM y',
  },
  { say: ['CREATE TEMPORARY TABLE x (a NOTHING)'], probe: 'SELECT 1' },
  { say: ['PREPARE s FROM "nothing"'], probe: 'SELECT 1' },
  { say: ['HANDLER t OPEN AS h', 'HANDLER h READ FIRST', 'HANDLER h CLOSE'], probe: 'SELECT 1' },
  { say: ['UNLOCK TABLES'], probe: 'SELECT 1' },
  { say: ['DROP DATABASE nowhere_at_all'], probe: 'SELECT DATABASE() IS NULL' },
  // Several statements in one text.
  { say: ["SET @a = 1; SET sql_mode = ''; SELECT 1"], probe: 'SELECT @a, @@sql_mode' },
  {
    say: ["SET sql_mode = ''; SET NAMES latin1; USE information_schema"],
    probe: `${CHARSETS}, @@sql_mode, DATABASE()`,
  },
  { say: ["SET sql_mode = ''; SELECT nothing; SET sql_mode = 'ANSI'"], probe: 'SELECT @@sql_mode' },
  { say: ['BEGIN; INSERT INTO t VALUES (7); SELECT nothing'], probe: 'SELECT COUNT(*) FROM t', inTransaction: true },
];

const TABLES = [
  'CREATE TABLE t (a INT)',
  'CREATE TABLE n (id INT AUTO_INCREMENT PRIMARY KEY)',
  "CREATE PROCEDURE sets() BEGIN SET time_zone = '+02:00'; SET @inside = 1; END",
  'CREATE FUNCTION f() RETURNS INT NO SQL BEGIN SET @v = 5; RETURN 1; END',
  'CREATE TABLE w (a INT)',
  'CREATE TRIGGER sets_w BEFORE INSERT ON w FOR EACH ROW SET @w = NEW.a',
];
const AGAIN = ['DROP TABLE IF EXISTS u', 'TRUNCATE TABLE t', 'INSERT INTO t VALUES (1)', 'TRUNCATE TABLE n'];

eachServer('a session goes on on another backend as it was', (kind, getServer) => {
  it('after every event, whatever the backends were before', async () => {
    const server = await getServer();
    const tables = [...TABLES, ...(kind === 'mariadb' ? ['CREATE SEQUENCE s'] : [])];
    await using here = await freshDatabase(server, ...tables);
    await using there = await freshDatabase(server, ...tables);
    await using rotation = await Rotation.open(server, there.name);
    await using admin = await Direct.open(server, here.name);
    const failures: string[] = [];
    for (const row of ROWS) {
      if (row.only !== undefined && row.only !== kind) continue;
      await rotation.nextClient();
      for (const { name } of [here, there]) {
        await admin.query(`USE ${name}`);
        for (const sql of AGAIN) await admin.query(sql);
      }
      try {
        await using direct = await Direct.open(server, here.name, 0x10000);
        await follow(row, direct, rotation, kind, [here.name, there.name]);
      } catch (error) {
        failures.push(`${row.say.join('; ')}: ${(error as Error).message}`);
      }
    }
    assert.equal(failures.join('\n'), '');
    assert.ok(rotation.moves > 100, `went on on another backend ${rotation.moves} times`);
  });
});

async function follow(
  { say, pins = [], probe, inTransaction = false }: Row,
  direct: Direct,
  rotation: Rotation,
  kind: ServerKind,
  [here, there]: readonly [string, string],
): Promise<void> {
  const text = (sql: string, db: string): string =>
    sql.replaceAll('{isolation}', ISOLATION[kind]).replaceAll('{db}', db);
  for (const sql of say) {
    const expected = await direct.query(text(sql, here));
    same(await rotation.query(text(sql, there)), expected, here, there);
    await rotation.release();
  }
  assert.deepEqual([...rotation.client.pins], pins);
  assert.equal(rotation.client.inTransaction, inTransaction);
  const expected = await direct.query(text(probe, here));
  same(await rotation.query(text(probe, there)), expected, here, there);
}

function same(actual: readonly Result[], expected: readonly Result[], here: string, there: string): void {
  const plain = (results: readonly Result[]): unknown =>
    results.map(({ ok, error, rows, columns }) => ({
      error: error && `${error.errno} ${error.message}`.replaceAll(there, here),
      ok: ok && [Number(ok.affectedRows), Number(ok.insertId), ok.warnings, ok.status & 0x3],
      rows: rows.map((row) => row.map((value) => value?.replaceAll(there, here))),
      columns: columns.map((column) => column.replaceAll(there, here)),
    }));
  assert.deepEqual(plain(actual), plain(expected));
}
