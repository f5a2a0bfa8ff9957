/** The cache of prepared statements, tested without a server: what is kept, for how long, and what is closed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command, MysqlConnection } from '#internal/mysql/driver.js';
import {
  isPreparation,
  keepStatements,
  mostPrepared,
  prepareAgain,
  StatementCache,
} from '#internal/mysql/statement-cache.js';

/** @param most how many statements the cache keeps */
function scene(most = 3) {
  const bound: { to: string | undefined } = { to: '' };
  const cache = new StatementCache(most, () => bound.to);
  const closed: unknown[] = [];
  const statement = (id: unknown) => ({ id, close: () => closed.push(id) });
  const put = (...keys: string[]): void => {
    for (const key of keys) cache.set(key, statement(key));
  };
  const found = (key: string): unknown => cache.get(key)?.id;
  return { bound, cache, closed, found, put, statement };
}

describe('how many prepared statements a connection keeps', () => {
  it('is what a pool of that size alone can keep on a server, within limits', () => {
    for (const [size, most] of [
      [1, 256],
      [63, 256],
      [64, 255],
      [100, 163],
      [1_000, 16],
      [1_024, 16],
      [100_000, 16],
    ] as const) {
      assert.equal(mostPrepared(size), most, `${size}`);
    }
  });

  it('is one at least', () => {
    for (const most of [0, 1, -5]) {
      const { closed, found, put } = scene(most);
      put('a', 'b');
      assert.deepEqual([found('a'), found('b'), closed], [undefined, 'b', ['a']]);
    }
  });
});

describe('prepared statements', () => {
  it('are closed when there are too many, the one that was not used for longest first', () => {
    const { cache, closed, found, put } = scene(3);
    put('a', 'b', 'c');
    assert.deepEqual([cache.size, closed], [3, []]);
    assert.equal(found('a'), 'a');
    put('d');
    assert.deepEqual([cache.size, closed], [3, ['b']]);
    assert.deepEqual(['a', 'b', 'c', 'd'].map(found), ['a', undefined, 'c', 'd']);
    put('e', 'f');
    assert.deepEqual(closed, ['b', 'a', 'c']);
  });

  it('are found only under what they were prepared under', () => {
    const { bound, cache, found, put } = scene(9);
    put('a');
    bound.to = 'other';
    assert.equal(found('a'), undefined);
    cache.set('a', { id: 'theirs', close: () => assert.fail('it is another statement') });
    assert.equal(found('a'), 'theirs');
    bound.to = '';
    assert.equal(found('a'), 'a');
    assert.equal(cache.size, 2);
  });

  it('are not found where that is not known, but have their places, and are closed like the others', () => {
    const { bound, cache, closed, found, put } = scene(2);
    bound.to = undefined;
    put('a', 'a');
    assert.deepEqual([cache.size, found('a'), cache.delete('a'), closed], [2, undefined, false, []]);
    bound.to = '';
    assert.equal(found('a'), undefined);
    put('b', 'c');
    assert.deepEqual(closed, ['a', 'a']);
  });

  it('are closed when others take their place, and not when they are forgotten', () => {
    const { cache, closed, put, statement } = scene();
    put('a');
    cache.set('a', statement('a again'));
    assert.deepEqual([closed, cache.size], [['a'], 1]);
    for (const forget of [
      () => cache.delete('a'),
      () => cache.del('a'),
      () => cache.forget('a'),
      () => cache.clear(),
      () => cache.reset(),
    ]) {
      cache.clear();
      closed.length = 0;
      put('a');
      forget();
      assert.deepEqual([closed, cache.size], [[], 0], String(forget));
    }
  });

  it('are deleted by their text under what is so now, and forgotten by their number', () => {
    const { bound, cache, found, put } = scene(9);
    put('a', 'b');
    assert.deepEqual([cache.delete('c'), cache.delete('b'), cache.del('b')], [false, true, false]);
    bound.to = 'other';
    assert.equal(cache.delete('a'), false);
    cache.forget('b');
    assert.equal(cache.size, 1);
    cache.forget('a');
    bound.to = '';
    assert.deepEqual([cache.size, found('a')], [0, undefined]);
  });

  it('are closed by their number, the oldest first, and no more than there are', () => {
    const { cache, closed, put } = scene(9);
    put('a', 'b', 'c');
    cache.closeOldest(0);
    assert.deepEqual(closed, []);
    cache.closeOldest(2);
    assert.deepEqual([closed, cache.size], [['a', 'b'], 1]);
    cache.closeOldest(5);
    assert.deepEqual([closed, cache.size], [['a', 'b', 'c'], 0]);
  });

  it('of a connection are as many as it is configured with', () => {
    const inside = { config: { maxPreparedStatements: 1 }, _statements: {} };
    const cache = keepStatements(inside as unknown as MysqlConnection, () => '');
    assert.equal(inside._statements, cache);
    const { closed, statement } = scene();
    cache.set('a', statement('a'));
    cache.set('b', statement('b'));
    assert.deepEqual(closed, ['a']);
  });
});

