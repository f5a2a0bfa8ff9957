import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PoolOptionError, type AcquireOptions } from 'node-mysqlpool/pool';
import { fakePool } from './support/pool.js';

const WRONG: readonly (readonly [given: unknown, message: string])[] = [
  [{ timeot: 5 }, 'test: unknown option "timeot" (did you mean "timeout"?)'],
  [5, 'test: expected an object of options (signal, timeout, label), got 5'],
  [null, 'test: expected an object of options (signal, timeout, label), got null'],
  [{ timeout: -1 }, 'test: option "timeout": expected milliseconds from 0 up, or Infinity, got -1'],
  [{ timeout: '5' }, 'test: option "timeout": expected milliseconds from 0 up, or Infinity, got "5"'],
  [{ signal: 5 }, 'test: option "signal": expected an AbortSignal, got 5'],
  [{ label: 5 }, 'test: option "label": expected a text, got 5'],
];

describe('options of an acquire', () => {
  for (const [given, message] of WRONG) {
    it(`refuse ${JSON.stringify(given)}`, async (t) => {
      const { pool } = fakePool(t);
      await assert.rejects(pool.acquire(given as AcquireOptions), (error: PoolOptionError) => {
        assert.ok(error instanceof PoolOptionError);
        assert.equal(error.message, message);
        return true;
      });
      assert.equal(pool.stats().size, 0, 'nothing was opened');
    });
  }

  it('accept what is undefined as not given', async (t) => {
    const fake = fakePool(t);
    assert.ok((await fake.acquire({ signal: undefined, timeout: undefined, label: undefined })).active);
  });

  it('refuse a use without a function before anything is borrowed', async (t) => {
    const { pool } = fakePool(t);
    await assert.rejects(pool.use(undefined as never), new TypeError('test: use: expected a function, got undefined'));
    assert.equal(pool.stats().total.opened, 0);
  });
});
