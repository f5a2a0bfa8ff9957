import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lockStatementOf } from '#internal/session/named-locks.js';
import { lostKindOf } from '#internal/session/state-lost.js';

const LOCKS: readonly (readonly [sql: string, expected: string | undefined])[] = [
  ["SELECT GET_LOCK('a', 10)", "take 'a'"],
  ["select get_lock ( 'a' , 10 ) as got;", "take 'a'"],
  ["/* x */ SELECT GET_LOCK('a', 10) AS got -- y", "take 'a'"],
  ["DO RELEASE_LOCK('a')", "release 'a'"],
  ['SELECT RELEASE_ALL_LOCKS()', 'releaseAll'],
  ['SELECT ?, GET_LOCK(?, ?), ?', 'take ?@1+1'],
  ['SELECT GET_LOCK(CONCAT(?, MD5(?)), ?), GET_LOCK(?, 1)', 'take ~CONCAT(?, MD5(?))@0+2 ?@3+1'],
  ["SELECT IF(GET_LOCK('a, (b', 1) = 1, 'y', 'n')", "take 'a, (b'"],
  ["SELECT GET_LOCK('it''s', 1)", "take 'it''s'"],
  ['SELECT GET_LOCK("a", 1) FROM dual', 'take "a"'],
  // An expression may have another value whenever it is said.
  ['SELECT GET_LOCK(UUID(), 1)', 'take ~UUID()'],
  ["SELECT GET_LOCK(_latin1'a', 1), GET_LOCK('a' 'b', 1)", "take ~_latin1'a' ~'a' 'b'"],
  ["SELECT GET_LOCK(/* x */ 'a', 1)", "take 'a'"],
  ["SELECT GET_LOCK(n, 1) FROM (SELECT 'a' AS n) AS t", 'take ~n'],
  ["SELECT GET_LOCK('a', GET_LOCK('b', 1))", "take 'a' 'b'"],
  ["SELECT GET_LOCK('a' -- x\n, 1)", "take 'a'"],
  // What does something else besides, and what cannot be told apart.
  ["SELECT GET_LOCK('a', 1), RELEASE_LOCK('b')", undefined],
  ["SELECT GET_LOCK('a', 1), @x := 1", undefined],
  ['SELECT GET_LOCK(@name, 1)', undefined],
  ["SELECT GET_LOCK(CONCAT('a', GET_LOCK('b', 1)), 1)", undefined],
  ["SELECT RELEASE_LOCK(IF(GET_LOCK('b', 1), 'a', ''))", undefined],
  ["SELECT GET_LOCK('a', 1) INTO @x", undefined],
  ["SELECT GET_LOCK('a', 1), NEXTVAL(s)", undefined],
  ["SELECT GET_LOCK('a', 1); SELECT 1", undefined],
  ["SELECT GET_LOCK('a\\'', 1)", undefined],
  ["SELECT GET_LOCK('a', 1", "take 'a'"],
  ["SELECT GET_LOCK('a", undefined],
  ["INSERT INTO t SELECT GET_LOCK('a', 1)", undefined],
  ["SELECT 'GET_LOCK(a, 1)'", undefined],
  ['SELECT get_lock FROM t', undefined],
  ['SELECT GET_LOCK(, 1)', undefined],
  ["SELECT IS_USED_LOCK('a')", undefined],
];

it('reads what takes or releases named locks and nothing else, with the names', () => {
  for (const [sql, expected] of LOCKS) {
    const read = lockStatementOf(sql);
    const names = (read?.names ?? []).map(({ sql: name, before, placeholders, isPlain }) => {
      const place = placeholders === 0 ? '' : `@${before}+${placeholders}`;
      return `${isPlain ? '' : '~'}${name}${place}`;
    });
    assert.equal(read && [read.does, ...names].join(' '), expected, sql);
  }
});

const LOST: readonly (readonly [sql: string, kind: string | undefined])[] = [
  ['SET FOREIGN_KEY_CHECKS = 0', 'SET'],
  ['  set names utf8mb4', 'SET'],
  ['SET @@sql_mode = 1', 'SET'],
  ['SET @x = 1', 'a user variable'],
  ['SELECT @x := 1', 'a user variable'],
  ['SELECT COUNT(*) INTO @n FROM t', 'a user variable'],
  ['SELECT @row := @row + 1 FROM t, (SELECT @row := 0) AS r', undefined],
  ["SELECT GET_LOCK('a', 1)", 'a named lock'],
  ['BEGIN', 'a transaction'],
  ['START TRANSACTION READ ONLY', 'a transaction'],
  ['LOCK TABLES t WRITE', 'a table lock'],
  ['CREATE TEMPORARY TABLE x (id INT)', 'a temporary table'],
  ['USE other', 'USE'],
  ["PREPARE p FROM 'SELECT 1'", 'PREPARE'],
  ['CALL anything()', undefined],
  ['SELECT anything()', undefined],
  ['UPDATE t SET a = 1', undefined],
];

it('tells what a statement on its own has set for nothing', () => {
  for (const [sql, kind] of LOST) assert.equal(lostKindOf(sql), kind, sql);
});
