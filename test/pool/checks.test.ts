import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checks, type Check } from 'node-mysqlpool/pool';

const {
  abortSignal,
  callable,
  faultInOptions,
  filledText,
  flag,
  ms,
  msOrInfinity,
  oneOf,
  text,
  whole,
  wholeOrInfinity,
} = checks;

const TABLE: readonly (readonly [check: Check, accepted: readonly unknown[], refused: readonly unknown[]])[] = [
  [whole(1), [1, 2, 2 ** 53 - 1], [0, -1, 1.5, '1', NaN, Infinity, null]],
  [whole(0, 65_535), [0, 65_535], [65_536, -1]],
  [wholeOrInfinity(0), [0, 5, Infinity], [-1, 0.5, -Infinity, NaN, '0']],
  [ms(0), [0, 0.5, 1e9], [-1, Infinity, NaN, '5', null]],
  [msOrInfinity(1), [1, Infinity], [0, NaN, '1']],
  [oneOf(['lifo', 'fifo']), ['lifo'], ['LIFO', '', 0, null]],
  [text, ['', 'a'], [0, null, {}]],
  [filledText, ['a'], ['', 0]],
  [flag, [true, false], [0, 'true', null]],
  [callable, [() => 1], [{}, 'f', null]],
  [abortSignal, [new AbortController().signal], [new AbortController(), {}, null, 5]],
];

describe('checks of options', () => {
  for (const [check, accepted, refused] of TABLE) {
    it(`expect ${check[0]}`, () => {
      for (const value of accepted) assert.equal(check[1](value), true, String(value));
      for (const value of refused) assert.equal(check[1](value), false, String(value));
    });
  }

  const CHECKS = { order: oneOf(['lifo', 'fifo']), limit: whole(1), token: [...text.slice(0, 2), () => '(hidden)'] };
  const fault = (given: unknown, of?: string): unknown =>
    faultInOptions(given, CHECKS as unknown as Record<string, Check>, of);

  it('find nothing in what is right, and count what is undefined as not given', () => {
    assert.equal(fault({}), undefined);
    assert.equal(fault({ order: 'lifo', limit: undefined, other: undefined }), undefined);
  });

  it('tell an unknown name, with what may have been meant', () => {
    assert.deepEqual(fault({ limmit: 1 }, 'doIt'), {
      option: 'limmit',
      message: 'doIt: unknown option "limmit" (did you mean "limit"?)',
    });
    assert.deepEqual(fault({ constructor: 1 }), { option: 'constructor', message: 'unknown option "constructor"' });
  });

  it('tell what was expected and what came, with what may have been meant', () => {
    assert.deepEqual(fault({ order: 'life' }), {
      option: 'order',
      message: 'option "order": expected "lifo" or "fifo", got "life" (did you mean "lifo"?)',
    });
    assert.deepEqual(fault({ limit: 0 }, 'doIt'), {
      option: 'limit',
      message: 'doIt: option "limit": expected a whole number from 1 up, got 0',
    });
  });

  it('show of a secret only what they are told to', () => {
    assert.deepEqual(fault({ token: 123_456 }), {
      option: 'token',
      message: 'option "token": expected a text, got (hidden)',
    });
  });

  it('refuse what is no object of options', () => {
    for (const [given, came] of [
      [null, 'null'],
      [5, '5'],
      ['a', '"a"'],
      [[], 'a list'],
    ] as const) {
      // prettier-ignore
      assert.deepEqual(fault(given), {
        option: 'options',
        message: `expected an object of options (order, limit, token), got ${came}`,
      });
    }
  });
});
