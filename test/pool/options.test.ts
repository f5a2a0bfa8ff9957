import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POOL_OPTION_NAMES, PoolOptionError, resolveOptions, type PoolOptions } from 'node-mysqlpool/pool';
import { fakePool } from './support/pool.js';

/** The message with which the options are rejected. */
function refusal(options: Record<string, unknown>): string {
  try {
    resolveOptions({ name: 'orders', ...options } as PoolOptions);
  } catch (error) {
    assert.ok(error instanceof PoolOptionError, String(error));
    assert.equal(error.code, 'POOL_OPTION');
    assert.ok(error.option in { ...options, minIdle: 0, maxIdle: 0 }, error.option);
    return error.message;
  }
  return 'accepted';
}

const COUNTS = { maxSize: 1, maxIdle: 0, minIdle: 0, maxWaiters: 0, maxConnecting: 1 };
const TIMES = {
  acquireTimeout: 0,
  connectTimeout: 1,
  maxLifetime: 0,
  idleTimeout: 0,
  keepaliveInterval: 0,
  pingTimeout: 1,
  resetTimeout: 1,
  leakThreshold: 0,
};

describe('options', () => {
  it('have the defaults of the design', () => {
    const { name, ...defaults } = resolveOptions({});
    assert.match(name, /^pool-\d+$/);
    assert.deepEqual(defaults, {
      maxSize: 10,
      maxIdle: 10,
      minIdle: 0,
      acquireTimeout: 30_000,
      maxWaiters: Infinity,
      maxConnecting: 2,
      failFast: false,
      connectTimeout: 10_000,
      maxLifetime: 1_800_000,
      idleTimeout: 600_000,
      keepaliveInterval: 120_000,
      ping: { idleFor: 500 },
      pingTimeout: 1_000,
      reset: 'auto',
      resetTimeout: 5_000,
      order: 'lifo',
      leakThreshold: 0,
    });
    assert.deepEqual([...POOL_OPTION_NAMES].toSorted(), [...Object.keys(defaults), 'name'].toSorted());
  });

  it('are frozen once resolved, and a change of the given object changes nothing', (t) => {
    const given: { maxSize: number } = { maxSize: 3 };
    const fake = fakePool(t, given);
    given.maxSize = 7;
    assert.equal(fake.pool.options.maxSize, 3);
    assert.ok(Object.isFrozen(fake.pool.options));
  });

  it('that are undefined count as not given', () => {
    const { maxSize, maxIdle, ping } = resolveOptions({
      maxSize: undefined,
      ping: undefined,
      name: undefined,
    } as unknown as PoolOptions);
    assert.deepEqual([maxSize, maxIdle, ping], [10, 10, { idleFor: 500 }]);
  });

  it('let maxIdle follow maxSize', () => {
    assert.equal(resolveOptions({ maxSize: 3 }).maxIdle, 3);
    assert.equal(resolveOptions({ maxSize: Infinity }).maxIdle, Infinity);
    assert.equal(resolveOptions({ maxSize: 3, maxIdle: 0 }).maxIdle, 0);
  });

  it('give each pool without a name its own', () => {
    assert.notEqual(resolveOptions({}).name, resolveOptions({}).name);
  });

  for (const [option, least] of Object.entries(COUNTS)) {
    it(`refuse a wrong ${option}`, () => {
      const endless = option !== 'minIdle';
      for (const value of [least - 1, 1.5, NaN, '5', null, true, -Infinity, 2 ** 60]) {
        assert.match(
          refusal({ [option]: value }),
          new RegExp(`^orders: option "${option}": expected a whole number from`),
        );
      }
      assert.equal(refusal({ [option]: Infinity }) === 'accepted', endless && option !== 'maxIdle');
      assert.equal(refusal({ [option]: Math.max(least, 1) }), 'accepted');
    });
  }

  for (const [option, least] of Object.entries(TIMES)) {
    it(`refuse a wrong ${option}`, () => {
      for (const value of [least - 1, -1, NaN, '5s', null, {}, [5], () => 5, -Infinity]) {
        assert.match(
          refusal({ [option]: value }),
          new RegExp(`^orders: option "${option}": expected milliseconds from`),
        );
      }
      assert.equal(refusal({ [option]: Infinity }) === 'accepted', option === 'acquireTimeout');
      for (const value of [least, least + 0.5, 86_400_000]) assert.equal(refusal({ [option]: value }), 'accepted');
    });
  }

  it('refuse a wrong ping', () => {
    const says = 'orders: option "ping": expected "always", "never" or { idleFor: milliseconds }, got ';
    assert.equal(refusal({ ping: true }), `${says}true`);
    assert.equal(refusal({ ping: { idleFor: -1 } }), `${says}an object`);
    assert.equal(refusal({ ping: { idleFor: 5, pingTimeout: 3 } }), `${says}an object`);
    assert.equal(refusal({ ping: {} }), `${says}an object`);
    assert.equal(refusal({ ping: 'allways' }), `${says}"allways" (did you mean "always"?)`);
    for (const ping of ['always', 'never', { idleFor: 0 }, { idleFor: Infinity }])
      assert.equal(refusal({ ping }), 'accepted');
  });

  it('refuse a wrong word, with the nearest known one', () => {
    assert.equal(
      refusal({ reset: 'rolback' }),
      'orders: option "reset": expected "auto", "rollback", "commit", "session" or "none", got "rolback" (did you mean "rollback"?)',
    );
    assert.equal(
      refusal({ order: 'LIFO' }),
      'orders: option "order": expected "lifo" or "fifo", got "LIFO" (did you mean "lifo"?)',
    );
    assert.equal(refusal({ order: 'random' }), 'orders: option "order": expected "lifo" or "fifo", got "random"');
  });

  it('refuse a name that is none', () => {
    for (const name of ['', 5, null, {}]) {
      assert.throws(() => resolveOptions({ name } as PoolOptions), {
        code: 'POOL_OPTION',
        option: 'name',
        pool: 'pool',
      });
    }
  });

  it('refuse what they do not know, with the nearest they do', () => {
    assert.equal(refusal({ maxsize: 5 }), 'orders: unknown option "maxsize" (did you mean "maxSize"?)');
    assert.equal(refusal({ max_size: 5 }), 'orders: unknown option "max_size" (did you mean "maxSize"?)');
    assert.equal(
      refusal({ aquireTimeout: 5 }),
      'orders: unknown option "aquireTimeout" (did you mean "acquireTimeout"?)',
    );
    assert.equal(refusal({ colour: 5 }), 'orders: unknown option "colour"');
  });

  it('refuse names that every object has', () => {
    for (const option of ['toString', 'constructor', 'hasOwnProperty'])
      assert.match(refusal({ [option]: 5 }), new RegExp(`^orders: unknown option "${option}"`));
  });

  it('refuse what contradicts each other', () => {
    assert.equal(refusal({ maxSize: 2, maxIdle: 3 }), 'orders: maxIdle (3) is above maxSize (2)');
    assert.equal(refusal({ maxSize: 2, minIdle: 3 }), 'orders: minIdle (3) is above maxSize (2)');
    assert.equal(refusal({ maxSize: 5, maxIdle: 1, minIdle: 3 }), 'orders: minIdle (3) is above maxIdle (1)');
    assert.equal(refusal({ maxSize: 2, maxIdle: 2, minIdle: 2 }), 'accepted');
  });

  it('never print the value of an object', () => {
    assert.doesNotMatch(refusal({ maxSize: { password: 'secret' } }), /secret|password/);
    assert.match(refusal({ maxSize: ['secret'] }), /got a list$/);
    assert.match(refusal({ maxSize: () => 'secret' }), /got a function$/);
  });
});
