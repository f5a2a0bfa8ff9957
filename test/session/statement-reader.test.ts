import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Effect } from '#internal/session/effect.js';
import { effectOf, routineMayHide } from '#internal/session/statement.js';

/** Texts that are not read in one go: a comment of that form has them taken apart. */
const ROWS = {
  'INSERT INTO t (a) VALUES (1)': 'write',
  'INSERT INTO f(a) SELECT COUNT(*) FROM u': 'write',
  'REPLACE INTO t (a) VALUES (1)': 'write',
  'INSERT INTO t (a) VALUES (f(1))': 'dirty',
  'REPLACE INTO t VALUES (f(1))': 'dirty',
  'SELECT f (1)': 'dirty',
  'UPDATE t SET a = f (1)': 'dirty',
  'DELETE FROM t WHERE f (a)': 'dirty',
} as const;

it('the first brackets of an INSERT or REPLACE hold columns, and those of no other statement', () => {
  for (const [sql, kind] of Object.entries(ROWS)) {
    for (const text of [sql, `${sql} -- x`, `# x\n${sql};`]) assert.equal(effectOf(text).kind, kind, text);
  }
});

const ANYTHING: Effect = { kind: 'dirty', mayChangeRole: true };
const hidden = { onUse: new Set(['v']), onWrite: new Set(['t']), onFailure: new Set(['audited']) };

it('knows of a statement nothing that was in the one before', () => {
  for (const [sql, expected] of [
    ['WITH x AS (SELECT 1) SELECT 1; WITH x AS (SELECT 1) DELETE FROM u', { kind: 'write' }],
    ['CREATE TABLE u (a INT); CREATE VIEW w AS SELECT 1', { kind: 'write', defines: true }],
    ['CREATE TABLE u (a INT); INSERT INTO u VALUES (1)', { kind: 'write' }],
    ["SELECT @a; LOAD DATA INFILE 'x' INTO TABLE u", { kind: 'write' }],
    ['SHOW GRANTS FOR role; SET STATEMENT max_statement_time = 1 FOR SELECT 1', { kind: 'dirty' }],
    ['SELECT * FROM t; DELETE FROM u', { kind: 'write' }],
    ['SELECT * FROM audited; DELETE FROM u', { kind: 'write' }],
    ['XA RECOVER; XA', { kind: 'dirty', xa: true }],
    ['SELECT 1; BEGIN', { kind: 'write' }],
    ['SELECT 1; BEGIN WORK', { kind: 'write' }],
    ['SELECT 1; BEGIN SELECT', ANYTHING],
    ['START TRANSACTION READ ONLY; START TRANSACTION', { kind: 'write', readOnly: true }],
    ['SELECT 1 FROM f; (SELECT 1)', { kind: 'read' }],
    ['INSERT INTO u (a) VALUES (1); SELECT f (1)', ANYTHING],
    ['CREATE TABLE u (a INT); SELECT f (1)', ANYTHING],
    ['SELECT LAST_INSERT_ID(); SELECT 1', { kind: 'read' }],
    ['; SELECT 1;', { kind: 'read' }],
    ['CREATE VIEW w AS SELECT 1; SELECT 1', { kind: 'dirty', mayChangeRole: true, defines: true }],
  ] as const)
    assert.deepEqual(effectOf(sql, { several: true, hidden }), expected, sql);
});

