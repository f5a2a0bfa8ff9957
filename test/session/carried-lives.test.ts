/**
 * Random lives of clients, one after the other over the same backends, which each leaves as it was: every answer is what
 * a connection of the client's own gives, and so are all its variables at the end. A long run, and again with its seed:
 * `MYSQLPOOL_FUZZ_RUNS=500 MYSQLPOOL_FUZZ_SEED=1 npm test -- session/carried-lives`.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { freshDatabase, type ServerKind } from '#support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { Direct, Rotation, type Result } from './support/rotation.js';

const RUNS = Number(process.env['MYSQLPOOL_FUZZ_RUNS'] ?? 25);
const SEED = process.env['MYSQLPOOL_FUZZ_SEED'];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  sql_mode: [
    "''",
    "'ANSI'",
    "'NO_BACKSLASH_ESCAPES'",
    "'STRICT_ALL_TABLES,ANSI_QUOTES'",
    'DEFAULT',
    "CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')",
  ],
  time_zone: ["'+01:00'", "'-05:30'", "'SYSTEM'"],
  autocommit: ['0', '1', 'ON', 'DEFAULT'],
  foreign_key_checks: ['0', '1'],
  unique_checks: ['OFF', 'ON'],
  sql_safe_updates: ['1', '0'],
  lc_time_names: ["'de_DE'", "'en_US'"],
  group_concat_max_len: ['4', '1024', 'DEFAULT'],
  sql_select_limit: ['1', 'DEFAULT', '18446744073709551615'],
  div_precision_increment: ['2', '4'],
  sql_quote_show_create: ['0', '1'],
  max_sort_length: ['64', 'DEFAULT'],
  long_query_time: ['0.5', '10', 'DEFAULT'],
  optimizer_switch: ["'mrr=off'", 'DEFAULT'],
  wait_timeout: ['100', '28800'],
  collation_connection: ['latin1_bin', 'utf8mb4_bin', "'utf8mb4_unicode_ci'"],
  character_set_results: ['NULL', 'latin1', 'utf8mb4', 'binary'],
  character_set_client: ['latin1', 'utf8mb4', 'gbk'],
};

const name = fc.constantFrom(...Object.keys(VALUES));
const assignment = name.chain((variable) =>
  fc
    .tuple(fc.constantFrom('', 'SESSION ', '@@session.', 'LOCAL '), fc.constantFrom(...VALUES[variable]!))
    .map(([scope, value]) => `${scope}${variable} = ${value}`),
);
const letters = fc
  .array(fc.constantFrom('a', 'B', ' ', "''", '\\\\', '\\n', '%', '\xc3\xa9', '\x81\x5c', '0', '-- ', '/*'), {
    maxLength: 5,
  })
  .map((all) => all.join(''));
const literal = fc.oneof(
  letters.map((text) => `'${text}'`),
  fc.constantFrom(
    '1',
    '-2',
    '3.50',
    '1e3',
    'NULL',
    'TRUE',
    '"x"',
    "CONCAT(@a, 'x')",
    '@b + 1',
    '18446744073709551615',
    "X'41'",
  ),
);
const userVariable = fc
  .tuple(fc.constantFrom('@a', '@B', '@`b`', '@c_1'), literal)
  .map(([variable, value]) => `${variable} = ${value}`);
const names = fc.constantFrom(
  'NAMES utf8mb4',
  'NAMES latin1',
  "NAMES 'utf8mb4' COLLATE utf8mb4_bin",
  'NAMES gbk',
  'NAMES utf8 COLLATE utf8_bin',
  'NAMES DEFAULT',
  'CHARACTER SET latin1',
  'NAMES binary',
  'NAMES nothing',
);
const set = fc
  .array(fc.oneof({ weight: 4, arbitrary: assignment }, { weight: 2, arbitrary: userVariable }, names), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => `SET ${parts.join(', ')}`);

const OTHERS = [
  'SELECT @a, @b, @c_1', "SELECT 'x', DATABASE(), 1/3", 'SELECT @v := 5', "SELECT 'a', 2 INTO @a, @b", 'SELECT LAST_INSERT_ID(), @@identity',
  'SELECT LAST_INSERT_ID(7)', 'INSERT INTO n (name) VALUES (NULL)', "INSERT INTO n VALUES (40, 'x')", 'INSERT INTO nothing VALUES (1)',
  "INSERT INTO n (name) VALUES ('a'), ('b')", 'BEGIN', 'COMMIT', 'ROLLBACK', 'START TRANSACTION READ ONLY', 'SAVEPOINT s', 'ROLLBACK TO s', 'RELEASE SAVEPOINT s',
  'SELECT COUNT(*) FROM n', 'DELETE FROM n', 'USE information_schema', 'USE {db}', 'USE nowhere', 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  'SET SESSION TRANSACTION READ ONLY', 'SET SESSION TRANSACTION READ WRITE', 'CREATE TEMPORARY TABLE x (a INT)', 'SELECT * FROM x', 'DROP TEMPORARY TABLE x',
  "SELECT GET_LOCK('{db}', 0)", "DO RELEASE_LOCK('{db}')", "PREPARE p FROM 'SELECT @a'", 'EXECUTE p', 'DEALLOCATE PREPARE p', 'CREATE TABLE IF NOT EXISTS u (a INT)',
  'LOCK TABLES n WRITE', 'UNLOCK TABLES', 'SELECT nothing', 'nonsense', 'SET sql_mode = "", nothing = 1', 'CALL sets()', 'SET @a = 1; SET @b = 2; SELECT @a', "SET NAMES latin1; SELECT 'x'",
]; // prettier-ignore
const text = fc.oneof({ weight: 3, arbitrary: set }, { weight: 4, arbitrary: fc.constantFrom(...OTHERS) });

const TABLES = [
  'CREATE TABLE n (id INT AUTO_INCREMENT PRIMARY KEY, name CHAR(9))',
  "CREATE PROCEDURE sets() BEGIN SET time_zone = '+02:00'; SET @a = 'in'; END",
];

/** Of the session, besides what counts on, what names the server and what tells of the trackers. */
const END =
  "SHOW SESSION VARIABLES WHERE Variable_name NOT REGEXP '^(?:timestamp|pseudo_thread_id|session_track|gtid|rand_seed|insert_id|last_insert_id|identity|statement_id|in_transaction|proxy_user|external_user|last_gtid|error_count|warning_count|seconds_behind)'";

