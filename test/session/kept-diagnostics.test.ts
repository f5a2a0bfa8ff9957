/** After which statements warnings and errors of the one before may still be there, as both servers were seen to do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayKeepDiagnostics } from '#internal/session/kept-diagnostics.js';

const firstOf = (sql: string): string => /^\w*/.exec(sql)![0].toLowerCase();

describe('diagnostics', () => {
  it('are kept by both servers for what asks about them', () => {
    for (const sql of ['SHOW WARNINGS', 'SHOW ERRORS', 'GET DIAGNOSTICS @a = NUMBER'])
      for (const server of ['mysql', 'mariadb'] as const) assert.ok(mayKeepDiagnostics(firstOf(sql), sql, server), sql);
  });

  it('are emptied by MySQL for everything else', () => {
    for (const sql of ['SELECT 1', 'SET @a = 1', 'XA RECOVER', 'DO 1', ''])
      assert.equal(mayKeepDiagnostics(firstOf(sql), sql, 'mysql'), false, sql);
  });

  it('are kept by MariaDB for what uses no table', () => {
    const kept =
      'SELECT 1; SET @a = 1; XA RECOVER; DO 1; CALL p(); BEGIN; COMMIT; USE shop; FLUSH STATUS; UNLOCK TABLES; KILL 0; ' +
      'EXPLAIN SELECT 1; VALUES (1); DEALLOCATE PREPARE s; SELECT 1 INTO @a; SAVEPOINT a';
    for (const sql of kept.split('; ')) assert.ok(mayKeepDiagnostics(firstOf(sql), sql, 'mariadb'), sql);
    assert.ok(mayKeepDiagnostics('prepare', 'PREPARE p FROM @a', 'mariadb'));
  });

  it('are kept by MariaDB where FROM names no table, or may not name one', () => {
    const kept = [
      "SELECT 'word from a text'",
      'SELECT EXTRACT(YEAR FROM NOW())',
      "SELECT TRIM(LEADING 'x' FROM 'xy')",
      'SELECT 1 FROM DUAL',
      "SELECT 'it\\'s from'",
      'SELECT 1 /* from a comment */',
    ];
    for (const sql of kept) assert.ok(mayKeepDiagnostics('select', sql, 'mariadb'), sql);
  });

  it('are emptied by MariaDB for what uses tables', () => {
    const emptied =
      'SELECT a FROM t; SELECT `from` FROM t; INSERT INTO t VALUES (1); UPDATE t SET a = 1; DELETE FROM t; TRUNCATE t; ' +
      'CREATE TABLE t (a INT); ALTER TABLE t ADD b INT; DROP TABLE t; LOCK TABLES t READ; HANDLER t OPEN; CHECK TABLE t; ' +
      "DESCRIBE t; SELECT 'text' FROM t; SET @a = (SELECT MAX(id) FROM t)";
    for (const sql of emptied.split('; ')) assert.equal(mayKeepDiagnostics(firstOf(sql), sql, 'mariadb'), false, sql);
  });
});
