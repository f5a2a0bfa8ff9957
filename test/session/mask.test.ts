import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { LONGEST_SHOWN, maskStatement } from '#internal/session/mask.js';

/** Each statement, and what is shown of it. */
function shows(cases: Readonly<Record<string, string>>): void {
  for (const [sql, shown] of Object.entries(cases)) assert.equal(maskStatement(sql), shown, sql);
}

describe('a statement as it is shown', () => {
  it('has a ? for every text, number and hexadecimal literal', () => {
    shows({
      "SELECT * FROM users WHERE name = 'Ann' AND age > 41": 'SELECT * FROM users WHERE name = ? AND age > ?',
      'SELECT "double", \'it\'\'s\', "say ""hi"""': 'SELECT ?, ?, ?',
      'SELECT 1.5, .5, -3 FROM t WHERE a IN (1e10, 0xCAFE, 0b01)': 'SELECT ?, ?, -? FROM t WHERE a IN (?, ?, ?)',
      "SELECT x'4D59', B'01', N'text', _utf8mb4'text', DATE '2026-01-01'": 'SELECT ?, ?, ?, _utf8mb4?, DATE ?',
      'SELECT n"text", x\'4D\' AS x': 'SELECT ?, ? AS x',
      "SELECT x 'alias', x.a, t.b FROM n.t AS b": 'SELECT x ?, x.a, t.b FROM n.t AS b',
      "SELECT doc->>'$.secret' FROM t LIMIT 5, 10": 'SELECT doc->>? FROM t LIMIT ?, ?',
      "SELECT 'a\\nb', 'back\\\\', 'next'": 'SELECT ?, ?, ?',
    });
  });

  it('keeps names, placeholders and variables', () => {
    shows({
      'SELECT t1.c2, `odd ``name`` 7`, a_1$ FROM db.t1': 'SELECT t1.c2, `odd ``name`` 7`, a_1$ FROM db.t1',
      'SELECT * FROM t WHERE id = ? AND v = :v': 'SELECT * FROM t WHERE id = ? AND v = :v',
      "SET @mine = 7, @@session.sql_mode = 'ANSI'": 'SET @mine = ?, @@session.sql_mode = ?',
      'SELECT größe FROM straße': 'SELECT größe FROM straße',
    });
  });

  it('never has a password in it', () => {
    shows({
      "SET PASSWORD FOR 'ann'@'%' = 'hunter2'": 'SET PASSWORD FOR ?@? = ?',
      "SET PASSWORD = PASSWORD('hunter2')": 'SET PASSWORD = PASSWORD(?)',
      "CREATE USER ann@'%' IDENTIFIED BY 'hunter2' REQUIRE SSL": 'CREATE USER ann@? IDENTIFIED BY ? REQUIRE SSL',
      'ALTER USER ann IDENTIFIED WITH caching_sha2_password AS 0x24412430':
        'ALTER USER ann IDENTIFIED WITH caching_sha2_password AS ?',
      "CHANGE MASTER TO MASTER_PASSWORD='hunter2', MASTER_PORT=3306":
        'CHANGE MASTER TO MASTER_PASSWORD=?, MASTER_PORT=?',
    });
  });

  it('shortens lists', () => {
    const ids = Array.from({ length: 500 }, (_, n) => n).join(', ');
    const rows = Array.from({ length: 50 }, (_, n) => `(${n}, 'row', NULL)`).join(',');
    shows({
      [`SELECT * FROM t WHERE id IN (${ids})`]: 'SELECT * FROM t WHERE id IN (?, …)',
      'SELECT * FROM t WHERE id IN (1,2,3)': 'SELECT * FROM t WHERE id IN (?,?,?)',
      'SELECT * FROM t WHERE id IN (1,2,3,4)': 'SELECT * FROM t WHERE id IN (?, …)',
      'SELECT * FROM t WHERE id IN (1 , 2 ,3,4 , 5)': 'SELECT * FROM t WHERE id IN (?, …)',
      'INSERT INTO t VALUES (1,2),(3,4) , (5,6) ,(7,8)': 'INSERT INTO t VALUES (?,?), …',
      'INSERT INTO t VALUES (1, 2), (3, 4), (5, 6)': 'INSERT INTO t VALUES (?, ?), …',
    });
    assert.match(
      maskStatement(`INSERT INTO t VALUES ${rows}`),
      /^INSERT INTO t VALUES \(\?, \?, NULL\),\(\?, \?, NULL\)/,
    );
  });

  it('is on one line, without comments and control characters', () => {
    shows({
      "  SELECT 1 -- it's a note\n  FROM\t dual  # and 'another\n": 'SELECT ? FROM dual',
      "/* route='secret' */ SELECT /*+ MAX_EXECUTION_TIME(5) */ a": 'SELECT a',
      'SELECT 5--3': 'SELECT ?--?',
      'SELECT a\u001b[31m FROM `b\u0007`': 'SELECT a [? FROM `b `',
    });
  });

  it('ends before what cannot be told apart for sure', () => {
    shows({
      "SELECT 'it\\'s', 'secret'": 'SELECT ?…',
      'SELECT "a\\", \'secret\'': 'SELECT ?…',
      "SELECT 'never closed, secret": 'SELECT ?…',
      'SELECT `never closed, secret': 'SELECT…',
      "SELECT 1 /*! , 'secret */ '": 'SELECT ?…',
      'SELECT a /*!50000 , b */ FROM t': 'SELECT a…',
      "SELECT 1 /*M! , 'secret */ '": 'SELECT ?…',
      "CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS $$ it's 'secret' $$":
        'CREATE FUNCTION f() RETURNS INT LANGUAGE JAVASCRIPT AS…',
    });
  });

  it('is cut, however long it was', () => {
    const long = maskStatement(`SELECT ${'column_name, '.repeat(100_000)} 1`);
    assert.equal(long.length, LONGEST_SHOWN);
    assert.ok(long.endsWith('…'));
    assert.equal(maskStatement(`INSERT INTO t VALUES ('${'x'.repeat(1_000_000)}')`), 'INSERT INTO t VALUES (?…');
    assert.equal(maskStatement(''), '');
    // What is read of it at most.
    assert.equal(maskStatement(`SELECT 1${' '.repeat(3_992)}`), 'SELECT ?');
    assert.equal(maskStatement(`SELECT 1${' '.repeat(3_993)}`), 'SELECT ?…');
  });

  it('takes no longer than a glance, whatever the text', () => {
    for (const part of ['(', '?,', "'", '`', '/*', '--', '1.', '\\', '(?,', '((?', ' ', 'x'])
      for (const end of ['', "'", ')']) {
        const started = process.cpuUsage();
        maskStatement(part.repeat(1_000_000) + end);
        assert.ok(process.cpuUsage(started).user < 200_000, part);
      }
  });

  it('shows no part of a value, however it is quoted and whatever is in it', () => {
    const value = fc.string({
      unit: fc.constantFrom("'", '"', '\\', '`', '#', '-', '/', '*', '!', '$', ' ', '\n', '?', '%'),
    });
    // As a server with backslash escapes reads it, and as one without.
    const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    const doubled = (text: string): string => text.replaceAll("'", "''");
    fc.assert(
      fc.property(fc.array(value), fc.constantFrom(escaped, doubled), (values, quote) => {
        const sql = `SELECT ${values.map((text) => `'${quote(`${text}secret${text}`)}'`).join(', ')}`;
        assert.doesNotMatch(maskStatement(sql), /secret/);
      }),
      { numRuns: 2_000 },
    );
  });
});