eachServer('random lives over the same backends', (kind, getServer) => {
  it('are as on connections of their own', async () => {
    const server = await getServer();
    await using here = await freshDatabase(server, ...TABLES);
    await using there = await freshDatabase(server, ...TABLES);
    await using rotation = await Rotation.open(server, there.name);
    await using admin = await Direct.open(server, here.name);
    // Who holds what nobody knows of is found out soon.
    await admin.query('SET lock_wait_timeout = 2');
    const life = fc.asyncProperty(fc.array(text, { minLength: 2, maxLength: 14 }), async (texts) => {
      await rotation.nextClient();
      for (const { name: db } of [here, there])
        for (const sql of [`DROP TABLE IF EXISTS ${db}.u`, `TRUNCATE TABLE ${db}.n`]) {
          const [result] = await admin.query(sql);
          assert.equal(result?.error, undefined, 'the life before has left a lock');
        }
      await using direct = await Direct.open(server, here.name, 0x10000);
      for (const sql of [...texts, END]) {
        const expected = await direct.query(sql.replaceAll('{db}', here.name));
        const actual = await rotation.query(sql.replaceAll('{db}', there.name));
        assert.deepEqual(plain(actual, there.name, kind), plain(expected, here.name, kind), sql);
        await rotation.release();
      }
    });
    await fc.assert(life, { numRuns: RUNS, ...(SEED !== undefined && { seed: Number(SEED) }), endOnFailure: true });
    assert.ok(rotation.moves > RUNS * 2, `went on on another backend ${rotation.moves} times`);
  });
});

function plain(results: readonly Result[], db: string, kind: ServerKind): unknown {
  const same = (value: string): string => value.replaceAll(db, kind);
  return results.map(({ ok, error, rows, columns }) => ({
    error: error && `${error.errno} ${same(error.message)}`,
    ok: ok && [Number(ok.affectedRows), Number(ok.insertId), ok.warnings, ok.status & 0x3],
    rows: rows.map((row) => row.map((value) => (value === null ? null : same(value)))),
    columns: columns.map(same),
  }));
}
