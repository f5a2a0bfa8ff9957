import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Effect } from '#internal/session/effect.js';
import { maskStatement } from '#internal/session/mask.js';
import { Lexer, splitStatements } from '#internal/session/sql-lexer.js';
import { effectOfPlain } from '#internal/session/plain-statement.js';
import { effectOf, effectOfAny } from '#internal/session/statement.js';
import { fuzzing } from './support/weird.js';

const STATEMENTS: readonly string[] = [
  'SELECT f ( 1 )',
  'SELECT GET_LOCK ( a , 1 )',
  'SELECT a INTO @a',
  'SELECT @a := 1',
  'SELECT CONCAT ( a , f ( b ) ) FROM t',
  'INSERT INTO t ( a ) VALUES ( f ( 1 ) )',
  'UPDATE t SET a = shop . f ( 1 )',
  'SET ROLE r',
  'SET @a = 1',
  'SET SESSION AUTHORIZATION a',
  'CREATE TEMPORARY TABLE t SELECT 1',
  'CREATE TABLE t ( a INT ) SELECT f ( 1 )',
  'CALL p ( )',
  'WITH x ( a ) AS ( SELECT 1 ) SELECT f ( a )',
  'XA START a',
  'LOCK TABLES t READ',
  'SET time_zone = 1',
  'SET TRANSACTION READ ONLY',
  'INSERT INTO t ( a ) VALUES ( 1 )',
];

const letters = fc.string({
  unit: fc.constantFrom(
    'x',
    ' ',
    "'",
    '"',
    '`',
    '\\',
    '#',
    '-',
    '/',
    '*',
    '!',
    ';',
    '(',
    ')',
    ',',
    '@',
    ':',
    '=',
    '\n',
    '?',
    '1',
    'f(',
    'set ',
    'é',
  ),
});

/** What changes nothing in what a statement means, wherever it stands between two words. */
const gap = fc.oneof(
  fc.constantFrom(' ', '\n', '\t ', '/**/', '-- \n', '#\n'),
  letters.map((text) => `/*${text.replaceAll(/[*/!M+]/g, '')}*/`),
  letters.map((text) => `-- ${text.replaceAll('\n', '')}\n`),
  letters.map((text) => `#${text.replaceAll('\n', '')}\n`),
);

const literal = letters.map((text) => `'${text.replaceAll('\\', '').replaceAll("'", "''")}'`);

/** What texts that look plain are made of, and what makes them less so. */
const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...' |a|t|*|,|(|)|( |.|=|-|/|1|1.5|\n|COUNT(|now (|IN (|value'.split('|')) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(..."'x'|'('|''|`a`|`f(`|\"a\"|f(|f (|last_insert_id(|VALUES (|set |from ".split('|')),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...'next value |previous\tvalue |.nextval|. currval|get_lock(|with |as |/**/|/* x */|/*/ f( */|/*!1 */'.split(
        '|',
      ),
    ),
  },
  { weight: 1, arbitrary: letters },
);
const plainLooking = fc
  .tuple(
    fc.constantFrom(
      'select ',
      ' SELECT(',
      'insert into t ',
      'INSERT shop.t(a) ',
      'Replace ',
      'update t set ',
      'delete ',
    ),
    fc.array(piece),
  )
  .map(([verb, pieces]) => verb + pieces.join(''));

const BADNESS: readonly Effect['kind'][] = ['read', 'write', 'set', 'next', 'dirty'];

function isAsBad(effect: Effect, than: Effect): boolean {
  if (effect.kind === 'dirty' && than.kind === 'dirty') {
    const { foreign, mayChangeRole, xa } = than;
    return (
      (foreign === undefined || effect.foreign === true) &&
      (mayChangeRole === undefined || effect.mayChangeRole === true) &&
      (xa === undefined || effect.xa === true)
    );
  }
  return BADNESS.indexOf(effect.kind) >= BADNESS.indexOf(than.kind);
}

describe('any text of a statement', () => {
  it('never throws, and never changes what is found twice', () => {
    fc.assert(
      fc.property(
        fc.oneof(letters, fc.string({ unit: 'binary' })),
        fc.constantFrom(...STATEMENTS, ''),
        (text, start) => {
          const sql = start + text;
          assert.deepEqual(effectOf(sql), effectOf(sql));
          assert.deepEqual(effectOf(sql, { several: true }), effectOf(sql, { several: true }));
          maskStatement(sql);
          splitStatements(sql);
          const lexer = new Lexer(sql);
          for (let to = 0; lexer.next() !== 'end'; to = lexer.to)
            assert.ok(lexer.from >= to && lexer.to > lexer.from, sql);
        },
      ),
      fuzzing(),
    );
  });

  it('has no better an effect for its comments, however it is written', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATEMENTS), fc.array(gap, { minLength: 30, maxLength: 30 }), (sql, gaps) => {
        const words = sql.split(' ');
        const text = words.map((word, n) => word + gaps[n]!).join('');
        assert.ok(isAsBad(effectOf(text), effectOf(sql)), text);
        assert.ok(isAsBad(effectOf(text, { several: true }), effectOf(sql)), text);
      }),
      fuzzing(),
    );
  });

  it('has no better an effect for a literal in it, nor a worse one', () => {
    fc.assert(
      fc.property(literal, fc.constantFrom(...STATEMENTS), (text, sql) => {
        if (!/[=(,] [1a]\b/.test(sql) || sql.includes('INT )')) return;
        const changed = sql.replace(/([=(,]) [1a]\b(?! \))/, `$1 ${text}`);
        const kind = effectOf(sql).kind;
        assert.ok(isAsBad(effectOf(changed), effectOf(sql)), changed);
        if (kind === 'write' || kind === 'read') assert.equal(effectOf(changed).kind, kind, changed);
      }),
      fuzzing(),
    );
  });

  it('has the same effect when it is plain as when it is taken apart', () => {
    let plain = 0;
    fc.assert(
      fc.property(plainLooking, fc.constantFrom('mysql', 'mariadb', undefined), (sql, server) => {
        const effect = effectOfPlain(sql, { server });
        if (effect === undefined) return;
        plain++;
        assert.deepEqual(effectOfAny(sql, { server }), effect, sql);
        assert.deepEqual(effectOfAny(sql, { server, several: true }), effect, sql);
      }),
      fuzzing(),
    );
    assert.ok(plain > 0);
  });

  it('is as bad as its worst statement', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STATEMENTS), { minLength: 1 }), literal, (statements, text) => {
        const effect = effectOf(statements.join(`; SELECT ${text}; `), { several: true });
        for (const sql of statements) assert.ok(isAsBad(effect, effectOf(sql)), sql);
      }),
      fuzzing(),
    );
  });

  it('is shown without any part of a literal', () => {
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1 }),
        fc.constantFrom("'", '"'),
        fc.boolean(),
        (texts, quote, escapes) => {
          const quoted = (text: string): string =>
            quote +
            (escapes
              ? text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)
              : text.replaceAll(quote, quote + quote)) +
            quote;
          const values = texts.map((text) => quoted(`${text}secret${text}`));
          assert.doesNotMatch(maskStatement(`INSERT INTO t VALUES (${values.join(', ')})`), /secret/);
        },
      ),
      fuzzing(),
    );
  });
});
