import assert from 'node:assert/strict';
import { it } from 'node:test';
import { dial, isDialling } from '#internal/mysql/dialling.js';

it('a connection is one of a pool of ours only while that pool begins it, also within others and after failures', () => {
  assert.equal(isDialling(), false);
  const seen = dial(() => [isDialling(), dial(isDialling), isDialling()]);
  assert.deepEqual(seen, [true, true, true]);
  assert.equal(isDialling(), false);
  const fail = (): never => {
    throw new Error('no');
  };
  assert.throws(() => dial(fail), /no/);
  assert.equal(isDialling(), false);
  dial(() => {
    assert.throws(() => dial(fail), /no/);
    assert.equal(isDialling(), true, 'the outer one goes on');
  });
});