describe('a preparation that the server has no room for', () => {
  class Prepare {
    readonly query = 'SELECT ?';
    readonly options: object;
    onResult: ((error: unknown, ...answer: unknown[]) => void) | undefined;
    constructor(options: object, done?: Prepare['onResult']) {
      this.options = options;
      this.onResult = done;
    }
  }

  function preparing(kept: number) {
    const { cache, put } = scene(99);
    put(...Array.from({ length: kept }, (_, n) => `s${n}`));
    const waiting: unknown[] = ['what waits'];
    const told: unknown[][] = [];
    const command = new Prepare({ sql: 'SELECT ?' }, (...answer) => told.push(answer));
    const collect = (send: () => void): Command[] => {
      const before = cache.size;
      send();
      return Array.from({ length: before - cache.size }, (_, n) => `close ${n}` as unknown as Command);
    };
    const connection = { _commands: waiting } as unknown as MysqlConnection;
    prepareAgain(connection, cache, command as never, collect);
    return { cache, command, told, waiting };
  }

  it('is sent again before all that waits, after half of the others were closed', () => {
    for (const [kept, left] of [
      [1, 0],
      [2, 1],
      [5, 2],
    ] as const) {
      const { cache, command, told, waiting } = preparing(kept);
      command.onResult!({ errno: 1461 });
      assert.deepEqual([cache.size, told], [left, []]);
      const again = waiting.at(-2) as Prepare;
      assert.deepEqual([again.constructor, again.options], [Prepare, command.options]);
      assert.equal(waiting.at(-1), 'what waits');
      assert.equal(waiting.length, 2 + kept - left);
      // There is no third attempt.
      again.onResult!({ errno: 1461 });
      assert.deepEqual(told, [[{ errno: 1461 }]]);
    }
  });

  it('is told as it is where there is nothing to be closed, and so is any other answer', () => {
    const { command, told, waiting } = preparing(0);
    command.onResult!({ errno: 1461 });
    const other = preparing(4);
    other.command.onResult!({ errno: 1064 });
    other.command.onResult!(null, 'statement');
    assert.deepEqual([told, other.told], [[[{ errno: 1461 }]], [[{ errno: 1064 }], [null, 'statement']]]);
    assert.deepEqual([waiting.length, other.waiting.length, other.cache.size], [1, 1, 4]);
  });

  it('is of no interest when nobody is told', () => {
    const command = new Prepare({});
    prepareAgain({} as never, scene().cache, command as never, () => []);
    assert.equal(command.onResult, undefined);
  });

  it('is known by its text and its options, which a statement and a closing do not have', () => {
    const is = (command: object): boolean => isPreparation(command as Command);
    assert.equal(is(new Prepare({})), true);
    assert.equal(is({ sql: 'SELECT 1', query: 'SELECT 1', options: {} }), false);
    assert.equal(is({ query: 'SELECT 1' }), false);
    assert.equal(is({ options: {} }), false);
    assert.equal(is({ id: 4 }), false);
  });
});
