import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoolClosedError } from 'node-mysqlpool/pool';
import { errorType } from '#internal/metrics/error-type.js';

test('the class of an error is its code, else its name, else one word for all the rest', () => {
  const coded = (code: unknown): Error => Object.assign(new RangeError('no'), { code });
  assert.equal(errorType(new PoolClosedError('orders')), 'POOL_CLOSED');
  assert.equal(errorType(coded('ER_DUP_ENTRY')), 'ER_DUP_ENTRY');
  assert.equal(errorType(AbortSignal.abort().reason), 'AbortError');
  // Nothing that a user may have put there: a value each would be a series each.
  for (const code of [1045, '', 'order 17', 'order-17', 'A'.repeat(65), undefined, null]) {
    assert.equal(errorType(coded(code)), 'RangeError');
  }
  for (const thrown of [undefined, null, 'gone', 17, {}, { name: 'order 17' }, { name: 17 }, Object.create(null)]) {
    assert.equal(errorType(thrown), '_OTHER');
  }
});
