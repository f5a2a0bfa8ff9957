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
