import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectOf, SessionState, SessionVariables, type Change } from '#internal/session/index.js';

const [IN_TRANSACTION, AUTOCOMMIT] = [1, 2];

function fresh(status: number = AUTOCOMMIT): SessionState {
  const state = new SessionState(new SessionVariables(false, undefined), 'shop');
  state.begin(status, { schema: null, variables: { autocommit: 'ON' }, isStateChanged: true });
  return state;
}

/** Sends a statement and takes an OK for it. */
function say(state: SessionState, sql: string, status: number = AUTOCOMMIT, change?: Change): SessionState {
  const effect = effectOf(sql);
  state.sent(effect);
  if (effect.kind !== 'read') state.answered(effect, status, change);
  return state;
}

describe('the state of a session', () => {
  it('counts as seen by nobody until the server has told of its variables', () => {
    const state = new SessionState(new SessionVariables(false, undefined), 'shop');
    assert.deepEqual([state.isTracked, state.isUnseen], [false, false]);
    assert.equal(say(state, 'INSERT INTO t VALUES (1)').isUnseen, true);
    state.begin(AUTOCOMMIT, undefined);
    assert.equal(state.isTracked, false);
    assert.equal(fresh().isTracked, true);
    assert.equal(say(fresh(), 'INSERT INTO t VALUES (1)').isUnseen, false);
  });

  it('remembers for one borrower that transactions were to read only', () => {
    for (const [sql, expected] of [
      ['SET TRANSACTION READ ONLY', true],
      ['SET SESSION TRANSACTION READ ONLY', true],
      ['START TRANSACTION READ ONLY', true],
      ['SET transaction_read_only = 1', true],
      ['SET TRANSACTION READ WRITE', false],
      ['START TRANSACTION', false],
      ['SET time_zone = 1', false],
      ['SET @a = 1', false],
    ] as const) {
      const state = say(fresh(), sql);
      assert.equal(state.hasAskedForReadOnly, expected, sql);
      state.endLoan();
      assert.equal(state.hasAskedForReadOnly, false);
      assert.equal(say(fresh(), sql).hasAskedForReadOnly, expected);
    }
    const state = say(fresh(), 'SET TRANSACTION READ ONLY');
    state.forget();
    assert.equal(state.hasAskedForReadOnly, false);
  });

  it('knows when there may be something to roll back', () => {
    assert.equal(fresh().mayHaveTransaction, false);
    assert.equal(say(fresh(), 'BEGIN', AUTOCOMMIT | IN_TRANSACTION).mayHaveTransaction, true);
    assert.equal(say(fresh(), 'SET autocommit = 0', 0).mayHaveTransaction, true);
    const state = fresh();
    for (const [sql, expected] of [
      ['INSERT INTO t VALUES (1)', false],
      ['SET time_zone = 1', false],
      ['CALL p()', true],
    ] as const) {
      state.failed(effectOf(sql));
      assert.equal(state.mayHaveTransaction, expected, sql);
    }
    state.ended(AUTOCOMMIT);
    assert.equal(state.mayHaveTransaction, false);
    // Where sessions begin without autocommit, a clean one may have begun a transaction as well.
    assert.equal(fresh(0).mayHaveTransaction, true);
    const changed = say(fresh(0), 'SET autocommit = 1', AUTOCOMMIT);
    changed.forget();
    assert.equal(changed.mayHaveTransaction, true);
  });

  it('knows an XA that is not ended, also when it cannot be sure', () => {
    const state = say(fresh(), "XA START 'x'", AUTOCOMMIT | IN_TRANSACTION);
    assert.equal(state.hasUnfinishedXa, true);
    say(state, "XA COMMIT 'x' ONE PHASE");
    assert.equal(state.hasUnfinishedXa, false);
    state.failed(effectOf("XA START 'y'"));
    assert.equal(state.hasUnfinishedXa, true);
    state.forget();
    state.failed(effectOf('CALL p()'));
    assert.equal(state.hasUnfinishedXa, false);
    assert.equal(say(fresh(), 'BEGIN', AUTOCOMMIT | IN_TRANSACTION).hasUnfinishedXa, false);
  });

  it('is dirty after a failed write only where that has run triggers', () => {
    const state = fresh();
    state.failed({ kind: 'write' });
    assert.equal(state.isClean, true);
    state.failed({ kind: 'write', runsTriggers: true });
    assert.deepEqual([state.isClean, state.isDirty, state.mayHaveOtherRole], [false, true, false]);
  });

  it('forgets who it may act as when it is clean, but for another user and a role that was taken', () => {
    const state = fresh();
    state.markStateChanged();
    assert.deepEqual([state.isDirty, state.mayHaveOtherRole, state.isForeign], [true, true, false]);
    state.forget();
    assert.deepEqual([state.isClean, state.mayHaveOtherRole], [true, false]);
    say(state, 'SET ROLE r');
    state.forget();
    assert.equal(state.isForeign, true);
    state.adopt();
    assert.equal(state.isForeign, false);
    state.markOtherUser();
    state.adopt();
    assert.equal(state.isForeign, true);
  });

  it('has texts kept by the server until it is clean', () => {
    const state = say(fresh(), 'SET profiling = 1');
    assert.equal(state.keepsTexts, true);
    state.forget();
    assert.deepEqual([state.keepsTexts, say(state, 'SET @a = 1').keepsTexts], [false, false]);
  });
});
