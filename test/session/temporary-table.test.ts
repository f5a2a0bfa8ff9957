import assert from 'node:assert/strict';
import { it } from 'node:test';
import { effectOf, type Effect } from '#internal/session/index.js';

function tablesOf(sql: string, several = false): string {
  const effect: Effect = effectOf(sql, { several });
  if (effect.kind !== 'dirty' || effect.temporary === undefined) return `(${effect.kind})`;
  assert.deepEqual(Object.keys(effect), ['kind', 'temporary']);
  const { does, names } = effect.temporary;
  return [does, ...names].join(' ');
}

it('names a temporary table that is made by its columns alone, and those that are dropped', () => {
  for (const [sql, tables] of [
    ['CREATE TEMPORARY TABLE t (id INT)', 'make `t`'],
    ['CREATE TEMPORARY TABLE t (id INT);', 'make `t`'],
    ['CREATE TEMPORARY TABLE t(id INT) -- so', 'make `t`'],
    ['/* so */ create temporary table if not exists `my-t` (\n`select` INT)', 'make `my-t`'],
    ["CREATE TEMPORARY TABLE T (a ENUM('x', 'as') NOT NULL DEFAULT 'x', n DECIMAL(10,2) DEFAULT -1.5)", 'make `T`'],
    [
      'CREATE TEMPORARY TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, value TEXT, KEY k (value(10))) ENGINE=InnoDB',
      'make `t`',
    ],
    ['CREATE TEMPORARY TABLE t (at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE NOW(6), b INT NULL)', 'make `t`'],
    ["CREATE TEMPORARY TABLE t (id INT) ENGINE = MEMORY DEFAULT CHARSET=utf8mb4 COMMENT='select'", 'make `t`'],
    ['DROP TEMPORARY TABLE t', 'drop `t`'],
    ['DROP TEMPORARY TABLES IF EXISTS t, `u` CASCADE;', 'drop `t` `u`'],
  ] as const) {
    assert.equal(tablesOf(sql), tables, sql);
    assert.equal(tablesOf(sql, true), tables, `${sql}, where a text may hold more`);
  }
});

it('does not name one that a query or an expression is part of, or whose text is not sure', () => {
  for (const sql of [
    'CREATE TEMPORARY TABLE t SELECT 1',
    'CREATE TEMPORARY TABLE t (SELECT 1)',
    'CREATE TEMPORARY TABLE t ((SELECT 1))',
    'CREATE TEMPORARY TABLE t (id INT) SELECT 1',
    'CREATE TEMPORARY TABLE t (id INT) IGNORE SELECT 1',
    'CREATE TEMPORARY TABLE t (id INT) (SELECT 1)',
    'CREATE TEMPORARY TABLE t (id INT) TABLE u',
    'CREATE TEMPORARY TABLE t (id INT) VALUES (1)',
    'CREATE TEMPORARY TABLE t (id INT) WITH x AS (SELECT 1) SELECT 1',
    'CREATE TEMPORARY TABLE t (id INT) START TRANSACTION',
    'CREATE TEMPORARY TABLE t (id INT) ENGINE=MERGE UNION=(a, b)',
    'CREATE TEMPORARY TABLE t (LIKE u)',
    'CREATE TEMPORARY TABLE t LIKE u',
    'CREATE TEMPORARY TABLE db.t (id INT)',
    'CREATE TEMPORARY TABLE "t" (id INT)',
    'CREATE TEMPORARY TABLE `a``b` (id INT)',
    'CREATE TEMPORARY TABLE täble (id INT)',
    "CREATE TEMPORARY TABLE t (id INT DEFAULT 'a\\'')",
    'CREATE TEMPORARY TABLE t (id INT) /*! SELECT 1 */',
    'CREATE /*!32302 TEMPORARY */ TABLE t (id INT)',
    'CREATE TEMPORARY TABLE t (id INT DEFAULT (f()))',
    'CREATE TEMPORARY TABLE t (id INT DEFAULT NEXTVAL(s))',
    'CREATE TEMPORARY TABLE t (id INT DEFAULT NEXT VALUE FOR s)',
    'CREATE TEMPORARY TABLE t (id INT DEFAULT -f())',
    'CREATE TEMPORARY TABLE t (id INT DEFAULT @a)',
    'CREATE TEMPORARY TABLE t (id INT DEFAULT 1a())',
    'CREATE TEMPORARY TABLE t (a INT, b INT AS (f(a)))',
    'CREATE TEMPORARY TABLE t (a INT CHECK (f(a)))',
    'CREATE TEMPORARY TABLE t (a INT, KEY k ((f(a))))',
    'CREATE TEMPORARY TABLE t (a INT, KEY k (a, (f(a))))',
    'CREATE TEMPORARY TABLE t (id INT',
    'CREATE TEMPORARY SEQUENCE s',
    'CREATE OR REPLACE TEMPORARY TABLE t (id INT)',
    'DROP TEMPORARY TABLE db.t',
    'DROP TEMPORARY TABLE t, db.t',
    'DROP TEMPORARY TABLE t WAIT 1',
    'DROP TEMPORARY SEQUENCE s',
  ]) {
    assert.equal(tablesOf(sql), '(dirty)', sql);
  }
  for (const sql of [
    'CREATE TEMPORARY TABLE t (id INT); SET @a = 1',
    'SET @a = 1; CREATE TEMPORARY TABLE t (id INT)',
    'CREATE TEMPORARY TABLE t (id INT); ALTER TABLE t RENAME TO u',
    'DROP TEMPORARY TABLE t; CREATE TEMPORARY TABLE u (id INT)',
  ]) {
    assert.equal(tablesOf(sql, true), '(dirty)', sql);
  }
  assert.equal(tablesOf('CREATE TABLE t (id INT)'), '(write)');
});
