/** The texts that keep a session within what its fleet bears, and no others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  cleaningPlan,
  effectOf,
  mayReleaseLock,
  SessionState,
  SessionVariables,
  type CleaningMode,
  type SessionBounds,
} from '#internal/session/index.js';

const CHARSET = { charset: 'utf8mb4', collation: 'utf8mb4' };
const AUTOCOMMIT = 2;
const IN = 3;

const variablesOf = (kind: 'mysql' | 'mariadb', bounds?: SessionBounds): SessionVariables =>
  new SessionVariables(kind === 'mariadb', CHARSET, bounds);

/** What is set of a variable in a statement. */
const partsOf = (sql: string | undefined): string[] =>
  (sql ?? '')
    .replace(/^SET /, '')
    .split(/, (?=\w+ = |NAMES)/)
    .filter((part) => /wait_timeout =|_time =/.test(part) && !part.startsWith('lock_') && !part.startsWith('innodb_'));

describe('the set-up of a session', () => {
  const WITHIN = 'wait_timeout = CAST(LEAST(@@wait_timeout, 60) AS UNSIGNED)';
  for (const [kind, bounds, expected] of [
    ['mysql', undefined, ['wait_timeout = @@wait_timeout', 'max_execution_time = @@max_execution_time']],
    ['mariadb', undefined, ['wait_timeout = @@wait_timeout', 'max_statement_time = @@max_statement_time']],
    ['mysql', { waitTimeout: 60, statementTime: undefined }, [WITHIN, 'max_execution_time = @@max_execution_time']],
    [
      'mysql',
      { waitTimeout: 60, statementTime: 1_500 },
      [WITHIN, 'max_execution_time = CAST(COALESCE(LEAST(NULLIF(@@max_execution_time, 0), 1500), 1500) AS UNSIGNED)'],
    ],
    [
      'mariadb',
      { waitTimeout: 60, statementTime: 1_500 },
      [WITHIN, 'max_statement_time = COALESCE(LEAST(NULLIF(@@max_statement_time, 0), 1.5), 1.5)'],
    ],
  ] as const) {
    it(`of ${kind} with ${JSON.stringify(bounds)} sets ${expected.join(' and ')}`, () => {
      const variables = variablesOf(kind, bounds);
      assert.deepEqual(partsOf(variables.setUp()), expected);
      // What a reset leaves is asked for as it is.
      assert.equal(variables.telling(), variablesOf(kind).setUp());
    });
  }

  it('without a fleet is what it was, and nothing is ever brought back to a bound', () => {
    const variables = variablesOf('mysql');
    assert.deepEqual([variables.setUp(), variables.bound()], [variables.telling(), undefined]);
    assert.equal(variables.hasBounded(new Set(['wait_timeout', 'statement_time'])), false);
  });
});

describe('a session in a fleet', () => {
  const FIRST = { wait_timeout: '60', max_execution_time: '0', lock_wait_timeout: '50', autocommit: 'ON' };

  function stateAfter(sql: string, told: Readonly<Record<string, string>>, status = AUTOCOMMIT): SessionState {
    const state = new SessionState(variablesOf('mysql', { waitTimeout: 60, statementTime: undefined }), 'shop');
    state.begin(AUTOCOMMIT, { schema: null, variables: FIRST, isStateChanged: true });
    state.variables.learnReset({ ...FIRST, wait_timeout: '60' });
    const effect = effectOf(sql);
    state.sent(effect);
    state.answered(effect, status, { schema: null, variables: told, isStateChanged: true });
    return state;
  }

  const textsOf = (state: SessionState, mode: CleaningMode): string[] =>
    (cleaningPlan(state, mode, false)?.steps ?? []).map((step) => ('sql' in step ? step.sql : step.do));

  const BACK = 'SET wait_timeout = CAST(LEAST(@@wait_timeout, 60) AS UNSIGNED)';

  it('is brought back to its lease in every mode, and no other variable is where nothing is to be put back', () => {
    const sql = 'SET wait_timeout = 500, lock_wait_timeout = 7';
    const left = (): SessionState => stateAfter(sql, { wait_timeout: '500', lock_wait_timeout: '7' });
    assert.deepEqual(textsOf(left(), 'auto'), ['SET wait_timeout = 60, lock_wait_timeout = 50']);
    for (const mode of ['none', 'rollback', 'commit'] as const) assert.deepEqual(textsOf(left(), mode), [BACK], mode);
    const state = left();
    state.bounded();
    assert.deepEqual(textsOf(state, 'none'), []);
    assert.deepEqual(textsOf(state, 'auto'), ['SET lock_wait_timeout = 50']);
  });

  it('has its transaction ended before that', () => {
    const state = stateAfter('SET wait_timeout = 500', { wait_timeout: '500' }, IN);
    assert.deepEqual(textsOf(state, 'rollback'), ['ROLLBACK', BACK]);
    assert.deepEqual(textsOf(state, 'commit'), ['COMMIT', BACK]);
  });

  it('is told its lease after every reset, although the server may leave the same: its global may change', () => {
    const state = stateAfter('SET @a = 1', {});
    const [reset, set] = textsOf(state, 'auto');
    assert.equal(reset, 'reset');
    assert.match(set!, /wait_timeout = 60/);
    assert.doesNotMatch(set!, /lock_wait_timeout =/);
  });

  it('is not touched otherwise', () => {
    const state = stateAfter('SET lock_wait_timeout = 7', { lock_wait_timeout: '7' });
    for (const mode of ['none', 'rollback', 'commit'] as const) assert.deepEqual(textsOf(state, mode), [], mode);
  });
});

it('a statement that may release a lock is known by its own text', () => {
  for (const sql of ['SELECT RELEASE_ALL_LOCKS()', "do release_lock('a')", "PREPARE s FROM 'DO RELEASE_LOCK(1)'"])
    assert.equal(mayReleaseLock(sql), true, sql);
  for (const sql of ["SELECT GET_LOCK('a', 1)", 'CALL p()', 'SELECT released_locks', 'RELEASE SAVEPOINT a'])
    assert.equal(mayReleaseLock(sql), false, sql);
});
