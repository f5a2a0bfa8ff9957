import assert from 'node:assert/strict';
import { it } from 'node:test';
import { effectOf } from '#internal/session/statement.js';

/** Texts that are not read in one go: a comment of that form has them taken apart. */
const ROWS = {
  'INSERT INTO t (a) VALUES (1)': 'write',
  'INSERT INTO f(a) SELECT COUNT(*) FROM u': 'write',
  'REPLACE INTO t (a) VALUES (1)': 'write',
  'INSERT INTO t (a) VALUES (f(1))': 'dirty',
  'REPLACE INTO t VALUES (f(1))': 'dirty',
  'SELECT f (1)': 'dirty',
  'UPDATE t SET a = f (1)': 'dirty',
  'DELETE FROM t WHERE f (a)': 'dirty',
} as const;

it('the first brackets of an INSERT or REPLACE hold columns, and those of no other statement', () => {
  for (const [sql, kind] of Object.entries(ROWS)) {
    for (const text of [sql, `${sql} -- x`, `# x\n${sql};`]) assert.equal(effectOf(text).kind, kind, text);
  }
});
