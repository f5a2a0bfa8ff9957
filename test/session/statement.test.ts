import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Effect } from '#internal/session/effect.js';
import { effectOf } from '#internal/session/statement.js';

const KINDS: Record<Effect['kind'], readonly string[]> = {
  read: [
    'SELECT 1',
    ' \n select * from t where a = ?',
    '(SELECT 1) UNION (SELECT 2)',
    '/* a comment */ SELECT 1',
    '-- a comment\nSELECT 1',
    '# a comment\n-- and another\nSELECT 1',
    "SELECT '; SET @a = 1'",
    'SELECT /*+ SET_VAR(sort_buffer_size = 1M) */ 1',
    'SELECT /*+ INDEX(`t` `i`) */ 1',
    'SELECT /*!40001 SQL_NO_CACHE */ * FROM t',
    'SELECT @@version, @a',
    'SELECT a INTO OUTFILE "x" FROM t',
    'SELECT * FROM t WHERE id = 1 FOR UPDATE',
    'SHOW TABLES',
    'SHOW FULL COLUMNS FROM `t` FROM `shop`',
    'EXPLAIN SELECT 1',
    'EXPLAIN INSERT INTO t (a) VALUES (1)',
    'EXPLAIN ANALYZE SELECT COUNT(*) FROM t',
    'ANALYZE FORMAT=JSON SELECT COUNT(*) FROM t',
    'VALUES ROW(1, 2), ROW(3, 4)',
    'TABLE t',
    'SELECT 1;',
    'WITH x AS (SELECT 1) SELECT * FROM x',
    'WITH RECURSIVE x (a, b) AS (SELECT 1, 2 UNION ALL SELECT a + 1, b FROM x), y(c) AS (SELECT 1) SELECT * FROM x',
    "SELECT 'please set role to editor', 'a := b', 'how does get_lock work', 'into @a'",
    "SELECT 'it''s f(1)', 'it\\'s g(1)', \"h(1)\", `i(1)`",
    "SELECT 'it\\'s', 'x set role y', 'it\\'s f(1)'",
    'SELECT COUNT(*), SUM(a), CONCAT(a, b), IFNULL(a, 0), NOW(), CURRENT_TIMESTAMP(6), LAST_INSERT_ID() FROM t',
    'SELECT CAST(a AS DECIMAL(10,2)), CONVERT(a, CHAR(5)), CAST(a AS DATETIME(6)), CAST(a AS VARCHAR(9)) FROM t',
    'SELECT a FROM t WHERE a IN (1, 2) AND (b = 1) OR NOT (c) AND EXISTS (SELECT 1) AND a = ANY (SELECT 2) AND b BETWEEN (1) AND (2)',
    'SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b), LAG(a) OVER w FROM t WINDOW w AS (ORDER BY a)',
    'SELECT * FROM t USE INDEX (a) FORCE INDEX FOR ORDER BY (b) IGNORE KEY (c)',
    'SELECT * FROM t PARTITION (p0) JOIN (SELECT 1 AS a) x USING (a) LEFT JOIN u ON (t.a = u.a)',
    'SELECT * FROM (SELECT 1, 2) AS x (a, b)',
    'SELECT * FROM (SELECT 1, 2) x (a, b)',
    "SELECT GROUP_CONCAT(DISTINCT a ORDER BY b SEPARATOR ', ') FROM t GROUP BY a HAVING (COUNT(*) > 1)",
    'SELECT CASE WHEN (a) THEN (b) ELSE (c) END, -(a), !(b), a DIV (b), a MOD (b), INTERVAL(1, 2)',
    'SELECT * FROM t WHERE a LIKE (b) AND a REGEXP (c) AND b IS NOT NULL LIMIT 5',
    "SELECT MATCH (a, b) AGAINST ('x' IN BOOLEAN MODE), DATE_ADD(a, INTERVAL (b + 1) DAY), EXTRACT(YEAR FROM a) FROM t",
    'SELECT `concat`, "count" FROM `shop`.`t` AS `x` WHERE `x`.`a` = 1',
    "SELECT DISTINCT (a), POINT(1, 2), JSON_EXTRACT(a, '$.x'), a->>'$.y', CRC32(a) FROM t",
    "SELECT x'4d', b'01', _utf8mb4'f(1)', N'x', .5, 1.5e10, 0x1f, 1e5 FROM t",
    'XA RECOVER',
  ],
  write: [
    'INSERT INTO t VALUES (?)',
    'INSERT INTO t (a, b) VALUES (1, NOW()), (2, NOW()) ON DUPLICATE KEY UPDATE a = VALUES(a)',
    'INSERT INTO shop.t (a) VALUES (1)',
    'INSERT IGNORE t (a) VALUE (1)',
    'INSERT INTO `shop`.`t` (`a`) SELECT COUNT(*) FROM u',
    'INSERT INTO t PARTITION (p0) (a) VALUES (1)',
    'INSERT INTO t (a, b) VALUES (1, 2) AS new (c, d) ON DUPLICATE KEY UPDATE a = new.c',
    'INSERT INTO t SET a = 1',
    "INSERT INTO t VALUES ('please set role to editor')",
    "INSERT INTO t VALUES ('a := b'), ('how does get_lock work')",
    "INSERT INTO t VALUES ('it\\'s; SET @a = 1'), ('and \\' f(1)')",
    "INSERT INTO t VALUES ('C:\\'), ('f(1)')",
    'UPDATE t SET a = 1',
    'UPDATE t JOIN u ON (t.a = u.a) SET t.b = COALESCE(u.b, 0)',
    'DELETE FROM t',
    'DELETE FROM t WHERE a IN (1)',
    'REPLACE INTO t VALUES (1)',
    'REPLACE INTO t (a) VALUES (REPLACE(?, 1, 2))',
    'WITH x AS (SELECT 1) UPDATE t SET a = 1',
    'WITH x (a) AS (SELECT 1) DELETE FROM t',
    'BEGIN',
    'begin work;',
    'BEGIN /* now */',
    'START TRANSACTION',
    'START TRANSACTION READ ONLY',
    'COMMIT AND CHAIN',
    'ROLLBACK TO SAVEPOINT a',
    'USE shop',
    'CREATE TABLE t (id INT, a DECIMAL(10,2) DEFAULT (UUID()), KEY k (a), CONSTRAINT c FOREIGN KEY f (a) REFERENCES u (b))',
    'CREATE TABLE t (a ENUM("x")) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES IN (1))',
    'CREATE TABLE t (a INT) SELECT COUNT(*) FROM u',
    'CREATE INDEX i ON t (a, (b + 1))',
    'CREATE OR REPLACE VIEW v (a) AS SELECT f()',
    'CREATE DEFINER = `a`@`b` PROCEDURE p() SET @a = f()',
    'CREATE FUNCTION f() RETURNS INT RETURN g()',
    "CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET @a = GET_LOCK('a', 1)",
    'DROP TABLE t',
    'ALTER TABLE t ADD COLUMN a VARCHAR(20), ADD UNIQUE KEY k (a)',
    'GRANT SELECT (a), UPDATE (b) ON t TO u',
    "LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY ',' (a, b) SET c = NOW()",
    'DO SLEEP(1)',
    'ANALYZE TABLE t',
    'SET GLOBAL max_connections = 5',
    'SET @@global.max_connections = (5 + 1) * 2, PERSIST time_zone = 1',
    'SET GLOBAL TRANSACTION READ ONLY',
    'INSERT INTO t VALUES (1) RETURNING id',
  ],
  set: [
    'SET NAMES latin1',
    "SET NAMES 'utf8mb4' COLLATE utf8mb4_bin",
    'SET CHARACTER SET utf8mb4',
    'SET CHARSET utf8mb4;',
    "SET time_zone = '+00:00'",
    'SET autocommit=0',
    "SET SESSION sql_mode = 'ANSI', @@session.time_zone = ?, local unique_checks := off ;",
    'SET @@foreign_key_checks = 0',
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'set session transaction read only, isolation level serializable',
    "SET time_zone = 'a' -- , @a = 1",
    '/* x */ SET NAMES latin1',
    '/*!40101 SET NAMES latin1 */',
    'SET GLOBAL time_zone = 1, time_zone = 2',
    'SET GLOBAL time_zone = 1, SESSION time_zone = 2',
  ],
  next: [
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    'SET TRANSACTION READ ONLY',
    'SET /* only */ TRANSACTION READ WRITE',
  ],
  dirty: [
    '',
    '???',
    'FROBNICATE t',
    "SELECT GET_LOCK('a', 1)",
    'select get_lock /* here */ ("a", 1)',
    "DO RELEASE_LOCK('a')",
    'SELECT RELEASE_ALL_LOCKS()',
    "SELECT service_get_write_locks('a', 'b', 1)",
    'SELECT @a := 1',
    'SELECT @a:=1',
    'SELECT a INTO @a FROM t',
    'SELECT a INTO/**/@a FROM t',
    'SELECT a INTO -- so\n @a FROM t',
    'SELECT a INTO # ; \n @a FROM t',
    'SELECT a /*!50000 INTO*/ @a FROM t',
    'SELECT a /*!INTO*/@a',
    'SELECT a /*M!100100 INTO */ @a',
    "SELECT a INTO @'a'",
    'DO GET_LOCK("a", 1)',
    'UPDATE t SET a = (@n := @n + 1)',
    'SELECT NEXTVAL(s), 1',
    'SELECT NEXT VALUE FOR s',
    'SELECT PREVIOUS VALUE FOR s',
    'SELECT s.nextval',
    'SELECT LASTVAL(s)',
    'INSERT INTO t VALUES (NEXT VALUE FOR s)',
    'SELECT LAST_INSERT_ID(5)',
    'UPDATE t SET a = LAST_INSERT_ID(a + 1)',
    'SET @a = 1',
    "SET @'a' = 1",
    "SET time_zone = '+00:00', @a = 1",
    'SET GLOBAL time_zone = 1, @a = 1',
    'SET GLOBAL time_zone = (@a := 1)',
    "SET sql_mode = CONCAT(@@sql_mode, ',ANSI')",
    'SET time_zone = (SELECT 1)',
    'SET time_zone = 1 2',
    "SET PASSWORD = 'x'",
    'SET DEFAULT ROLE r TO u',
    'SET STATEMENT max_statement_time = 1 FOR SELECT 1',
    'SET max_sort_length = 5',
    'SET GLOBAL max_sort_length = 5, max_error_count = 5',
    'SET last_insert_id = 5',
    'KILL 5',
    'KILL QUERY 5',
    'COMMIT RELEASE',
    'ROLLBACK WORK AND NO CHAIN RELEASE',
    '/*M!100101 SET @a = 1 */',
    'CREATE TEMPORARY TABLE t (id INT)',
    'CREATE TEMPORARY TABLE t SELECT 1',
    'CREATE /*!32302 TEMPORARY */ TABLE t (id INT)',
    'CREATE OR REPLACE TEMPORARY TABLE t (id INT)',
    'DROP TEMPORARY TABLE t',
    'LOCK TABLES t READ',
    'LOCK INSTANCE FOR BACKUP',
    'BACKUP STAGE START',
    'UNLOCK TABLES',
    'FLUSH TABLES WITH READ LOCK',
    'HANDLER t OPEN',
    "PREPARE p FROM 'SELECT 1'",
    'GET DIAGNOSTICS @a = NUMBER',
    'LOAD DATA INFILE "x" INTO TABLE t (@a) SET b = @a',
    'RESET CONNECTION',
    "INSTALL SONAME 'x'",
    'SHUTDOWN',
    'EXPLAIN ANALYZE UPDATE t SET a = 1',
    'ANALYZE INSERT INTO t VALUES (1)',
    'EXPLAIN FORMAT=JSON INTO @a SELECT 1',
  ],
};

