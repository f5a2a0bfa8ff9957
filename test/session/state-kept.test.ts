/** What a session is taken to be when it is clean, and under what a statement was prepared. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionState, SessionVariables, type Change } from '#internal/session/index.js';
import type { Effect } from '#internal/session/effect.js';

const [IN_TRANSACTION, AUTOCOMMIT] = [1, 2];
const FIRST = { autocommit: 'ON', sql_mode: 'STRICT_ALL_TABLES', time_zone: 'SYSTEM', lc_time_names: 'en_US' };
const WRITE: Effect = { kind: 'write' };
const DIRTY: Effect = { kind: 'dirty' };
const set = (...variables: string[]): Effect => ({ kind: 'set', variables });

function told(variables: Record<string, string>, schema: string | null = null, isStateChanged = true): Change {
  return { schema, variables, isStateChanged };
}

function fresh(variables: Record<string, string> = FIRST): SessionState {
  const state = new SessionState(new SessionVariables(false, undefined), 'shop');
  state.begin(AUTOCOMMIT, told(variables));
  return state;
}

function say(state: SessionState, effect: Effect, change?: Change, status: number = AUTOCOMMIT): SessionState {
  state.sent(effect);
  state.answered(effect, status, change);
  return state;
}

const zone = (value: string): [Effect, Change] => [set('time_zone'), told({ time_zone: value })];

describe('what a session is like when it is clean', () => {
  it('is what it was made to be before it was adopted', () => {
    const state = say(fresh(), ...zone('+01:00'));
    say(state, WRITE, told({}, 'other'));
    assert.equal(state.isClean, false);
    state.adopt();
    assert.deepEqual([state.isClean, state.firstSchema, state.changed.size], [true, 'other', 0]);
    assert.equal(state.variables.first.get('time_zone'), '+01:00');
    assert.equal(state.variables.restore(new Set(['time_zone'])), "SET time_zone = '+01:00'");
  });

  it('is not known of a variable that was set in silence, nor of another character set', () => {
    const state = say(fresh(), set('time_zone', 'sql_mode'), told({ sql_mode: 'ANSI' }));
    say(state, set('charset'), told({ character_set_client: 'latin1' }));
    state.adopt();
    assert.deepEqual(
      [...state.variables.first].filter(([name]) => ['time_zone', 'sql_mode', 'charset'].includes(name)),
      [['sql_mode', 'ANSI']],
    );
    // What nobody touched is as it was.
    assert.equal(state.variables.first.get('autocommit'), 'ON');
  });

  it('has the character set of its set-up', () => {
    assert.equal(fresh().variables.restore(new Set(['charset'])), 'SET NAMES utf8mb4');
  });

  it('is not left by a new name for a table while there are no temporary ones', () => {
    assert.equal(say(fresh(), { kind: 'write', defines: true }).isClean, true);
  });

  it('begins in the database that the server names', () => {
    const state = fresh();
    state.startsIn('store');
    assert.deepEqual([state.firstSchema, state.hasOtherSchema], ['store', false]);
    say(state, WRITE, told({}, 'shop'));
    assert.equal(state.hasOtherSchema, true);
    state.startsIn(null);
    assert.deepEqual([state.firstSchema, state.hasOtherSchema], ['', false]);
  });

  it('keeps autocommit as it was when it was adopted', () => {
    const state = say(fresh(), set('autocommit'), told({ autocommit: 'OFF' }), IN_TRANSACTION);
    state.adopt();
    assert.deepEqual([state.inTransaction, state.mayHaveTransaction], [false, true]);
  });

  it('ends with a set that names the variable, whatever the server tells', () => {
    assert.deepEqual([...say(fresh(), set('time_zone', 'sql_mode')).changed], ['time_zone', 'sql_mode']);
    assert.deepEqual(
      [...say(fresh(), WRITE, told({ wait_timeout: '1', max_sort_length: '2' })).changed],
      ['wait_timeout'],
    );
  });

  it('is left by a change that nothing in the text explains', () => {
    for (const [effect, change, dirty, role] of [
      [WRITE, told({}), true, true],
      [WRITE, told({}, null, false), false, false],
      // USE is told by the same flag.
      [WRITE, told({}, 'shop'), false, false],
      [set('time_zone'), told({}), false, false],
      [DIRTY, told({}), true, false],
    ] as const) {
      const state = say(fresh(), effect, change);
      assert.deepEqual([state.isDirty, state.mayHaveOtherRole], [dirty, role], JSON.stringify([effect, change]));
    }
  });

  it('is left by what is said of the next transaction until that has begun', () => {
    const state = say(fresh(), { kind: 'next' });
    assert.deepEqual([state.isDirty, state.isClean], [true, false]);
    say(state, WRITE);
    assert.equal(state.isClean, false);
    say(state, WRITE, undefined, AUTOCOMMIT | IN_TRANSACTION);
    assert.equal(state.isDirty, false);
    state.ended(AUTOCOMMIT);
    assert.equal(state.isClean, true);
    say(state, { kind: 'next' });
    state.forget();
    assert.equal(state.isClean, true);
  });

  it('is left by what nobody can see', () => {
    const state = new SessionState(new SessionVariables(false, undefined), 'shop');
    state.begin(AUTOCOMMIT, undefined);
    state.sent({ kind: 'read' });
    assert.equal(state.isClean, true);
    state.sent(WRITE);
    assert.deepEqual([state.isClean, state.isDirty, state.preparedUnder], [false, false, undefined]);
    say(state, WRITE, told({}, 'other'));
    assert.equal(state.preparedUnder, undefined);
    state.forget();
    assert.deepEqual([state.isClean, state.preparedUnder], [true, '']);
  });

  it('takes from the text what no answer tells', () => {
    const all = ['isForeign', 'mayHaveOtherRole', 'keepsTexts'] as const;
    for (const [flag, seen] of [
      ['foreign', 'isForeign'],
      ['mayChangeRole', 'mayHaveOtherRole'],
      ['keepsTexts', 'keepsTexts'],
    ] as const) {
      const state = fresh();
      state.sent({ kind: 'dirty', [flag]: true });
      assert.deepEqual(
        all.filter((each) => state[each]),
        [seen],
      );
      assert.equal(state.isDirty, true);
    }
    const state = fresh();
    state.markStateChanged();
    assert.deepEqual([state.isDirty, state.mayHaveOtherRole], [true, true]);
    state.forget();
    state.markDirty();
    assert.deepEqual([state.isDirty, state.mayHaveOtherRole], [true, true]);
  });
});

describe('what a statement is prepared under', () => {
  /** Whether a statement prepared before may be used after. */
  const isSame = (...said: readonly (readonly [Effect, Change?])[]): boolean => {
    const state = fresh();
    const before = state.preparedUnder;
    for (const each of said) say(state, ...each);
    return state.preparedUnder === before;
  };

  it('is the same while nothing it is bound to has changed', () => {
    assert.equal(isSame([WRITE]), true);
    assert.equal(isSame([WRITE, told({})]), true);
    assert.equal(isSame([set('wait_timeout'), told({ wait_timeout: '1' })]), true);
    assert.equal(isSame([WRITE, told({ wait_timeout: '1' })]), true);
    assert.equal(isSame([WRITE, told({}, 'shop')]), true);
  });

  it('is another in another database, or with another value, and the first one again', () => {
    assert.equal(isSame([WRITE, told({}, 'other')]), false);
    assert.equal(isSame([WRITE, told({}, 'other')], [WRITE, told({}, 'shop')]), true);
    for (const name of ['sql_mode', 'lc_time_names', 'time_zone', 'group_concat_max_len'])
      assert.equal(isSame([set(name), told({ [name]: 'x' })]), false, name);
    const names = ['+01:00', '+02:00', '+01:00'].map((value) => say(fresh(), ...zone(value)).preparedUnder);
    assert.equal(names[0], names[2]);
    assert.notEqual(names[0], names[1]);
    const state = say(fresh(), ...zone('+01:00'));
    state.forget();
    assert.equal(state.preparedUnder, fresh().preparedUnder);
    assert.equal(say(state, ...zone('+01:00')).preparedUnder, names[0]);
  });

  it('is the same on a server that tells of none of what it is bound to', () => {
    const state = fresh({ autocommit: 'ON' });
    const before = state.preparedUnder;
    assert.equal(say(state, WRITE, told({ wait_timeout: '1' })).preparedUnder, before);
  });

  it('tells values apart that read the same one after the other', () => {
    const both = (mode: string, names: string) =>
      say(fresh(), set('sql_mode', 'lc_time_names'), told({ sql_mode: mode, lc_time_names: names })).preparedUnder;
    assert.notEqual(both('ANSI', 'en'), both('ANS', 'Ien'));
  });

  it('tells databases apart that have other values too', () => {
    const both = say(say(fresh(), ...zone('+01:00')), WRITE, told({}, 'other')).preparedUnder;
    assert.notEqual(both, say(fresh(), ...zone('+01:00')).preparedUnder);
    assert.notEqual(both, say(fresh(), WRITE, told({}, 'other')).preparedUnder);
  });

  it('is never the same again after another character set, and after what a routine has set', () => {
    assert.equal(isSame([set('charset')], [set('charset')]), false);
    assert.equal(isSame([WRITE, told({ character_set_client: 'latin1' })]), false);
    for (const value of ['x', FIRST.sql_mode]) assert.equal(isSame([WRITE, told({ sql_mode: value })]), false);
    const state = say(fresh(), WRITE, told({ sql_mode: 'x' }));
    const once = state.preparedUnder;
    assert.notEqual(say(state, WRITE, told({ sql_mode: 'x' })).preparedUnder, once);
    state.forget();
    assert.equal(state.preparedUnder, fresh().preparedUnder);
  });

  it('is the first one of what was adopted', () => {
    const state = say(fresh(), ...zone('+01:00'));
    const adopted = state.preparedUnder;
    state.adopt();
    assert.equal(state.preparedUnder, adopted);
    say(state, WRITE, told({}, 'other'));
    assert.notEqual(state.preparedUnder, adopted);
    state.forget();
    assert.equal(state.preparedUnder, adopted);
    say(state, set('charset'));
    state.adopt();
    assert.notEqual(state.preparedUnder, adopted);
    assert.equal(say(state, WRITE, told({})).preparedUnder, state.preparedUnder);
  });
});
