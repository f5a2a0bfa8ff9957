import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { configure, connections } from 'node-mysqlpool/settings';
import { gatewayIn, gatewayVariable } from '#internal/settings/gateway-variables.js';
import { parseJson } from '#internal/settings/json-text.js';
import { findSettings } from '#internal/settings/sources.js';
import { clean, fileWith } from './support/settings.js';

/** What is found, of a call, an environment and a file. */
function found(t: TestContext, given: unknown, env: Record<string, string>, file?: object | string) {
  const text = typeof file === 'string' ? file : JSON.stringify(file ?? {});
  return findSettings(given, env, dirname(fileWith(t, 'mysqlpool.config.json', text)));
}

describe('where settings come from', () => {
  const ALL = {
    DATABASES: { default: { NAME: 'file' }, other: { NAME: 'file' }, third: { NAME: 'file' } },
    MYSQLPOOL_BACKEND: 'NullPool',
    MYSQLPOOL_ARGUMENTS: { recycle: 1 },
    MYSQLPOOL_MAX_TOTAL: 1,
  };
  const ENV = {
    MYSQLPOOL_DATABASES: '{"default":{"NAME":"env"},"other":{"NAME":"env"}}',
    MYSQLPOOL_BACKEND: 'StaticPool',
    MYSQLPOOL_ARGUMENTS: '{"recycle":2}',
    MYSQLPOOL_MAX_TOTAL: '2',
    MYSQLPOOL_FLEET: '{"floor": 1}',
  };

  it('a call wins over the environment, and that over the file; databases alias by alias', (t) => {
    const { databases, ...others } = found(
      t,
      { DATABASES: { default: { NAME: 'call' } }, MYSQLPOOL_MAX_TOTAL: 3 },
      ENV,
      ALL,
    );
    assert.deepEqual(
      [...databases].map(([alias, { path, value }]) => [alias, path, (value as { NAME: string }).NAME]),
      [
        ['default', 'DATABASES.default', 'call'],
        ['other', 'MYSQLPOOL_DATABASES.other', 'env'],
        ['third', 'file mysqlpool.config.json: DATABASES.third', 'file'],
      ],
    );
    assert.deepEqual(others, {
      backend: { path: 'MYSQLPOOL_BACKEND', value: 'StaticPool' },
      arguments: { path: 'MYSQLPOOL_ARGUMENTS', value: { recycle: 2 } },
      maxTotal: { path: 'MYSQLPOOL_MAX_TOTAL', value: 3 },
      fleet: { path: 'MYSQLPOOL_FLEET', value: { floor: 1 } },
      gateway: new Map(),
    });
  });

  it('options of the gateway are taken one by one, from the environment, then from the file', (t) => {
    const file = { gateway: { server: 'mysql://file', maxSize: 1, tls: { key: 'key.pem' } } };
    const env = {
      MYSQLPOOL_GATEWAY_SERVER: 'mysql://env',
      MYSQLPOOL_GATEWAY_MAX_TOTAL: 'Infinity',
      MYSQLPOOL_GATEWAY_PING: '{"idleFor":1}',
      MYSQLPOOL_GATEWAY_MODE: '',
      // What systems make up for a service of that name.
      MYSQLPOOL_GATEWAY_PORT_3307_TCP: 'tcp://192.0.2.1:3307',
    };
    assert.deepEqual(
      found(t, undefined, env, file).gateway,
      new Map<string, object>([
        ['server', { path: 'MYSQLPOOL_GATEWAY_SERVER', value: 'mysql://env' }],
        ['maxTotal', { path: 'MYSQLPOOL_GATEWAY_MAX_TOTAL', value: Infinity }],
        ['ping', { path: 'MYSQLPOOL_GATEWAY_PING', value: { idleFor: 1 } }],
        ['maxSize', { path: 'file mysqlpool.config.json: gateway.maxSize', value: 1 }],
        ['tls', { path: 'file mysqlpool.config.json: gateway.tls', value: { key: 'key.pem' } }],
      ]),
    );
    assert.throws(() => found(t, undefined, {}, { gateway: 3307 }), {
      message: 'file mysqlpool.config.json: gateway: expected an object, got 3307',
    });
    assert.throws(() => found(t, { gateway: {} }, {}), {
      message: 'gateway: it belongs in the file, for the command mysqlpool gateway; in code it is startGateway()',
    });
  });

  it('variables of the gateway have the names of its options', () => {
    for (const option of ['server', 'maxSize', 'transactionIdleTimeout']) {
      const [name] = gatewayIn({ [gatewayVariable(option)]: 'x' }).keys();
      assert.equal(name, option);
    }
    assert.equal(gatewayVariable('maxSize'), 'MYSQLPOOL_GATEWAY_MAX_SIZE');
  });

  it('the file alone is enough, and so is nothing', (t) => {
    const fromFile = found(t, undefined, {}, { $schema: 'x', ...ALL });
    assert.deepEqual(fromFile.backend.value, 'NullPool');
    assert.deepEqual([...fromFile.databases.keys()], ['default', 'other', 'third']);
    const nothing = findSettings(undefined, {}, '/');
    assert.equal(nothing.databases.size, 0);
    assert.equal(nothing.maxTotal.value, undefined);
  });

  it('an empty variable is none', (t) => {
    const names = [
      'MYSQLPOOL_DATABASES',
      'MYSQLPOOL_BACKEND',
      'MYSQLPOOL_ARGUMENTS',
      'MYSQLPOOL_MAX_TOTAL',
      'MYSQLPOOL_FLEET',
      'MYSQLPOOL_CONFIG',
      'DATABASE_URL',
    ];
    const env = Object.fromEntries(names.map((name) => [name, '']));
    assert.equal(found(t, undefined, env, ALL).backend.value, 'NullPool');
  });

  it('DATABASE_URL is the default database, before the file and after all else', (t) => {
    const url = 'mysql://app@db/shop';
    const pathOf = (given: unknown, env: Record<string, string>, file?: object) =>
      found(t, given, { DATABASE_URL: url, ...env }, file).databases.get('default')?.path;
    assert.equal(pathOf(undefined, {}), 'DATABASE_URL');
    assert.equal(pathOf(undefined, {}, ALL), 'DATABASE_URL');
    assert.equal(pathOf(undefined, ENV, ALL), 'MYSQLPOOL_DATABASES.default');
    assert.equal(pathOf({ DATABASES: { default: {} } }, {}), 'DATABASES.default');
    assert.equal(pathOf({ DATABASES: { replica: {} } }, {}), 'DATABASE_URL');
  });

  it('a DATABASE_URL of another kind is left alone, unless there is nothing else', (t) => {
    const env = { DATABASE_URL: 'postgres://app:secret@db/shop' };
    assert.deepEqual([...found(t, { DATABASES: { replica: {} } }, env).databases.keys()], ['replica']);
    clean(t, env);
    assert.throws(() => configure(), { message: /^DATABASE_URL: the URL begins with "postgres:"; expected mysql:/ });
  });

  it('MYSQLPOOL_CONFIG names another file', (t) => {
    const path = fileWith(t, 'pools.json', JSON.stringify(ALL));
    assert.equal(
      findSettings(undefined, { MYSQLPOOL_CONFIG: path }, '/').backend.path,
      `file ${path}: MYSQLPOOL_BACKEND`,
    );
    const fails = () => findSettings(undefined, { MYSQLPOOL_CONFIG: 'no-such.json' }, '/');
    assert.throws(fails, { message: 'MYSQLPOOL_CONFIG: the file "/no-such.json" cannot be read (ENOENT)' });
  });

  it('a byte order mark in the file does no harm', (t) => {
    assert.equal(found(t, undefined, {}, `\uFEFF${JSON.stringify(ALL)}`).backend.value, 'NullPool');
  });

  it('an unknown setting is refused, wherever it stands', (t) => {
    const message = 'unknown setting (did you mean "MYSQLPOOL_ARGUMENTS"?)';
    const bad = { MYSQLPOOL_ARGUMENT: {} };
    assert.throws(() => found(t, bad, {}), { message: `MYSQLPOOL_ARGUMENT: ${message}` });
    assert.throws(() => found(t, undefined, {}, bad), {
      message: `file mysqlpool.config.json: MYSQLPOOL_ARGUMENT: ${message}`,
    });
    for (const [name, hint] of [
      ['maxSize', ': it belongs in MYSQLPOOL_ARGUMENTS, where it is pool_size + max_overflow'],
      ['pool_size', ': it belongs in MYSQLPOOL_ARGUMENTS'],
      ['HOST', ': it belongs in DATABASES.default'],
      ['nonsense', ''],
    ] as const)
      assert.throws(() => found(t, { [name]: 1 }, {}), { message: `${name}: unknown setting${hint}` });
    assert.throws(() => found(t, 'x', {}), { message: 'configure: expected an object, got "x"' });
    assert.throws(() => found(t, undefined, {}, '[]'), {
      message: 'file mysqlpool.config.json: expected an object, got a list',
    });
    assert.throws(() => found(t, { DATABASES: [] }, {}), { message: 'DATABASES: expected an object, got a list' });
  });

  it('a message names the file or variable that a wrong value came from', (t) => {
    const path = fileWith(t, 'pools.json', '{"DATABASES": {"default": {"PORT": "x"}}}');
    clean(t, { MYSQLPOOL_CONFIG: path });
    assert.throws(() => configure(), {
      message: `file ${path}: DATABASES.default.PORT: expected a port from 1 to 65535, or "", got "x"`,
    });
    clean(t, { MYSQLPOOL_MAX_TOTAL: 'many' });
    assert.throws(() => configure({}), {
      message: 'MYSQLPOOL_MAX_TOTAL: expected a whole number from 1 up, or null, got "many"',
    });
    clean(t, { MYSQLPOOL_ARGUMENTS: '{"pool_sise":1}' });
    assert.throws(() => configure({}), { message: /^MYSQLPOOL_ARGUMENTS\.pool_sise: QueuePool has no such argument/ });
  });

  it('the environment alone makes a pool', (t) => {
    clean(t, { DATABASE_URL: 'mysql://app@127.0.0.1/shop', MYSQLPOOL_ARGUMENTS: '{"pool_size":2,"max_overflow":1}' });
    configure();
    assert.equal(connections.default.options.maxSize, 3);
  });
});