// What runs that cannot be seen in the text: it may also have changed the role.
const ANYTHING: readonly string[] = [
  'SET session_track_state_change = 0',
  'SELECT f()',
  'SELECT f ()',
  'SELECT f/* */()',
  'SELECT SQL_NO_CACHE f()',
  'SELECT `f`()',
  'SELECT "f"()',
  'SELECT `count`(1)',
  'SELECT COUNT (*)',
  'SELECT shop.f()',
  'SELECT shop . concat (1)',
  'SELECT `shop`.`f`(1)',
  'SELECT größe(1)',
  'SELECT 2f(1)',
  'SELECT CONCAT(a, f(b)) FROM t',
  'SELECT 1 FROM t WHERE a = f(1) GROUP BY g(2)',
  'SELECT 1 FROM t JOIN u ON f(1) = 2',
  'SELECT 1 ORDER BY f(1)',
  "SELECT 'a' = f(1)",
  'DO f()',
  'DO SLEEP(1), f()',
  'VALUES ROW(f())',
  'EXPLAIN SELECT f()',
  'EXPLAIN ANALYZE SELECT f()',
  'ANALYZE SELECT f()',
  'WITH x AS (SELECT f()) SELECT 1',
  'WITH x AS (SELECT 1) SELECT f(1)',
  'WITH x AS (SELECT 1) SELECT f(1) AS a FROM x',
  'INSERT INTO t VALUES (f())',
  'INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = f()',
  'INSERT INTO t (a) SELECT f(a) FROM u',
  'INSERT INTO t SET a = f()',
  'INSERT INTO t VALUES (1) RETURNING f(id)',
  'REPLACE INTO t VALUES (f())',
  'UPDATE t SET a = f()',
  'DELETE FROM t WHERE f(a)',
  'CREATE TABLE t SELECT f()',
  'CREATE TABLE t (a INT) AS SELECT f() AS a',
  'CREATE TABLE t VALUES ROW(f())',
  'CREATE TEMPORARY TABLE t SELECT f()',
  "LOAD DATA INFILE 'x' INTO TABLE t (a) SET b = f()",
  'SHOW TABLES WHERE f()',
  'SET time_zone = (SELECT f())',
  'SET @a = f()',
  'SET GLOBAL time_zone = f()',
  'SET STATEMENT max_statement_time = 1 FOR SELECT f()',
  'SET STATEMENT max_statement_time = 1 FOR EXECUTE p',
  'KILL f()',
  'CALL p()',
  'CALL p',
  'EXECUTE p',
  "EXECUTE IMMEDIATE 'SET ROLE r'",
  'BEGIN NOT ATOMIC SET @a = 1; END',
  'DECLARE a INT; BEGIN a := 1; END',
  '<<l>> BEGIN NULL; END',
  'IF 1 THEN SET @a = 1; END IF',
  'WHILE 1 DO SET @a = 1; END WHILE',
  "BINLOG 'x'",
  // Where the server goes on reading depends on its version.
  "SELECT /*!99999 ' */ 1 -- '",
  'SELECT 1 /*! + /* x */ 1 */',
  'SELECT /*!40000 1, */ /*M!100000 2 */ 3',
  'SELECT /*! 1',
  'SELECT /*+ "x*/ 1 -- "',
  "SELECT $$ ' $$, f(), ' '",
  'SELECT\u00a01',
  // With an sql_mode they are calls.
  "SELECT 'a\\' , f(), ' b'",
  "SELECT 'a\\', f(), 'b\\'",
  'SELECT "a\\", f(), "b\\"',
];

