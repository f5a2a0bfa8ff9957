import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BACKENDS, SettingsError } from 'node-mysqlpool/settings';
import { resolveOptions } from 'node-mysqlpool/pool';
import { poolOf, use } from './support/settings.js';

// What comes in, and what of our options it makes.
const MEANINGS: readonly (readonly [backend: string | undefined, args: object | undefined, options: object])[] = [
  [
    undefined,
    undefined,
    { maxSize: 15, maxIdle: 5, acquireTimeout: 30_000, order: 'fifo', reset: 'auto', maxLifetime: 1_800_000 },
  ],
  ['QueuePool', {}, { maxSize: 15, maxIdle: 5, ping: { idleFor: 500 } }],
  ['QueuePool', { pool_size: 3, max_overflow: 4 }, { maxSize: 7, maxIdle: 3 }],
  ['QueuePool', { pool_size: 3, max_overflow: 0 }, { maxSize: 3, maxIdle: 3 }],
  ['QueuePool', { pool_size: 3, max_overflow: -1 }, { maxSize: Infinity, maxIdle: 3 }],
  ['QueuePool', { pool_size: 0 }, { maxSize: Infinity, maxIdle: Infinity }],
  ['QueuePool', { pool_size: 0, max_overflow: 3 }, { maxSize: Infinity, maxIdle: Infinity }],
  ['QueuePool', { timeout: 2.5 }, { acquireTimeout: 2_500 }],
  ['QueuePool', { timeout: 0 }, { acquireTimeout: 0 }],
  ['QueuePool', { timeout: null }, { acquireTimeout: Infinity }],
  ['QueuePool', { use_lifo: true }, { order: 'lifo' }],
  ['QueuePool', { use_lifo: false }, { order: 'fifo' }],
  ['QueuePool', { recycle: 119 }, { maxLifetime: 119_000 }],
  ['QueuePool', { recycle: -1 }, { maxLifetime: 0 }],
  ['QueuePool', { recycle: 0 }, { maxIdle: 0, maxLifetime: 1_800_000 }],
  ['QueuePool', { pre_ping: true }, { ping: 'always' }],
  ['QueuePool', { pre_ping: false }, { ping: 'never' }],
  ['QueuePool', { reset_on_return: 'rollback' }, { reset: 'rollback' }],
  ['QueuePool', { reset_on_return: true }, { reset: 'rollback' }],
  ['QueuePool', { reset_on_return: 'commit' }, { reset: 'commit' }],
  ['QueuePool', { reset_on_return: 'none' }, { reset: 'none' }],
  ['QueuePool', { reset_on_return: null }, { reset: 'none' }],
  ['QueuePool', { reset_on_return: false }, { reset: 'none' }],
  ['QueuePool', { logging_name: 'shop' }, { name: 'shop.default' }],
  ['QueuePool', { logging_name: null }, { name: 'default' }],
  ['NullPool', { recycle: 60 }, { maxSize: Infinity, maxIdle: 0, maxLifetime: 60_000 }],
  ['StaticPool', {}, { maxSize: 1 }],
  ['AssertionPool', { store_traceback: false }, { maxSize: 1 }],
  ['SingletonThreadPool', {}, { maxSize: Infinity, maxIdle: 5 }],
  ['SingletonThreadPool', { pool_size: 2 }, { maxSize: Infinity, maxIdle: 2 }],
];

