import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hookOf, originOf, PoolError } from 'node-mysqlpool/pool';
import { inHook, noteOrigin } from '#internal/mysql/hooks.js';

const LINE = "    at the application's onConnect";

describe('an error of the application says which of its hooks it is of', () => {
  it('in its stack, whatever stack it is given later', () => {
    const error = new Error('no');
    noteOrigin(error, 'onConnect');
    assert.ok(error.stack!.endsWith(`\n${LINE}`));
    error.stack = 'Error: no\n    at the caller';
    assert.equal(error.stack, `Error: no\n    at the caller\n${LINE}`);
    assert.deepEqual([Object.keys(error), error.message], [[], 'no']);
    assert.equal(hookOf(error), 'onConnect');
  });

  it('in what the pool says of it', () => {
    const error = new Error('no');
    noteOrigin(error, 'onConnect');
    assert.equal(
      new PoolError('X', 'shop', 'it failed', error).message,
      "shop: it failed: in the application's onConnect: no",
    );
  });

  it('once, and of hooks within hooks it is the innermost', async () => {
    const error = new Error('no');
    const failed = inHook('outer', undefined, () => inHook('onConnect', undefined, () => Promise.reject(error)));
    await assert.rejects(failed, (thrown) => thrown === error);
    assert.equal(originOf(error), "in the application's onConnect: ");
    assert.equal(error.stack!.split("the application's").length, 2);
  });

  it('and is left alone where it cannot be marked', async () => {
    const frozen = Object.freeze(new Error('no'));
    const odd = Object.defineProperty(new Error('no'), 'stack', {
      get() {
        throw new Error('no stack');
      },
    });
    for (const thrown of [frozen, odd, 'a text', undefined, null, { code: 'X' }]) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- anything can be thrown
      const failed = inHook('onConnect', undefined, () => Promise.reject(thrown));
      assert.equal(await failed.catch((error: unknown) => error), thrown);
    }
    assert.deepEqual([hookOf(frozen), hookOf({}), hookOf('a text')], ['onConnect', undefined, undefined]);
  });
});
