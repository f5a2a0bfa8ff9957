import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Lexer, splitStatements } from '#internal/session/sql-lexer.js';

function tokens(sql: string, reading?: ConstructorParameters<typeof Lexer>[1]): string[] {
  const lexer = new Lexer(sql, reading);
  const found: string[] = [];
  while (lexer.next() !== 'end') found.push(`${lexer.kind} ${lexer.text}`);
  return found;
}

describe('taking a text apart', () => {
  it('knows names, literals, variables and marks', () => {
    assert.deepEqual(tokens("SELECT `a``b`.\"c\", 'd''e', @f.g, @@x, @'y', 1.5, 2e3, h := -1"), [
      'word SELECT',
      'name `a``b`',
      'mark .',
      'quoted "c"',
      'mark ,',
      "text 'd''e'",
      'mark ,',
      'variable @f.g',
      'mark ,',
      'system @@',
      'word x',
      'mark ,',
      "variable @'y'",
      'mark ,',
      'number 1.5',
      'mark ,',
      'word 2e3',
      'mark ,',
      'word h',
      'assign :=',
      'mark -',
      'number 1',
    ]);
  });

  it('skips comments, and takes executable ones for code', () => {
    const sql = "a/* ' */b # '\n c -- ' \n d --e /*!50000 f*/ /*M! g */ h/*+ x */";
    const words = ['word a', 'word b', 'word c', 'word d', 'mark -', 'mark -', 'word e'];
    assert.deepEqual(tokens(sql), [...words, 'word f', 'word g', 'word h']);
    assert.deepEqual(tokens(sql, { escapes: 'in both', executes: false }), [...words, 'word h']);
    assert.deepEqual(tokens('a/*!*/b/**/c/*/ d */e'), ['word a', 'word b', 'word c', 'word e']);
  });

  it('knows where an executable comment ends that holds whole literals, and not where one holds part of one', () => {
    const isOpaque = (sql: string, executes = true): boolean => {
      const lexer = new Lexer(sql, { escapes: 'in both', executes });
      while (lexer.next() !== 'end');
      return lexer.isOpaque;
    };
    for (const whole of ['/*!40101 SET a = \'b\', c = "d", `e` = 1 */', "/*!50003 'it''s' */", '/*! */'])
      for (const executes of [true, false]) assert.equal(isOpaque(whole, executes), false, whole);
    for (const part of ["/*!40101 'a */ b' */", "/*! 'a\\' */", '/*! -- a\n */', '/*! /* a */ */', '/*! # a */'])
      for (const executes of [true, false]) assert.ok(isOpaque(part, executes), part);
  });

  it('ends a literal where the reading says', () => {
    const sql = `'a\\', "b\\", c`;
    assert.deepEqual(tokens(sql, { escapes: 'never', executes: true }), [
      "text 'a\\'",
      'mark ,',
      'quoted "b\\"',
      'mark ,',
      'word c',
    ]);
    assert.deepEqual(tokens(`'a\\'', "b\\", c`, { escapes: 'in texts', executes: true }), [
      "text 'a\\''",
      'mark ,',
      'quoted "b\\"',
      'mark ,',
      'word c',
    ]);
    assert.deepEqual(tokens(sql), [`text ${sql}`]);
  });

  it('tells names and marks apart that look alike', () => {
    assert.deepEqual(tokens('a := :b :== c'), [
      'word a',
      'assign :=',
      'mark :',
      'word b',
      'assign :=',
      'mark =',
      'word c',
    ]);
    assert.deepEqual(tokens('1.a 1.5.6 .5 1e5 2é'), [
      'number 1',
      'mark .',
      'word a',
      'number 1.5',
      'mark .',
      'number 6',
      'mark .',
      'number 5',
      'word 1e5',
      'word 2é',
    ]);
  });

  it('says what it has seen on its way', () => {
    type Flag = 'isBroken' | 'isOpaque' | 'hasEscapeInText' | 'hasEscapeInQuoted' | 'hasMixedExecutables';
    const flags = ['isBroken', 'isOpaque', 'hasEscapeInText', 'hasEscapeInQuoted', 'hasMixedExecutables'] as const;
    const rows: readonly (readonly [sql: string, ...seen: Flag[]])[] = [
      [''],
      ['SELECT \'a\', "b", `c`, é, @`d` -- \\'],
      ["SELECT 'a\\'b'", 'hasEscapeInText'],
      ['SELECT "a\\"b"', 'hasEscapeInQuoted'],
      ['SELECT \'a\', "b\\n"', 'hasEscapeInQuoted'],
      ["SELECT 'a', `b\\n`"],
      ["SELECT 'a', \\N"],
      ["SELECT 'a'\\N, 'b'"],
      ['SELECT 1 \\', 'isBroken'],
      ['SELECT \\n', 'isBroken'],
      ["SELECT 'a", 'isBroken'],
      ["SELECT 'a\\", 'isBroken', 'hasEscapeInText'],
      ["SELECT 'a\\'", 'isBroken', 'hasEscapeInText'],
      ['SELECT `a', 'isBroken'],
      ["SELECT @'a", 'isBroken'],
      ['SELECT\u00a01', 'isOpaque'],
      ['SELECT a\u0085', 'isOpaque'],
      ['SELECT $a', 'isOpaque'],
      ['SELECT a$'],
      ["SELECT /*+ ' */ 1", 'isOpaque'],
      ["SELECT /*+ '' */ 1"],
      ["SELECT /* ' */ 1"],
      ["SELECT /*! ' */ 1", 'isOpaque'],
      ['SELECT /*! 1 */, /*! 2 */'],
      ['SELECT /*! 1 */, /*!50000 2 */', 'hasMixedExecutables'],
      ['SELECT /*! 1', 'isOpaque'],
    ];
    for (const [sql, ...seen] of rows) {
      const lexer = new Lexer(sql);
      assert.deepEqual(
        [lexer.kind, lexer.isApart, lexer.isPlain, flags.filter((flag) => lexer[flag])],
        ['end', false, true, []],
      );
      while (lexer.next() !== 'end');
      assert.deepEqual(
        flags.filter((flag) => lexer[flag]),
        seen,
        sql,
      );
    }
    const lexer = new Lexer('select größe');
    lexer.next();
    assert.equal(lexer.isPlain, true);
    lexer.next();
    assert.equal(lexer.isPlain, false);
  });

  it('tells the statements of a script apart', () => {
    assert.deepEqual(splitStatements('a \';\' b; /* ; */ c -- ;\n;; `;` /*! d; */ ";" ; # e'), [
      "a ';' b",
      '/* ; */ c -- ;',
      '`;` /*! d',
      '*/ ";"',
    ]);
    assert.deepEqual(splitStatements(' ; \n'), []);
  });

  it('goes on with a script after what servers read in several ways', () => {
    const script = ["/*!40101 SET NAMES 'utf;8' */", 'SELECT $a', 'SELECT 1'];
    assert.deepEqual(splitStatements(script.join(';')), script);
  });
});