const REFUSALS: readonly (readonly [backend: unknown, args: unknown, message: string])[] = [
  [
    'QueuePol',
    {},
    'MYSQLPOOL_BACKEND: expected "QueuePool", "NullPool", "StaticPool", "AssertionPool" or "SingletonThreadPool", got "QueuePol" (did you mean "QueuePool"?)',
  ],
  [
    7,
    {},
    'MYSQLPOOL_BACKEND: expected "QueuePool", "NullPool", "StaticPool", "AssertionPool" or "SingletonThreadPool", got 7',
  ],
  [
    'QueuePool',
    { pool_sise: 1 },
    'MYSQLPOOL_ARGUMENTS.pool_sise: QueuePool has no such argument (did you mean "pool_size"?)',
  ],
  [
    'QueuePool',
    { fleet: true },
    'MYSQLPOOL_ARGUMENTS.fleet: QueuePool does not take it here: all processes of an account are one, see MYSQLPOOL_FLEET',
  ],
  [
    'QueuePool',
    { pool_recycle: 1 },
    'MYSQLPOOL_ARGUMENTS.pool_recycle: QueuePool has no such argument (did you mean "recycle"?)',
  ],
  ...(
    [
      ['QueuePool', 'maxSize', ': here maxSize is pool_size + max_overflow'],
      ['QueuePool', 'max_size', ': here maxSize is pool_size + max_overflow'],
      ['QueuePool', 'connectionLimit', ': here maxSize is pool_size + max_overflow'],
      ['SingletonThreadPool', 'maxSize', ': here maxSize is pool_size'],
      ['NullPool', 'maxSize', ': it has nothing like maxSize, which createPool takes'],
      ['QueuePool', 'acquireTimeout', ': here acquireTimeout is timeout, in seconds'],
      ['QueuePool', 'maxLifetime', ': here maxLifetime is recycle, in seconds'],
      ['QueuePool', 'ping', ': here ping is pre_ping'],
      ['QueuePool', 'minIdle', ': it has nothing like minIdle, which createPool takes'],
      ['QueuePool', 'nonsense', ''],
    ] as const
  ).map(([backend, name, hint]): readonly [backend: unknown, args: unknown, message: string] => [
    backend,
    { [name]: 1 },
    `MYSQLPOOL_ARGUMENTS.${name}: ${backend} has no such argument${hint}`,
  ]),
  [
    'NullPool',
    { pool_size: 1 },
    'MYSQLPOOL_ARGUMENTS.pool_size: NullPool does not take this argument, only QueuePool and SingletonThreadPool',
  ],
  ['StaticPool', { timeout: 1 }, 'MYSQLPOOL_ARGUMENTS.timeout: StaticPool does not take this argument, only QueuePool'],
  [
    'QueuePool',
    { store_traceback: true },
    'MYSQLPOOL_ARGUMENTS.store_traceback: QueuePool does not take this argument, only AssertionPool',
  ],
  [
    'QueuePool',
    { poolclass: 'NullPool' },
    'MYSQLPOOL_ARGUMENTS.poolclass: QueuePool does not take it here: the class is set by MYSQLPOOL_BACKEND',
  ],
  [
    'QueuePool',
    { creator: () => 1 },
    'MYSQLPOOL_ARGUMENTS.creator: QueuePool does not take it here: connections are made by mysql2; see DATABASES',
  ],
  ['QueuePool', { pool_size: -2 }, 'MYSQLPOOL_ARGUMENTS.pool_size: expected a whole number from 0 up, got -2'],
  ['QueuePool', { pool_size: 1.5 }, 'MYSQLPOOL_ARGUMENTS.pool_size: expected a whole number from 0 up, got 1.5'],
  ['QueuePool', { pool_size: '5' }, 'MYSQLPOOL_ARGUMENTS.pool_size: expected a whole number from 0 up, got "5"'],
  [
    'QueuePool',
    { max_overflow: -5 },
    'MYSQLPOOL_ARGUMENTS.max_overflow: expected a whole number from 0 up, or -1, got -5',
  ],
  ['QueuePool', { timeout: -1 }, 'MYSQLPOOL_ARGUMENTS.timeout: expected seconds from 0 up, or null, got -1'],
  [
    'QueuePool',
    { timeout: Infinity },
    'MYSQLPOOL_ARGUMENTS.timeout: expected seconds from 0 up, or null, got Infinity',
  ],
  ['QueuePool', { recycle: -2 }, 'MYSQLPOOL_ARGUMENTS.recycle: expected seconds from 0 up, or -1, got -2'],
  ['QueuePool', { recycle: null }, 'MYSQLPOOL_ARGUMENTS.recycle: expected seconds from 0 up, or -1, got null'],
  ['QueuePool', { use_lifo: 1 }, 'MYSQLPOOL_ARGUMENTS.use_lifo: expected true or false, got 1'],
  ['QueuePool', { use_threadlocal: 'yes' }, 'MYSQLPOOL_ARGUMENTS.use_threadlocal: expected true or false, got "yes"'],
  ['QueuePool', { pre_ping: null }, 'MYSQLPOOL_ARGUMENTS.pre_ping: expected true or false, got null'],
  [
    'QueuePool',
    { reset_on_return: 'xyz' },
    'MYSQLPOOL_ARGUMENTS.reset_on_return: expected "rollback", "commit", "none", true, false or null, got "xyz"',
  ],
  ['QueuePool', { echo: 'loud' }, 'MYSQLPOOL_ARGUMENTS.echo: expected true, false or "debug", got "loud"'],
  ['QueuePool', { logging_name: 5 }, 'MYSQLPOOL_ARGUMENTS.logging_name: expected a text, got 5'],
  ['QueuePool', [], 'MYSQLPOOL_ARGUMENTS: expected an object, got a list'],
  [
    'QueuePool',
    { events: [[() => 1, 'chekout']] },
    'MYSQLPOOL_ARGUMENTS.events[0]: unknown event "chekout" (did you mean "checkout"?)',
  ],
  [
    'QueuePool',
    { events: [[() => 1, 'soft_invalidate']] },
    'MYSQLPOOL_ARGUMENTS.events[0]: the engine has no such event; "close" comes when the connection is closed',
  ],
  [
    'QueuePool',
    { events: [['connect', () => 1]] },
    'MYSQLPOOL_ARGUMENTS.events[0]: expected a pair of a function and the name of an event, got a list',
  ],
  ['QueuePool', { events: [[1, 'connect']] }, 'MYSQLPOOL_ARGUMENTS.events[0]: expected a function, got 1'],
  ['QueuePool', { events: {} }, 'MYSQLPOOL_ARGUMENTS.events: expected a list, got an object'],
  [
    'QueuePool',
    { listeners: [{ connect: 1 }] },
    'MYSQLPOOL_ARGUMENTS.listeners[0].connect: expected a function, got 1',
  ],
  [
    'QueuePool',
    { listeners: [{ conect: () => 1 }] },
    'MYSQLPOOL_ARGUMENTS.listeners[0].conect: unknown event "conect" (did you mean "connect"?)',
  ],
  [
    'QueuePool',
    { listeners: [{}] },
    'MYSQLPOOL_ARGUMENTS.listeners[0]: expected methods named after events: connect, first_connect, checkout, checkin, reset, close, invalidate, detach',
  ],
];

