import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EffectCache } from '#internal/session/effect-cache.js';
import { effectOf } from '#internal/session/statement.js';

const TEXTS: Record<string, readonly string[]> = {
  read: [
    'SELECT 1',
    ' \n select * from t where a = ?',
    '(SELECT 1) UNION (SELECT 2)',
    '/* a comment */ SELECT 1',
    '-- a comment\nSELECT 1',
    '# a comment\n-- and another\nSELECT 1',
    "SELECT '; SET @a = 1'",
    'SELECT /*+ SET_VAR(sort_buffer_size = 1M) */ 1',
    'SELECT @@version, @a',
    'SELECT a INTO OUTFILE "x" FROM t',
    'SHOW TABLES',
    'EXPLAIN SELECT 1',
    'VALUES ROW(1)',
    'SELECT 1;',
  ],
  write: [
    'INSERT INTO t VALUES (?)',
    'UPDATE t SET a = 1',
    'DELETE FROM t',
    'REPLACE INTO t VALUES (1)',
    'WITH x AS (SELECT 1) UPDATE t SET a = 1',
    'BEGIN',
    'begin work;',
    'START TRANSACTION',
    'COMMIT AND CHAIN',
    'ROLLBACK TO SAVEPOINT a',
    'USE shop',
    'CREATE TABLE t (id INT)',
    'DROP TABLE t',
    "LOAD DATA LOCAL INFILE 'x' INTO TABLE t",
    'DO SLEEP(1)',
  ],
  set: [
    'SET NAMES latin1',
    "SET NAMES 'utf8mb4' COLLATE utf8mb4_bin",
    'SET CHARACTER SET utf8mb4',
    "SET time_zone = '+00:00'",
    'SET autocommit=0',
    "SET SESSION sql_mode = 'ANSI', @@session.time_zone = ?, local unique_checks := off ;",
    'SET @@foreign_key_checks = 0',
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'set session transaction read only, isolation level serializable',
  ],
  next: ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'SET TRANSACTION READ ONLY'],
  dirty: [
    '',
    '???',
    "SELECT GET_LOCK('a', 1)",
    'select get_lock /* here */ ("a", 1)',
    'SELECT @a := 1',
    'SELECT a INTO @a FROM t',
    'SELECT a INTO/**/@a FROM t',
    'SELECT a INTO -- so\n @a FROM t',
    'DO GET_LOCK("a", 1)',
    'UPDATE t SET a = (@n := @n + 1)',
    'SET @a = 1',
    "SET time_zone = '+00:00', @a = 1",
    "SET sql_mode = CONCAT(@@sql_mode, ',ANSI')",
    'SET time_zone = (SELECT 1)',
    "SET time_zone = 'a' -- , @a = 1",
    'SET GLOBAL max_connections = 5',
    'SET PERSIST time_zone = 1',
    'SET ROLE admin',
    "SET PASSWORD = 'x'",
    'SET STATEMENT max_statement_time = 1 FOR SELECT 1',
    'SET max_sort_length = 5',
    'SET session_track_state_change = 0',
    '/* x */ SET NAMES latin1',
    '/*!40101 SET NAMES latin1 */',
    '/*M!100101 SET @a = 1 */',
    'CREATE TEMPORARY TABLE t (id INT)',
    'CREATE OR REPLACE TEMPORARY TABLE t (id INT)',
    'LOCK TABLES t READ',
    'UNLOCK TABLES',
    'FLUSH TABLES WITH READ LOCK',
    'HANDLER t OPEN',
    "PREPARE p FROM 'SELECT 1'",
    'EXECUTE p',
    'CALL p()',
    'XA START "a"',
    'BEGIN NOT ATOMIC SET @a = 1; END',
    'LOAD DATA INFILE "x" INTO TABLE t (@a) SET b = @a',
    'RESET CONNECTION',
  ],
};

describe('the effect of a statement', () => {
  for (const [kind, texts] of Object.entries(TEXTS)) {
    for (const text of texts) it(`${kind}: ${text}`, () => assert.equal(effectOf(text).kind, kind));
  }

  it('names the variables of a SET', () => {
    const effect = effectOf("SET SESSION tx_isolation = 'SERIALIZABLE', time_zone = '+00:00', NAMES latin1");
    assert.deepEqual(effect, { kind: 'set', variables: ['isolation', 'time_zone', 'charset'], readOnly: false });
  });

  it('is the worst of all when a text may hold several statements', () => {
    const cases = {
      'SELECT 1; SELECT 2': 'read',
      'SELECT 1; COMMIT;': 'write',
      'SELECT 1; SET time_zone = 1': 'dirty',
      ';;': 'read',
    };
    for (const [text, kind] of Object.entries(cases)) assert.equal(new EffectCache(true).of(text).kind, kind, text);
    assert.equal(new EffectCache(false).of('SELECT 1; SET @a = 1').kind, 'read');
  });

  it('is remembered, but not for every text there ever was', () => {
    const effects = new EffectCache(false);
    const first = effects.of("SET time_zone = '+01:00'");
    assert.equal(effects.of("SET time_zone = '+01:00'"), first);
    for (let n = 0; n < 1_500; n++) effects.of(`SELECT ${n}`);
    assert.notEqual(effects.of("SET time_zone = '+01:00'"), first);
    assert.deepEqual(effects.of("SET time_zone = '+01:00'"), first);
  });

  it('comes in time also on long and hostile texts', () => {
    const started = performance.now();
    for (const text of [
      `SELECT ${'('.repeat(50_000)}`,
      `${'/* */'.repeat(20_000)} SELECT 1`,
      `${' -- \n'.repeat(20_000)}SELECT 1`,
      `SELECT a INTO ${'/**/'.repeat(20_000)} b`,
      `SELECT ${'INTO '.repeat(20_000)}`,
      `SET ${'time_zone = 1, '.repeat(10_000)}`,
      `SET time_zone = '${"''".repeat(50_000)}`,
      `SET time_zone = '${'\\'.repeat(50_001)}`,
      `INSERT INTO t VALUES ${"('a'),".repeat(50_000)}('b')`,
    ]) {
      effectOf(text);
    }
    assert.ok(performance.now() - started < 2_000);
  });
});