/** Whole effects: what is said beside the kind is what a connection is replaced, or asked, for. */
const EFFECTS: readonly (readonly [sql: string, expected: Effect])[] = [
  ['RENAME TABLE a TO b', { kind: 'write', defines: true }],
  ['ALTER TABLE a RENAME TO b', { kind: 'write', defines: true }],
  ['ALTER TABLE a ADD b INT', { kind: 'write' }],
  ['DROP TABLE `rename`', { kind: 'write' }],
  ['DROP VIEW a', { kind: 'write', defines: true }],
  ['ALTER VIEW a AS SELECT 1', { kind: 'write', defines: true }],
  ['DROP TRIGGER a', { kind: 'write', defines: true }],
  ['CREATE TABLE a (view INT)', { kind: 'write' }],
  ['CREATE TABLE a (b INT) COMMENT = "x", temporary', { kind: 'write' }],
  ['CREATE PROCEDURE p() CREATE TEMPORARY TABLE a (b INT)', { kind: 'write' }],
  ['START TRANSACTION WITH CONSISTENT SNAPSHOT', { kind: 'write' }],
  ['START SLAVE', { kind: 'write' }],
  ['INSERT INTO a SELECT 1 FROM b WHERE c = "read only"', { kind: 'write' }],
  ['SELECT 1 FROM a LOCK READ ONLY', { kind: 'read' }],
  ['WITH x AS (SELECT 1) INSERT INTO a (b) SELECT 1', { kind: 'write' }],
  ['WITH x AS (SELECT 1) REPLACE INTO f (a) SELECT 1', { kind: 'write' }],
  ['WITH x AS (SELECT 1) INSERT INTO f (a) SELECT 1', { kind: 'write' }],
  ['WITH x AS (SELECT 1) TABLE x', { kind: 'read' }],
  ['WITH x AS (SELECT 1) VALUES ROW(1)', { kind: 'read' }],
  ['WITH x AS (DELETE FROM a) SELECT 1', { kind: 'read' }],
  ['WITH x AS (SELECT 1)', { kind: 'read' }],
  ['DESC ANALYZE UPDATE a SET b = 1', { kind: 'dirty' }],
  ['DESCRIBE ANALYZE SELECT 1', { kind: 'read' }],
  ['SELECT analyze FROM a', { kind: 'read' }],
  ['EXPLAIN UPDATE a SET b = 1', { kind: 'read' }],
  ['ANALYZE UPDATE a SET b = 1', { kind: 'dirty' }],
  ['ANALYZE LOCAL TABLE a', { kind: 'write' }],
  ['ANALYZE NO_WRITE_TO_BINLOG TABLE a', { kind: 'write' }],
  ['ANALYZE tables', { kind: 'read' }],
  ['BEGIN WORK', { kind: 'write' }],
  ['BEGIN x', ANYTHING],
  ['BEGIN WORK x', ANYTHING],
  ["LOAD DATA INFILE 'x' INTO TABLE a (b, c)", { kind: 'write' }],
  ["LOAD DATA INFILE 'x' INTO TABLE f (b) SET c = LAST_INSERT_ID()", { kind: 'write' }],
  ["LOAD DATA INFILE 'x' INTO TABLE a (b) SET c = f (1)", ANYTHING],
  ["LOAD DATA INFILE 'x' INTO TABLE a CHARACTER SET utf8mb4 (b)", ANYTHING],
  ['SET STATEMENT max_statement_time = 1 FOR SELECT 1', { kind: 'dirty' }],
  ['SET STATEMENT max_statement_time = 1 FOR SHOW TABLES', ANYTHING],
  ['SET STATEMENT max_statement_time = 1 FOR SET ROLE r', { kind: 'dirty', foreign: true, mayChangeRole: true }],
  ['SELECT f (1), LAST_INSERT_ID(2)', ANYTHING],
  ['SET ROLE f ()', { kind: 'dirty', foreign: true, mayChangeRole: true }],
  ["XA START f ('x')", { kind: 'dirty', xa: true }],
  ['SELECT 1 INTO @a', { kind: 'dirty' }],
  ['SELECT 1 FROM a PROCEDURE ANALYSE (@a)', ANYTHING],
  ['CREATE PROCEDURE p() SELECT 1 INTO @a', { kind: 'write' }],
  ['CREATE PROCEDURE p() SELECT NEXT VALUE FOR s', { kind: 'write' }],
  ['CREATE PROCEDURE p() SELECT s.nextval', { kind: 'write' }],
  ['CREATE PROCEDURE p() SELECT @a := 1', { kind: 'write' }],
  ['SELECT previous, value FROM a', { kind: 'read' }],
  ['SELECT a.b, nextval FROM a', { kind: 'read' }],
  ['SELECT s.currval', { kind: 'dirty' }],
  ['SELECT s.lastval', { kind: 'dirty' }],
  ['SELECT `s`.`nextval`', { kind: 'read' }],
  ['SELECT s .nextval', { kind: 'dirty' }],
  ['SAVEPOINT release', { kind: 'write' }],
  ['ROLLBACK RELEASE', { kind: 'dirty' }],
  ['RELEASE SAVEPOINT a', { kind: 'write' }],
  ['SELECT a AS f (1)', { kind: 'read' }],
  ["SELECT 'a' f (1)", { kind: 'read' }],
  ['SELECT `a` f (1)', { kind: 'read' }],
  ['SELECT (1) f (1)', { kind: 'read' }],
  ['SELECT 1 INTO f (1)', { kind: 'read' }],
  ['SELECT 1, f (1)', ANYTHING],
  ['SELECT 1 + f (1)', ANYTHING],
  ['SELECT (f (1))', ANYTHING],
  ['SELECT 1 a, "b" (1)', ANYTHING],
  ['SELECT a.f (1)', ANYTHING],
  ['SELECT 1 MEMBER OF (1)', { kind: 'read' }],
  ['SELECT OF (1)', ANYTHING],
  // No server calls a function of this name that is not written with its schema.
  ['SELECT VALUE (1)', { kind: 'read' }],
  ['SELECT shop.VALUE (1)', ANYTHING],
  ['INSERT INTO a (b) VALUES (1) ON DUPLICATE KEY UPDATE b = VALUE (b)', { kind: 'write' }],
  ['REPLACE INTO a (b) VALUE (1)', { kind: 'write' }],
  ['WITH f (a) AS (SELECT 1) SELECT 1', { kind: 'read' }],
  ['WITH f (a) AS (SELECT 1), g (a) AS (SELECT 1) SELECT 1', { kind: 'read' }],
  ['WITH f (a) AS (SELECT 1) SELECT g (1)', ANYTHING],
  ['WITH f (a) SELECT 1', ANYTHING],
  ['WITH f (a) AS SELECT 1', ANYTHING],
  ['WITH f (g (a)) AS (SELECT 1) SELECT 1', ANYTHING],
  ['WITH f (a', ANYTHING],
  ['WITH f (a)', ANYTHING],
  ['WITH f (a) AS', ANYTHING],
  ['SELECT 1;', { kind: 'read' }],
  [';', { kind: 'dirty' }],
  ['((SELECT 1))', { kind: 'read' }],
  ['(', { kind: 'dirty' }],
  ['`SELECT` 1', ANYTHING],
  ['CREATE TABLE a (b INT DEFAULT (f (1)))', { kind: 'write' }],
  ['CREATE TABLE a (b INT) SELECT f (1)', ANYTHING],
  ['CREATE TABLE a VALUES (f (1))', ANYTHING],
  ['CREATE TABLE a ROW (f (1))', ANYTHING],
  ['CREATE VIEW a AS SELECT f (1)', { kind: 'write', defines: true }],
  ['CREATE VIEW a AS VALUES (f (1))', { kind: 'write', defines: true }],
  [') SELECT 1', ANYTHING],
  [', SELECT 1', ANYTHING],
  ['/*!40000 */', { kind: 'read' }],
  ['INSERT INTO a WITH f (b) AS (SELECT 1) SELECT b FROM f', { kind: 'write' }],
  ['SELECT * FROM (WITH f (b) AS (SELECT 1) SELECT b FROM f) g', { kind: 'read' }],
  ['SELECT f (1) AS (SELECT 1)', ANYTHING],
  ['SELECT 1 MEMBER f (1)', ANYTHING],
  ['UPDATE a SET rename = 1', { kind: 'write' }],
  ['ALTER DATABASE a READ ONLY = 1', { kind: 'write' }],
];

