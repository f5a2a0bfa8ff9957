import assert from 'node:assert/strict';
import { beforeEach, it } from 'node:test';
import { MaxTotal, processLimit, processPermits, setProcessLimit } from '#internal/budget/index.js';
import { hasProcessPermits, setProcessPermits } from '#internal/pool/permits.js';
import { PortPool } from './support/port-pool.js';

// As in a process in which nothing has been said yet.
beforeEach(() => {
  for (const name of ['process-limit', 'permits']) {
    delete (globalThis as { [key: symbol]: unknown })[Symbol.for(`node-mysqlpool.${name}`)];
  }
});

/** How many connections pools get that are made now. */
function granted(env: NodeJS.ProcessEnv): number {
  const [a, b] = [new PortPool('a', processPermits(env)), new PortPool('b', processPermits(env))];
  a.acquire(5);
  b.acquire(5);
  return a.inUse + b.inUse;
}

it('there is no limit when nobody has said one', () => {
  for (const env of [{}, { MYSQLPOOL_MAX_TOTAL: '' }]) {
    assert.equal(granted(env), 10);
    assert.equal(hasProcessPermits(), false);
    assert.equal(processLimit().limit, Infinity);
  }
});

it('the environment is read by the first pool, and not again', () => {
  assert.equal(granted({ MYSQLPOOL_MAX_TOTAL: '3' }), 3);
  assert.equal(processLimit().limit, 3);
  processPermits({ MYSQLPOOL_MAX_TOTAL: '20' });
  assert.equal(processLimit().limit, 3);
});

it('a limit that is none is refused, each time', () => {
  for (const text of ['0', '-1', '1.5', '3x', 'x3', ' 3', 'Infinity']) {
    for (let time = 0; time < 2; time++) {
      assert.throws(() => processPermits({ MYSQLPOOL_MAX_TOTAL: text }), {
        code: 'POOL_OPTION',
        option: 'MYSQLPOOL_MAX_TOTAL',
        pool: 'createPool',
        message: new RegExp(`MYSQLPOOL_MAX_TOTAL: expected a whole number from 1 up, got "${text}"`),
      });
    }
  }
  assert.equal(granted({ MYSQLPOOL_MAX_TOTAL: '1' }), 1);
});

it('what was said in the program wins over the environment, also that there is none', () => {
  setProcessLimit(2);
  assert.equal(granted({ MYSQLPOOL_MAX_TOTAL: '7' }), 2);
  setProcessLimit(Infinity);
  assert.equal(processLimit().limit, Infinity);
});

it('none at all makes pools share nothing, and a limit said later bounds those that are made then', () => {
  setProcessLimit(Infinity);
  assert.equal(hasProcessPermits(), false);
  assert.equal(granted({ MYSQLPOOL_MAX_TOTAL: '7' }), 10);
  setProcessLimit(4);
  assert.equal(granted({}), 4);
});

it('permits of the program’s own stay, and the environment is not read beside them', () => {
  const own = new MaxTotal(6);
  setProcessPermits(own);
  assert.equal(granted({ MYSQLPOOL_MAX_TOTAL: '0' }), 6);
  setProcessLimit(2);
  assert.equal(own.stats().held, 6);
  const late = new PortPool('late', processPermits({}));
  assert.equal(late.account.issuer, own);
});
