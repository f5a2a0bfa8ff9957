import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskStatement } from '#internal/session/mask.js';
import { readingOf } from '#internal/session/reading.js';
import { splitStatements } from '#internal/session/sql-lexer.js';
import { effectOf } from '#internal/session/statement.js';

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
  /** In ms of the processor: on a busy machine the clock goes on while others have their turn. */
  const timeOf = (work: () => unknown): number => {
    const started = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1_000;
  };

  for (const [name, look] of Object.entries({
    effect: (sql: string) => effectOf(sql, { several: true }),
    reading: (sql: string) => readingOf(sql, { several: true, server: 'mariadb', escapes: 'in both' }, 'gbk'),
    mask: maskStatement,
    split: splitStatements,
  })) {
    it(`grows with its length, not with its square: ${name}`, () => {
      for (const start of STARTS) {
        for (const part of PARTS) {
          const textOf = (length: number): string => start + part.repeat(Math.ceil(length / part.length));
          const [short, long] = [textOf(2_000), textOf(16_000)];
          // Whatever else the process does makes a time longer only. What takes no time at all is not measured.
          let [ofShort, ofLong] = [Infinity, Infinity];
          let ratio = Infinity;
          for (let tries = 0; tries === 0 || (tries < 10 && ratio > 30); tries++) {
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
