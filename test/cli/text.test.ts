import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { columnsIn, cut, cutStart, harmless, pad, wrap } from '#internal/cli/text.js';
import { jsonText } from '#internal/cli/json-text.js';
import { OBEYED } from './support/obeyed.js';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });

describe('text of others on a terminal', () => {
  it('has no escape sequences left, of either kind', () => {
    assert.equal(harmless('a\u001B[31mred\u001B]0;title\u0007'), String.raw`a\u001b[31mred\u001b]0;title\u0007`);
    assert.equal(harmless('b\u009B2Jgone\u0090x\u009C'), String.raw`b\u009b2Jgone\u0090x\u009c`);
    assert.equal(harmless('back\bspace\u007F'), String.raw`back\u0008space\u007f`);
  });

  it('is one line, whatever breaks lines in it', () => {
    assert.equal(harmless(' SELECT *\r\n\tFROM t\u2028WHERE\u0085 1 '), 'SELECT * FROM t WHERE 1');
  });

  it('cannot turn the rest of the line around, or hide', () => {
    assert.equal(harmless('a\u202Eb\u2066c\u200Fd\uFEFFe'), String.raw`a\u202eb\u2066c\u200fd e`);
    assert.equal(harmless('zero\u200Bwidth\u{E0041}tag'), String.raw`zero\u200bwidth\udb40\udc41tag`);
  });

  it('keeps what is harmless: accents, other scripts, emoji', () => {
    for (const text of ['Zoë', '報告', 'отчёт', '🧪 test', 'e\u0301', '👩‍💻']) assert.equal(harmless(text), text);
  });

  it('never lets anything through that a terminal obeys', () => {
    fc.assert(fc.property(anyText, (text) => !OBEYED.test(harmless(text))));
  });

  it('is escaped in JSON, and means the same', () => {
    const value = { label: '\u001B[2J\u009B31m\u202Eb\u2028', n: 1 };
    const text = jsonText(value);
    assert.ok(!OBEYED.test(text), text);
    assert.deepEqual(JSON.parse(text), value);
    fc.assert(fc.property(anyText, (each) => !OBEYED.test(jsonText(each)) && JSON.parse(jsonText(each)) === each));
  });
});

describe('columns of a terminal', () => {
  it('counts wide characters as two and marks as none', () => {
    const known: readonly (readonly [string, number])[] = [
      ['', 0],
      ['plain', 5],
      ['Zoë', 3],
      ['e\u0301', 1],
      ['報告', 4],
      ['ｆｕｌｌ', 8],
      ['한국', 4],
      ['🧪', 2],
      ['👩‍💻', 2],
      ['…', 1],
      ['\uFFFD', 1],
    ];
    for (const [text, columns] of known) assert.equal(columnsIn(text), columns, text);
  });

  it('cuts at either end, and shows that it did', () => {
    assert.equal(cut('connection', 10), 'connection');
    assert.equal(cut('connection', 5), 'conn…');
    assert.equal(cut('two words', 5), 'two…');
    assert.equal(cut('報告報告', 5), '報告…');
    assert.equal(cut('報告報告', 4), '報…');
    assert.equal(cut('x', 0), '');
    assert.equal(cutStart('lib/report.js:12:3', 18), 'lib/report.js:12:3');
    assert.equal(cutStart('/srv/shop/lib/report.js:12:3', 15), '…report.js:12:3');
    assert.equal(cutStart('報告報告', 4), '…告');
    assert.equal(cutStart('x', 0), '');
  });

  it('never makes a text wider than it was told', () => {
    fc.assert(
      fc.property(anyText, fc.nat(30), (text, columns) => {
        const safe = harmless(text);
        return columnsIn(cut(safe, columns)) <= columns && columnsIn(cutStart(safe, columns)) <= columns;
      }),
    );
  });

  it('cuts even a statement of a megabyte at once', () => {
    const long = 'x'.repeat(1024 * 1024);
    const began = performance.now();
    for (let time = 0; time < 50; time++) cut(long, 80);
    assert.ok(performance.now() - began < 1_000);
    assert.equal(cut(long, 4), 'xxx…');
  });

  it('pads to a column, on either side', () => {
    assert.equal(pad('ab', 4), 'ab  ');
    assert.equal(pad('ab', 4, 'right'), '  ab');
    assert.equal(pad('報告', 5), '報告 ');
    assert.equal(pad('longer', 3), 'longer');
  });

  it('wraps words, and cuts one that is too long', () => {
    assert.deepEqual(wrap('one two three', 8), ['one two', 'three']);
    assert.deepEqual(wrap('one two three', 10, '  '), ['  one two', '  three']);
    assert.deepEqual(wrap('incomprehensibilities', 10), ['incompreh…']);
    assert.deepEqual(wrap('one two', Infinity), ['one two']);
    fc.assert(
      fc.property(anyText, fc.integer({ min: 8, max: 60 }), (text, columns) =>
        wrap(harmless(text), columns).every((line) => columnsIn(line) <= columns),
      ),
    );
  });
});