describe('JSON that is none', () => {
  const CASES: readonly (readonly [text: string, place: string, message: string])[] = [
    ['', '1:1', 'it ends too early, expected a value'],
    ['{', '1:2', 'it ends too early, expected a name in double quotes, or "}"'],
    ['{"a": 1,}', '1:9', 'expected a name in double quotes (and no comma before "}")'],
    ['{"a" 1}', '1:6', 'expected ":"'],
    ['{\n  "a": 1\n  "b": 2\n}', '3:3', 'expected "," or "}"'],
    ['{"a": [1, 2,]}', '1:13', 'expected a value (and no comma before "]")'],
    ['[1 2]', '1:4', 'expected "," or "]"'],
    ['{a: 1}', '1:2', 'expected a name in double quotes, or "}"'],
    ["{'a': 1}", '1:2', 'expected a name in double quotes, or "}"'],
    ['{"a": secret}', '1:7', 'expected a value'],
    ['{"a": "secret}', '1:7', 'this text does not end, or has a character in it that must be escaped'],
    ['{"a": "sec\nret"}', '1:7', 'this text does not end, or has a character in it that must be escaped'],
    ['{} {}', '1:4', 'expected nothing more'],
    ['{"a": 01}', '1:8', 'expected "," or "}"'],
    ['// no comments\n{}', '1:1', 'expected a value'],
    ['{"a": [{"b": tru}]}', '1:14', 'expected a value'],
  ];

  for (const [text, place, message] of CASES) {
    it(`${JSON.stringify(text)}: ${message}`, () => {
      assert.throws(() => parseJson('pools.json', text), {
        message: `pools.json:${place}: not valid JSON: ${message}`,
      });
    });
  }

  it('is told apart from JSON that is', () => {
    for (const value of [{}, [], 'x', -1.5e3, null, { a: [1, { b: '"\\' }, true] }]) {
      assert.deepEqual(parseJson('x', JSON.stringify(value, null, 2)), value);
    }
  });

  it('is refused with the name of the file or variable, and shows nothing of it', (t) => {
    assert.throws(() => found(t, undefined, {}, '{"DATABASES": {"default": {"PASSWORD": hunter2}}}'), {
      message: 'mysqlpool.config.json:1:40: not valid JSON: expected a value',
    });
    assert.throws(() => found(t, undefined, { MYSQLPOOL_DATABASES: '{"default": {"PASSWORD": "hunter2}' }), {
      message: /^MYSQLPOOL_DATABASES:1:26: not valid JSON: this text does not end/,
    });
  });
});
