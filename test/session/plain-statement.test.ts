import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectOfPlain } from '#internal/session/plain-statement.js';

const kindOf = (sql: string): string | undefined => effectOfPlain(sql, { server: 'mysql' })?.kind;

/** Read in one go. */
const PLAIN: Readonly<Record<'read' | 'write', readonly string[]>> = {
  read: [
    'SELECT 1',
    ' \t\r\n select a_1, B9 from T where (a = ?) and b in (1, 2)',
    "SELECT 'it''s f(1)', \"g(1)\", `h(1)`, '' FROM t",
    'SELECT a-b, -1, a - 1, a/b, a*b, a % b, {d "x"}, [1] FROM t WHERE a >= 1 AND b <> 2 OR c & 1 ^ 2 | ~3',
    'SELECT COUNT(*), MAX(a), NOW(6), COALESCE (a, b), IF(a, 1, 2) FROM t WHERE EXISTS (SELECT 1)',
    'SELECT v, value, val, nextvalue, xval FROM v WHERE V = 1',
    'SELECT /* a comment, f(1) */ 1 /**/ FROM t',
    "SELECT a FROM t WHERE a = '' AND b = ''",
    "SELECT '@a; SET @b = 1 # -- /*! */'",
    "SELECT (1), 'a' (2)",
  ],
  write: [
    'INSERT INTO t VALUES (1, NOW())',
    'INSERT INTO t (a, b) VALUES (1, 2)',
    'insert into t(a) select count(*) from u',
    'REPLACE INTO t (a) VALUES (REPLACE(?, 1, 2))',
    'UPDATE t SET a = 1, b = COALESCE(b, 0) WHERE id = ?',
    'DELETE FROM t WHERE id IN (?, ?)',
  ],
};

/** Taken apart, whatever comes of that. */
const OTHERS: readonly string[] = [
  '',
  '   ',
  '(SELECT 1)',
  'SELECTED',
  'selec',
  'SHOW TABLES',
  'SELECT f(1)',
  'SELECT F (1)',
  'SELECT COUNT (*)',
  'SELECT shop.concat(1)',
  'SELECT shop . concat(1)',
  'SELECT `f`(1)',
  'SELECT "f"(1)',
  'SELECT f/* x */(1)',
  'SELECT 1/concat(1)',
  'SELECT LAST_INSERT_ID(5)',
  "SELECT GET_LOCK('a', 1)",
  'SELECT s.nextval',
  'SELECT s/ lastval',
  'SELECT s.currval, 1',
  'SELECT NEXT VALUE FOR s',
  'SELECT previous  value FOR s',
  'SELECT NEXT/**/VALUE FOR s',
  'SELECT @a',
  'SELECT 1; SELECT 2',
  'SELECT :a',
  'SELECT 1 # a comment',
  'SELECT $a',
  "SELECT 'a\\'",
  'SELECT \\N',
  'SELECT 1--1',
  'SELECT 1 -- a comment',
  'SELECT 1 /*! , 2 */',
  'SELECT 1 /*M! , 2 */',
  'SELECT /*+ MAX_EXECUTION_TIME(5) */ 1',
  'SELECT 1 /*',
  'SELECT 1 /* /',
  "SELECT 'never closed",
  'SELECT `never closed',
  'SELECT größe',
  'SELECT\u000b1',
  'SELECT 1\u007f',
  // The first brackets hold columns only before what ends the head.
  'INSERT INTO t VALUES (f(1))',
  'INSERT INTO t SELECT f(a) FROM u',
  'INSERT INTO t SET a = f(1)',
  'INSERT INTO t (a) VALUES (f(1))',
  'INSERT INTO t (a) SELECT f(a) FROM u',
  'UPDATE t SET a = f(1)',
  'DELETE FROM t WHERE f(a)',
];

describe('a statement that is as plain as most', () => {
  it('is read in one go', () => {
    for (const [kind, texts] of Object.entries(PLAIN)) {
      for (const sql of texts) assert.equal(kindOf(sql), kind, sql);
    }
  });

  it('is told from every other', () => {
    for (const sql of OTHERS) assert.equal(kindOf(sql), undefined, sql);
  });

  it('calls what is built into its own server', () => {
    for (const [sql, mysql, mariadb] of [
      ['SELECT ANY_VALUE(a) FROM t', 'read', undefined],
      ['SELECT NVL(a, 1) FROM t', undefined, 'read'],
    ] as const) {
      assert.equal(effectOfPlain(sql, { server: 'mysql' })?.kind, mysql);
      assert.equal(effectOfPlain(sql, { server: 'mariadb' })?.kind, mariadb);
      assert.equal(effectOfPlain(sql, {}), undefined);
    }
  });
});
