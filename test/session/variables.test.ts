import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { restorableOf, SessionVariables } from '#internal/session/variables.js';

const SELF =
  'autocommit = @@autocommit, time_zone = @@time_zone, sql_mode = @@sql_mode, foreign_key_checks = @@foreign_key_checks, ' +
  'unique_checks = @@unique_checks, sql_safe_updates = @@sql_safe_updates, lock_wait_timeout = @@lock_wait_timeout, ' +
  'innodb_lock_wait_timeout = @@innodb_lock_wait_timeout, group_concat_max_len = @@group_concat_max_len, ' +
  'lc_time_names = @@lc_time_names, wait_timeout = @@wait_timeout';
const TRACKED =
  'autocommit,time_zone,sql_mode,foreign_key_checks,unique_checks,sql_safe_updates,lock_wait_timeout,' +
  'innodb_lock_wait_timeout,group_concat_max_len,lc_time_names,wait_timeout';
const CHARSETS = 'character_set_client,character_set_connection,character_set_results';
const MARIADB = ['tx_isolation', 'tx_read_only', 'max_statement_time'];
const MYSQL = ['transaction_isolation', 'transaction_read_only', 'max_execution_time'];

const trackers = (names: readonly string[]): string =>
  `session_track_schema = 1, session_track_state_change = 1, session_track_system_variables = '${TRACKED},${names.join(',')},${CHARSETS}'`;

/** What stands between NAMES and the trackers, or after them. */
const setNames = (variables: SessionVariables): string =>
  /^SET (NAMES .+?), session_track/.exec(variables.setUp())![1]!;

function withFirst(first: Record<string, string>, isMariaDb = false): SessionVariables {
  const variables = new SessionVariables(isMariaDb, undefined);
  variables.learn(new Map(Object.entries(first)));
  return variables;
}

describe('the variables of a session', () => {
  it('are fixed, tracked and told in one statement, by the names of the server', () => {
    for (const [isMariaDb, names] of [
      [true, MARIADB],
      [false, MYSQL],
    ] as const) {
      const own = names.map((name) => `${name} = @@${name}`).join(', ');
      assert.equal(
        new SessionVariables(isMariaDb, undefined).setUp(),
        `SET NAMES utf8mb4, ${trackers(names)}, ${SELF}, ${own}`,
      );
    }
  });

  it('have a collation only where it is another than the default one of the character set', () => {
    const named = (charset: string, collation: string) => new SessionVariables(false, { charset, collation });
    assert.equal(setNames(named('latin1', 'latin1')), 'NAMES latin1');
    assert.equal(setNames(named('latin1', 'latin1_bin')), 'NAMES latin1 COLLATE latin1_bin');
    const unknown = named('latin1', 'latin1_new');
    unknown.forgetCollation();
    assert.equal(setNames(unknown), 'NAMES latin1');
    const none = new SessionVariables(false, undefined);
    none.forgetCollation();
    assert.equal(setNames(none), 'NAMES utf8mb4');
  });

  it('are known under one word, whatever a server calls them', () => {
    const words = {
      tx_isolation: 'isolation',
      transaction_isolation: 'isolation',
      tx_read_only: 'read_only',
      transaction_read_only: 'read_only',
      max_statement_time: 'statement_time',
      max_execution_time: 'statement_time',
      character_set_client: 'charset',
      character_set_connection: 'charset',
      character_set_results: 'charset',
      collation_connection: 'charset',
      wait_timeout: 'wait_timeout',
      sort_buffer_size: undefined,
    };
    for (const [name, word] of Object.entries(words)) assert.equal(restorableOf(name), word, name);
  });

  it('are put back by one SET, the character set first', () => {
    const variables = withFirst({
      time_zone: "it's",
      wait_timeout: '28800',
      isolation: 'REPEATABLE-READ',
      charset: '',
    });
    for (const [changed, sql] of [
      [[], ''],
      [['wait_timeout'], 'SET wait_timeout = 28800'],
      [['time_zone', 'charset'], "SET NAMES utf8mb4, time_zone = 'it''s'"],
      [['isolation', 'wait_timeout'], "SET transaction_isolation = 'REPEATABLE-READ', wait_timeout = 28800"],
      [['sql_mode'], undefined],
      [['wait_timeout', 'sql_mode'], undefined],
    ] as const)
      assert.equal(variables.restore(new Set(changed)), sql, changed.join());
    assert.equal(
      withFirst({ isolation: 'SERIALIZABLE' }, true).restore(new Set(['isolation'])),
      "SET tx_isolation = 'SERIALIZABLE'",
    );
  });

  it('are said as numbers only where they are nothing but a number', () => {
    for (const [value, literal] of [
      ['28800', '28800'],
      ['-1', '-1'],
      ['10.250000', '10.250000'],
      ['', "''"],
      ['+02:00', "'+02:00'"],
      ['02:00', "'02:00'"],
      ['A1', "'A1'"],
      ['1.', "'1.'"],
      ['1.x', "'1.x'"],
    ] as const)
      assert.equal(withFirst({ time_zone: value }).restore(new Set(['time_zone'])), `SET time_zone = ${literal}`);
  });

  it('are compared: only what differs, or is not known, is said', () => {
    const to = new Map([
      ['time_zone', 'SYSTEM'],
      ['wait_timeout', '5'],
    ]);
    const variables = withFirst({});
    for (const [from, sql] of [
      [[['time_zone', 'SYSTEM']], ''],
      [
        [
          ['time_zone', 'UTC'],
          ['wait_timeout', '5'],
        ],
        "SET time_zone = 'SYSTEM'",
      ],
      [
        [
          ['time_zone', undefined],
          ['wait_timeout', '6'],
        ],
        "SET time_zone = 'SYSTEM', wait_timeout = 5",
      ],
      [[['sql_mode', 'ANSI']], undefined],
    ] as const)
      assert.equal(variables.difference(new Map<string, string | undefined>(from), to), sql);
  });

  it('are given again after a reset: what the reset does not do itself, and always what we rely on', () => {
    const variables = withFirst({
      autocommit: 'ON',
      sql_mode: 'ANSI',
      time_zone: 'SYSTEM',
      wait_timeout: '5',
      isolation: 'SERIALIZABLE',
      charset: '',
    });
    assert.equal(variables.knowsReset, false);
    assert.equal(
      variables.setUpAgain(),
      "SET NAMES utf8mb4, autocommit = 'ON', sql_mode = 'ANSI', time_zone = 'SYSTEM', wait_timeout = 5, " +
        `transaction_isolation = 'SERIALIZABLE', ${trackers(MYSQL)}`,
    );
    variables.learnReset({
      autocommit: 'ON',
      sql_mode: 'ANSI',
      time_zone: 'SYSTEM',
      wait_timeout: '28800',
      transaction_isolation: 'SERIALIZABLE',
      sort_buffer_size: '1',
    });
    assert.equal(variables.knowsReset, true);
    assert.equal(
      variables.setUpAgain(),
      `SET NAMES utf8mb4, autocommit = 'ON', sql_mode = 'ANSI', wait_timeout = 5, ${trackers(MYSQL)}`,
    );
  });
});
