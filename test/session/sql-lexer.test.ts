import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskStatement } from '#internal/session/mask.js';
import { Lexer, splitStatements } from '#internal/session/sql-lexer.js';
import { effectOf } from '#internal/session/statement.js';

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
});

const PARTS = [
  'x', ' ', 'set /*', 'set -- ', 'set #', 'into /*', 'into #', 'set  ', ';a', ':', "'", '"', '`', '\\', "\\'", "''", '""',
  '/*', '*/', '/*!', '/*!50000 a*/', '/*M!', '/*+', "/*+'*/", '--', '-- \n', '#\n', '(', ')', 'f(', 'f()', 'a (b) as (', ',', '1', '1.',
  '.5', '@', '@a', "@'", '@@', ':=', '$', '$$', 'é', '\u00a0', '\n', '\0', 'with a(', 'into @a', 'x = 1, ', "('a'),", '?,', '(?,',
  'time_zone = 1, ', 'select ', 'role ', '/**/',
]; // prettier-ignore
const STARTS = [
  '',
  'SELECT ',
  'SET ',
  'INSERT INTO t VALUES (',
  "SELECT '",
  'SELECT "',
  '/*! ',
  'WITH a AS (',
  'CREATE TABLE t (',
];

describe('how long it takes to look at a text', () => {
  /** In ms. */
  const timeOf = (work: () => unknown): number => {
    const started = performance.now();
    work();
    return performance.now() - started;
  };

  for (const [name, look] of Object.entries({
    effect: (sql: string) => effectOf(sql, { several: true }),
    mask: maskStatement,
    split: splitStatements,
  })) {
    it(`grows with its length, not with its square: ${name}`, () => {
      for (const start of STARTS) {
        for (const part of PARTS) {
          const textOf = (length: number): string => start + part.repeat(Math.ceil(length / part.length));
          const [short, long] = [textOf(4_000), textOf(32_000)];
          // Whatever else the machine does makes a time longer only. What takes no time at all is not measured.
          let [ofShort, ofLong] = [Infinity, Infinity];
          let ratio = Infinity;
          for (let tries = 0; tries < 2 || (tries < 10 && ratio > 30); tries++) {
            ofShort = Math.min(
              ofShort,
              timeOf(() => look(short)),
            );
            ofLong = Math.min(
              ofLong,
              timeOf(() => look(long)),
            );
            ratio = ofLong / Math.max(0.1, ofShort);
          }
          // 8 times the text: 64 times the time would be its square.
          assert.ok(ratio <= 30, `${ratio} times the time for ${JSON.stringify(start + part)}`);
        }
      }
    });
  }
});
