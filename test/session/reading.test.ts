import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  arriving,
  CarriedStates,
  Collations,
  Readings,
  Tracked,
  valuesOf,
  type Reading,
} from '#internal/session/index.js';
import { isText, maskLetters } from '#internal/session/multi-byte.js';
import { readingOf } from '#internal/session/reading.js';

const read = (sql: string): Reading => readingOf(sql, { several: true, server: 'mysql', escapes: 'in both' });

describe('the reading of a text', () => {
  it('says whom to kill', () => {
    for (const [sql, kill] of [
      ['KILL 5', { id: 5, what: 'connection' }],
      ['kill query 17;', { id: 17, what: 'query' }],
      ['KILL CONNECTION 5', { id: 5, what: 'connection' }],
      ['KILL SOFT QUERY ID 5', { id: 5, what: 'query' }],
      ['/* stop */ KILL HARD 5 -- now', { id: 5, what: 'connection' }],
      ['KILL USER app', undefined],
      ['KILL @a', undefined],
      ['KILL 5 + 1', undefined],
      ['SELECT 5', undefined],
    ] as const)
      assert.deepEqual(read(sql).kill, kill, sql);
  });

  it('says what asks for the statement before, and for the last id', () => {
    const flags = (reading: Reading): string =>
      [
        reading.asksDiagnostics && 'asks',
        reading.asksFoundRows && 'found',
        reading.keepsFoundRows && 'keeps',
        reading.usesInsertId && 'uses',
        reading.setsInsertId && 'sets',
      ]
        .filter(Boolean)
        .join(' ');
    for (const [sql, expected] of [
      ['SHOW WARNINGS', 'asks'],
      ['SHOW COUNT(*) ERRORS', 'asks'],
      ['GET DIAGNOSTICS @n = NUMBER', 'asks'],
      ['SELECT @@warning_count', 'asks'],
      ['SELECT @@session.error_count', 'asks'],
      ['SELECT FOUND_ROWS()', 'asks found'],
      ['SELECT IF(found_rows () > 1, 2, 3)', 'asks found'],
      ['SELECT ROW_COUNT() AS n', 'asks'],
      ['SELECT SQL_CALC_FOUND_ROWS * FROM t LIMIT 1', 'keeps'],
      ['SELECT LAST_INSERT_ID()', 'uses'],
      ['SELECT @@identity', 'uses'],
      ['SELECT LAST_INSERT_ID(5)', 'uses sets'],
      ['SET last_insert_id = 5', 'uses sets'],
      ['CALL p()', 'uses'],
      ["SELECT 'FOUND_ROWS()'", ''],
      ['SELECT 1', ''],
    ] as const)
      assert.equal(flags(read(sql)), expected, sql);
  });

  it('takes no body of a routine for what is done', () => {
    const sql = "CREATE PROCEDURE p() BEGIN SELECT GET_LOCK('a', 1); SELECT 1 INTO @a; END";
    const { pins, asksFor } = readingOf(sql, { several: false, server: 'mysql', escapes: 'in both' });
    assert.deepEqual([pins, asksFor], [[], undefined]);
  });

  it('is not sure of what servers read in different ways', () => {
    assert.deepEqual(read("SELECT 1 /*!50000 , '*/ ', GET_LOCK('a', 1) */").pins, ['text']);
    assert.deepEqual(read('/*!99999 SET @a = 1 */').userVariables, undefined);
  });

  it('is the same object when the text comes again', () => {
    const texts = new Readings().for({
      server: 'mysql',
      several: false,
      sqlMode: '',
      charset: 'utf8mb4',
    });
    texts.of('SET @a = 1');
    assert.equal(texts.of('SET @a = 1'), texts.of('SET @a = 1'));
  });
});

describe('letters of several bytes', () => {
  it('hide no quote and no backslash', () => {
    const M = '\xff';
    for (const [charset, text, expected] of [
      ['gbk', "'\xbf\x5c'", `'${M}${M}'`],
      ['gbk', "'\xbf\x27'", `'${M}''`],
      ['gb18030', "'\x81\x30\x81\x30'", `'${M}${M}${M}${M}'`],
      ['sjis', "'\x83\x5c\xb1\x5c'", `'${M}${M}${M}\\'`],
      ['big5', "'\xa5\x5c'", `'${M}${M}'`],
      ['utf8mb4', "'\xc3\xa0'", `'${M}${M}'`],
      ['latin1', "'\xbf\x5c'", "'\xbf\x5c'"],
    ] as const)
      assert.equal(maskLetters(text, charset), expected, charset);
  });

  it('are a text only where they are whole', () => {
    for (const [charset, text, expected] of [
      ['utf8mb4', 'a\xc3\xa9', true],
      ['utf8mb4', 'a\xc3', false],
      ['utf8mb3', '\xf0\x9f\x98\x80', false],
      ['gbk', '\xbf\x5c', true],
      ['gbk', '\xbf', false],
      ['latin1', '\xbf', true],
      ['ascii', '\xbf', false],
      ['ujis', '\xbf\xbf', false],
      ['utf16', 'ab', false],
    ] as const)
      assert.equal(isText(text, charset), expected, `${charset} ${text}`);
  });
});

describe('what a client says of its session when it arrives', () => {
  const rows = [
    ['sql_mode', 'ANSI_QUOTES,STRICT_TRANS_TABLES'],
    ['wait_timeout', '28800'],
    ['interactive_timeout', '100'],
    ['character_set_server', 'latin1'],
    ['collation_server', 'latin1_swedish_ci'],
  ];
  const states = new CarriedStates(new Tracked('mariadb', rows), valuesOf(rows));
  const collations = new Collations([['utf8mb4_unicode_ci', 'utf8mb4', '224']]);
  const first = states.stateOf(valuesOf(rows));

  it('is in its state', () => {
    const carried = arriving(states, first, { charset: 224, capabilities: 0x10500, collations });
    assert.deepEqual(
      [carried.value('sql_mode'), carried.value('wait_timeout'), carried.several],
      ['ANSI_QUOTES,IGNORE_SPACE,STRICT_TRANS_TABLES', '100', true],
    );
    assert.equal(carried.charset.ofResults, 'utf8mb4_unicode_ci');
  });

  it('has the character set of the server where it says one that the server does not know', () => {
    const { charset } = arriving(states, first, { charset: 9_999, capabilities: 0, collations });
    assert.deepEqual([charset.client, charset.collation], ['latin1', 'latin1_swedish_ci']);
  });
});