it('says all that a statement may do', () => {
  const wrong: unknown[] = [];
  for (const [sql, expected] of EFFECTS) {
    // The comment has the text taken apart where it would be read in one go.
    for (const text of [sql, `# x\n${sql}`]) {
      const effect = effectOf(text);
      try {
        assert.deepEqual(effect, expected);
      } catch {
        wrong.push([text, effect, expected]);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

it('a trigger hides what it calls, locks, runs or may become', () => {
  for (const [body, mayHide] of [
    ['SET NEW.a = 1', false],
    ['INSERT INTO u (a) VALUES (1)', false],
    ['SET @a = 1', false],
    ['SELECT 1 INTO @a', true],
    ['SET NEW.a = f (1)', true],
    ["SET NEW.a = GET_LOCK('x', 1)", true],
    ['SET NEW.a = LAST_INSERT_ID(1)', true],
    ['SET NEW.a = LAST_INSERT_ID()', false],
    ['CALL p()', true],
    ['EXECUTE p', true],
    ["EXECUTE IMMEDIATE 'DO 1'", true],
    ['BEGIN CALL p(); END', true],
    ['BEGIN SELECT 1; SELECT f (1); END', true],
    ['SET ROLE r', true],
    ['CREATE TEMPORARY TABLE x (a INT)', true],
    ["SET NEW.a = 'never closed", true],
    ["SET NEW.a = 'a\\'; CALL p(); SET NEW.b = 'b'", true],
    ['SET NEW.a = /*! f (1) */ 1', true],
    ['SET NEW.a = /*!1*/ /*M!2*/ 3', true],
  ] as const)
    assert.equal(routineMayHide(body, {}), mayHide, body);
});

it('is read in every way in which a server may read it, which its version and its sql_mode decide', () => {
  for (const [way, sql] of [
    ['quotation marks are around names', `SELECT "a\\", f (1), "b\\", '\\''`],
    ['a backslash is a letter like any other', `SELECT 'a\\', f (1), 'b\\'`],
    ['the comment is one', 'SELECT f /*!40000 ,*/ (1)'],
    [
      'the comment is one, and quotation marks are around names',
      `SELECT /*!40000 1, */ "a\\", f /*!40000 ,*/ (1), "b\\", '\\''`,
    ],
    ['the comment is one, and a backslash a letter', `SELECT /*!40000 1, */ 'a\\', f /*!40000 ,*/ (1), 'b\\'`],
    ['the comment is code, and a backslash a letter', `SELECT /*!40000 1, */ 'a\\', /*!40000 f */ (1), 'b\\'`],
    ['the comment is one, after a backslash', `SELECT 'a\\'b', f /*!40000 ,*/ (1)`],
  ] as const) {
    assert.deepEqual(effectOf(sql), ANYTHING, way);
    // What differs is the call.
    assert.notDeepEqual(effectOf(sql.replace('f', '')), ANYTHING, way);
  }
});
