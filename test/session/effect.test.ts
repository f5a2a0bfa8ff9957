import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ANYTHING,
  bothDirty,
  DIRTY,
  FOREIGN,
  KEEPS_TEXTS,
  NEXT,
  NEXT_READ_ONLY,
  oneAfterOther,
  READ,
  setting,
  worse,
  WRITE,
  WRITE_DEFINING,
  WRITE_READ_ONLY,
  XA,
  type Effect,
} from '#internal/session/effect.js';

const RUNS_TRIGGERS: Effect = { kind: 'write', runsTriggers: true };

const dirty = (flags: object = {}): object => ({ kind: 'dirty', ...flags });

describe('two effects', () => {
  it('of which one is the right one: what is said of both, whichever comes first', () => {
    const rows: [Effect, Effect, object][] = [
      [READ, READ, READ],
      [READ, WRITE, WRITE],
      [READ, NEXT, NEXT],
      [READ, setting(['sql_mode']), setting(['sql_mode'])],
      [READ, DIRTY, DIRTY],
      [WRITE, WRITE_READ_ONLY, WRITE_READ_ONLY],
      [WRITE, WRITE_DEFINING, WRITE_DEFINING],
      [WRITE_READ_ONLY, WRITE_DEFINING, { kind: 'write', readOnly: true, defines: true }],
      [WRITE, RUNS_TRIGGERS, RUNS_TRIGGERS],
      [WRITE_DEFINING, RUNS_TRIGGERS, { kind: 'write', defines: true, runsTriggers: true }],
      [WRITE_DEFINING, XA, dirty({ xa: true, defines: true })],
      [RUNS_TRIGGERS, KEEPS_TEXTS, dirty({ keepsTexts: true })],
      [NEXT, NEXT_READ_ONLY, NEXT_READ_ONLY],
      [WRITE, NEXT, dirty()],
      [WRITE, setting(['sql_mode']), dirty()],
      [WRITE_READ_ONLY, NEXT_READ_ONLY, dirty()],
      [NEXT, setting(['sql_mode']), dirty()],
      [WRITE, DIRTY, dirty()],
      [NEXT, FOREIGN, dirty({ foreign: true })],
      [setting(['sql_mode']), ANYTHING, dirty({ mayChangeRole: true })],
      [WRITE, XA, dirty({ xa: true })],
      [FOREIGN, XA, dirty({ foreign: true, xa: true })],
    ];
    for (const [a, b, expected] of rows) {
      assert.deepEqual(worse(a, b), expected, JSON.stringify([a, b]));
      assert.deepEqual(worse(b, a), expected, JSON.stringify([b, a]));
      assert.deepEqual(worse(a, undefined), a);
      assert.deepEqual(worse(undefined, a), a);
    }
    assert.equal(worse(undefined, undefined), undefined);
  });

  it('that both change variables change those of both, each once', () => {
    const [a, b] = [setting(['sql_mode', 'time_zone']), setting(['time_zone', 'read_only'])];
    assert.deepEqual(worse(a, b), {
      kind: 'set',
      variables: ['sql_mode', 'time_zone', 'read_only'],
      readOnly: true,
    });
    assert.deepEqual(setting(['time_zone']), { kind: 'set', variables: ['time_zone'], readOnly: false });
  });

  it('one after the other: only reads and writes are told by one answer', () => {
    assert.equal(oneAfterOther(undefined, NEXT), NEXT);
    assert.equal(oneAfterOther(READ, WRITE), WRITE);
    assert.equal(oneAfterOther(WRITE_READ_ONLY, READ), WRITE_READ_ONLY);
    for (const effect of [NEXT, setting(['sql_mode']), DIRTY]) {
      assert.deepEqual(oneAfterOther(READ, effect), dirty(), effect.kind);
      assert.deepEqual(oneAfterOther(effect, WRITE), dirty(), effect.kind);
    }
  });

  it('that are dirty say all that either of them says, and nothing of what is not', () => {
    assert.deepEqual(bothDirty(ANYTHING, XA), dirty({ mayChangeRole: true, xa: true }));
    assert.deepEqual(bothDirty(DIRTY, NEXT_READ_ONLY), dirty());
  });
});