describe('MYSQLPOOL_ARGUMENTS', () => {
  for (const [backend, args, options] of MEANINGS) {
    it(`${backend ?? 'nothing'} with ${JSON.stringify(args)} means ${JSON.stringify(options)}`, (t) => {
      const resolved: object = poolOf(t, backend, args).options;
      assert.deepEqual({ ...resolved, ...options }, resolved);
    });
  }

  for (const [backend, args, message] of REFUSALS) {
    it(`refuses: ${message}`, (t) => {
      assert.throws(
        () => poolOf(t, backend, args),
        (error: SettingsError) => {
          assert.ok(error instanceof SettingsError);
          assert.equal(error.message, message);
          assert.equal(error.code, 'SETTINGS_INVALID');
          assert.ok(message.startsWith(`${error.setting}: `));
          return true;
        },
      );
    });
  }

  it('has every backend make a pool of its class', (t) => {
    for (const backend of BACKENDS) assert.equal(poolOf(t, backend, {}).poolClass, backend);
  });

  it('leaves what it does not set at our defaults', (t) => {
    const { maxLifetime, idleTimeout, keepaliveInterval, connectTimeout, minIdle } = poolOf(t, 'QueuePool', {}).options;
    const ours = resolveOptions({});
    assert.deepEqual(
      { maxLifetime, idleTimeout, keepaliveInterval, connectTimeout, minIdle },
      {
        maxLifetime: ours.maxLifetime,
        idleTimeout: ours.idleTimeout,
        keepaliveInterval: ours.keepaliveInterval,
        connectTimeout: ours.connectTimeout,
        minIdle: 0,
      },
    );
  });

  it('limits the sum with a whole number from 1 up, or null', (t) => {
    for (const value of [1, 100, null, undefined]) use(t, { DATABASES: {}, MYSQLPOOL_MAX_TOTAL: value });
    for (const value of [0, -1, 1.5, '3', true]) {
      assert.throws(() => use(t, { MYSQLPOOL_MAX_TOTAL: value }), {
        message: `MYSQLPOOL_MAX_TOTAL: expected a whole number from 1 up, or null, got ${JSON.stringify(value)}`,
      });
    }
  });
});
