import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { count } from '#internal/cli/amounts.js';
import { painter } from '#internal/cli/paint.js';
import { duration } from '#internal/monitor/duration.js';

describe('amounts for people', () => {
  it('are short, and never say 60 of a unit', () => {
    const known: readonly (readonly [number, string])[] = [
      [0, '0 ms'],
      [0.4, '0 ms'],
      [999, '999 ms'],
      [999.6, '1.0 s'],
      [1_000, '1.0 s'],
      [12_345, '12.3 s'],
      [59_949, '59.9 s'],
      [59_950, '1 min'],
      [200_000, '3 min 20 s'],
      [3_599_600, '1 h'],
      [7_500_000, '2 h 5 min'],
      [86_400_000, '1 d'],
      [180_000_000, '2 d 2 h'],
      [Infinity, 'for ever'],
    ];
    for (const [ms, text] of known) assert.equal(duration(ms), text);
  });

  it('count one and many', () => {
    assert.equal(count(1, 'caller'), '1 caller');
    assert.equal(count(2, 'process', 'processes'), '2 processes');
    assert.equal(count(Infinity, 'connection'), 'any number of connections');
  });
});

describe('colour', () => {
  const painted = (env: NodeJS.ProcessEnv, isTTY: boolean, noColor = false): boolean =>
    painter({ env, stdout: { isTTY } as never }, noColor)('red', 'x') !== 'x';

  it('is for terminals, unless somebody does not want it', () => {
    assert.equal(painted({}, true), true);
    assert.equal(painted({}, false), false);
    assert.equal(painted({ NO_COLOR: '1' }, true), false);
    assert.equal(painted({ NO_COLOR: '' }, true), true);
    assert.equal(painted({ TERM: 'dumb' }, true), false);
    assert.equal(painted({}, true, true), false);
  });

  it('can be had everywhere, unless the command line says no', () => {
    assert.equal(painted({ FORCE_COLOR: '1' }, false), true);
    assert.equal(painted({ FORCE_COLOR: '1', NO_COLOR: '1' }, false), true);
    assert.equal(painted({ FORCE_COLOR: '0' }, true), false);
    assert.equal(painted({ FORCE_COLOR: 'false' }, true), false);
    assert.equal(painted({ FORCE_COLOR: '1' }, false, true), false);
  });
});