const FOREIGN: readonly string[] = [
  'SET ROLE admin',
  'set role none',
  'SET /*!50000 ROLE*/ r',
  '/*!50000 SET ROLE r */',
  'SET -- role\n ROLE r',
  'SET/**/ROLE r',
  'SET RESOURCE GROUP g',
  'SET SESSION AUTHORIZATION a@b',
  'SET STATEMENT max_statement_time = 1 FOR SET ROLE r',
];

describe('the effect of a statement', () => {
  for (const [kind, texts] of Object.entries(KINDS)) {
    for (const text of texts) it(`${kind}: ${text}`, () => assert.equal(effectOf(text).kind, kind));
  }

  for (const text of ANYTHING) {
    it(`anything, the role as well: ${text}`, () => {
      const effect = effectOf(text);
      assert.equal(effect.kind === 'dirty' && effect.mayChangeRole, true);
    });
  }

  for (const text of FOREIGN) {
    it(`what no reset takes back: ${text}`, () => {
      const effect = effectOf(text);
      assert.equal(effect.kind === 'dirty' && effect.foreign, true);
    });
  }

  it('does not ask for more than it must', () => {
    for (const text of KINDS.dirty.slice(3)) {
      if (/FROB|service_get|BACKUP/.test(text)) continue;
      assert.deepEqual({ ...effectOf(text), temporary: undefined }, { kind: 'dirty', temporary: undefined }, text);
    }
  });

  it('names the variables of a SET', () => {
    const effect = effectOf("SET SESSION tx_isolation = 'SERIALIZABLE', time_zone = '+00:00', NAMES latin1");
    assert.deepEqual(effect, { kind: 'set', variables: ['isolation', 'time_zone', 'charset'], readOnly: false });
    const variables = ['isolation', 'read_only'];
    assert.deepEqual(effectOf('SET SESSION TRANSACTION READ ONLY'), { kind: 'set', variables, readOnly: true });
  });

  it('says whether a transaction may only read', () => {
    assert.deepEqual(effectOf('SET TRANSACTION READ ONLY'), { kind: 'next', readOnly: true });
    assert.deepEqual(effectOf('SET TRANSACTION READ WRITE'), { kind: 'next', readOnly: false });
    assert.deepEqual(effectOf('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY'), {
      kind: 'write',
      readOnly: true,
    });
    assert.deepEqual(effectOf('START TRANSACTION READ WRITE'), { kind: 'write' });
  });

  it('says that it is about a distributed transaction', () => {
    for (const text of ["XA START 'a'", "XA BEGIN 'a'", "XA PREPARE 'a'", "XA COMMIT 'a'", "XA ROLLBACK 'a'"])
      assert.deepEqual(effectOf(text), { kind: 'dirty', xa: true });
  });

  it('is the worst of all when a text may hold several statements', () => {
    const cases = {
      'SELECT 1; SELECT 2': 'read',
      'SELECT 1; COMMIT;': 'write',
      "SELECT ';'; SELECT 2": 'read',
      'SELECT 1 /* ; SET @a = 1 */; SELECT 2': 'read',
      "INSERT INTO t VALUES ('a; SET ROLE b'); COMMIT": 'write',
      'SELECT 1; SET time_zone = 1': 'dirty',
      'SET time_zone = 1; SET time_zone = 2': 'dirty',
      'SELECT 1; SET @a = 1': 'dirty',
      'SELECT 1 # \n ; SELECT f()': 'dirty',
      "SELECT 1; SET @a = 1; SELECT 'never closed": 'dirty',
      "SELECT 'a\\'; SET @a = 1; SELECT 'b'": 'dirty',
      'CREATE PROCEDURE p() SELECT 1; SET ROLE r': 'dirty',
      ';;': 'read',
    };
    for (const [text, kind] of Object.entries(cases)) assert.equal(effectOf(text, { several: true }).kind, kind, text);
    assert.equal(effectOf('SELECT 1; SET @a = 1').kind, 'read');
    assert.deepEqual(effectOf('DO 1; SET ROLE r', { several: true }), { kind: 'dirty', foreign: true });
    const body = 'CREATE PROCEDURE p() BEGIN START TRANSACTION; SET ROLE r; END';
    assert.equal(effectOf(body).kind, 'write');
  });

  it('depends on the server where it has functions that the other one has not', () => {
    for (const [text, server] of [
      ['SELECT ANY_VALUE(a), BIN_TO_UUID(b) FROM t', 'mysql'],
      ["SELECT * FROM JSON_TABLE('[]', '$[*]' COLUMNS (a INT PATH '$')) x, LATERAL (SELECT 1) y", 'mysql'],
      ["SELECT MATCH (a) AGAINST ('x'), 1 MEMBER OF ('[1]')", 'mysql'],
      ['SELECT NVL(a, b), LENGTHB(c), CHR(d)', 'mariadb'],
    ] as const) {
      assert.equal(effectOf(text, { server }).kind, 'read', text);
      const other = server === 'mysql' ? 'mariadb' : 'mysql';
      if (!text.includes('MATCH')) assert.equal(effectOf(text, { server: other }).kind, 'dirty', text);
      if (!text.includes('MATCH')) assert.equal(effectOf(text).kind, 'dirty', text);
    }
  });

  it('looks behind the names of views and tables', () => {
    const hidden = { onUse: new Set(['v', 'v`2']), onWrite: new Set(['t']), onFailure: new Set(['audited']) };
    const cases = {
      'SELECT * FROM v': 'dirty',
      'SELECT * FROM `V` x': 'dirty',
      'SELECT * FROM `v``2`': 'dirty',
      'SELECT * FROM "v"': 'dirty',
      'SELECT * FROM shop.v': 'dirty',
      'INSERT INTO u SELECT * FROM v': 'dirty',
      'SELECT * FROM t': 'read',
      'INSERT INTO t (a) VALUES (1)': 'dirty',
      'INSERT INTO shop.T VALUES (1)': 'dirty',
      "LOAD DATA INFILE 'x' INTO TABLE t": 'dirty',
      'WITH x AS (SELECT 1) DELETE FROM t': 'dirty',
      "SELECT 'v'": 'read',
      'INSERT INTO u VALUES (1)': 'write',
      'DROP TABLE u': 'write',
    };
    for (const [text, kind] of Object.entries(cases)) assert.equal(effectOf(text, { hidden }).kind, kind, text);
    assert.deepEqual(effectOf('SELECT * FROM v', { hidden }), { kind: 'dirty', mayChangeRole: true });
    const audited = { kind: 'write', runsTriggers: true };
    assert.deepEqual(effectOf('DELETE FROM audited', { hidden }), audited);
    assert.deepEqual(effectOf('DELETE FROM u; DELETE FROM audited; BEGIN', { hidden, several: true }), audited);
    assert.deepEqual(effectOf('SELECT * FROM audited', { hidden }), { kind: 'read' });
  });

  it('trusts nothing behind what the same text has made', () => {
    const effect = effectOf('CREATE VIEW v AS SELECT f(); SELECT * FROM v', { several: true });
    assert.deepEqual(effect, { kind: 'dirty', mayChangeRole: true, defines: true });
  });

  it('knows what has a server keep texts, or fall silent', () => {
    for (const text of ['SET profiling = 1', 'SET @@session.`profiling` = 1', "SET optimizer_trace = 'enabled=on'"])
      assert.deepEqual(effectOf(text), { kind: 'dirty', keepsTexts: true }, text);
    assert.deepEqual(effectOf('SET session_track_schema = 0'), { kind: 'dirty', mayChangeRole: true });
  });
});
