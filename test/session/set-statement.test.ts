import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Effect } from '#internal/session/effect.js';
import { effectOfSet } from '#internal/session/set-statement.js';
import { USUAL } from '#internal/session/sql-lexer.js';

/** What comes after the word SET: the variables that it changes, or the kind of its effect. */
const ROWS: readonly (readonly [sql: string, expected: Effect['kind'] | 'foreign' | readonly string[]])[] = [
  ['NAMES utf8mb4', ['charset']],
  ['NAMES utf8mb4 COLLATE utf8mb4_bin', ['charset']],
  ['NAMES utf8mb4 COLLATES utf8mb4_bin', 'dirty'],
  ['NAMES utf8mb4 COLLATE (x)', 'dirty'],
  ['CHARSET utf8mb4', ['charset']],
  ['CHARSET utf8mb4 COLLATE utf8mb4_bin', 'dirty'],
  ['CHARACTER SET utf8mb4', ['charset']],
  ['CHARACTER OF utf8mb4', 'dirty'],
  ['CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', 'dirty'],
  ['time_zone = -1', ['time_zone']],
  ['time_zone = 1, NAMES latin1', ['time_zone', 'charset']],
  ['@@session.time_zone = 1', ['time_zone']],
  ['@@session time_zone = 1', 'dirty'],
  ['@@session.time_zone.x = 1', 'dirty'],
  ['SESSION time_zone 1', 'dirty'],
  ['SESSION = 1', 'dirty'],
  ['GLOBAL time_zone = (1, 2) + 3', 'write'],
  ['GLOBAL time_zone = (1, 2', 'dirty'],
  ['GLOBAL time_zone = @a', 'dirty'],
  ['TRANSACTION READ ONLY', 'next'],
  ['SESSION TRANSACTION READ ONLY', ['isolation', 'read_only']],
  ['FOREIGN TRANSACTION READ ONLY', 'dirty'],
  ['TRANSACTION (READ ONLY)', 'dirty'],
  ['ROLE r', 'foreign'],
  ['RESOURCE GROUP g', 'foreign'],
  ['SESSION AUTHORIZATION x', 'foreign'],
  ['RESOURCE TEAM g', 'dirty'],
  ['TIME GROUP = 1', 'dirty'],
  ['SESSION time_zone = 1', ['time_zone']],
  ['LOCAL AUTHORIZATION x', 'dirty'],
  ['time_zone = "SYSTEM"', ['time_zone']],
  ['time_zone = 1;', ['time_zone']],
  ['time_zone = 1; x', 'dirty'],
  ['GLOBAL time_zone = (a := 1)', 'dirty'],
  // The sign of the unit Kelvin, which becomes a k in lower case.
  ['loc\u212a_wait_timeout = 1', 'dirty'],
  [`time_zone = ${' '.repeat(4_986)} 1`, ['time_zone']],
  [`time_zone = ${' '.repeat(4_987)} 1`, 'dirty'],
];

it('a SET changes what it names, and is dirty when it is not understood completely', () => {
  for (const [sql, expected] of ROWS) {
    const effect = effectOfSet(sql, USUAL);
    const kind = effect.kind === 'dirty' && effect.foreign === true ? 'foreign' : effect.kind;
    assert.deepEqual(effect.kind === 'set' ? effect.variables : kind, expected, sql.slice(0, 80));
  }
});

it('a transaction is to read only where both words are said', () => {
  for (const [sql, expected] of [
    ['TRANSACTION READ ONLY', true],
    ['TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY', true],
    ['TRANSACTION READ WRITE', false],
    ['TRANSACTION ONLY', false],
    ['SESSION TRANSACTION READ ONLY', true],
    ['LOCAL TRANSACTION READ WRITE', false],
  ] as const)
    assert.equal(effectOfSet(sql, USUAL).readOnly, expected, sql);
});
