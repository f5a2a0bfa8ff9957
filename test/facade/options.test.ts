import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { it } from 'node:test';
import { connect, createConnection, createPool, type Pool, type PoolOptions } from 'node-mysqlpool/mysql2';
import {
  createConnection as createPromiseConnection,
  createPool as createPromisePool,
} from 'node-mysqlpool/mysql2/promise';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { first, poolOn, take } from './support.js';

const settings = (options: PoolOptions | string): Pool['mysqlpool']['options'] => createPool(options).mysqlpool.options;
const views = (pool: Pool): number[] => {
  const { _allConnections, _freeConnections, _connectionQueue } = pool as unknown as Record<string, { length: number }>;
  return [_allConnections!.length, _freeConnections!.length, _connectionQueue!.length];
};

it('the options of the pool of mysql2 mean what they mean there', () => {
  const { maxSize, maxIdle, idleTimeout, maxWaiters, reset, acquireTimeout } = settings({});
  assert.deepEqual([maxSize, maxIdle, idleTimeout, maxWaiters], [10, 10, 60_000, Infinity]);
  assert.deepEqual([reset, acquireTimeout], ['auto', 30_000]);
  assert.equal(settings({ connectionLimit: 3 }).maxSize, 3);
  assert.equal(settings({ connectionLimit: '3' as never }).maxSize, 3);
  assert.equal(settings({ connectionLimit: 0 }).maxSize, Infinity);
  assert.equal(settings({ connectionLimit: 0 }).maxIdle, Infinity);
  assert.equal(settings({ connectionLimit: Number.NaN }).maxSize, 10);
  assert.equal(settings({ connectionLimit: 3, maxIdle: 2 }).maxIdle, 2);
  assert.equal(settings({ connectionLimit: 3, maxIdle: 20 }).maxIdle, 3);
  assert.equal(settings({ idleTimeout: 5_000 }).idleTimeout, 5_000);
  assert.equal(settings({ resetOnRelease: true }).reset, 'session');
  assert.equal(settings({ resetOnRelease: false }).reset, 'none');
  assert.equal(settings({ resetOnRelease: true, reset: 'rollback' }).reset, 'rollback');
});

it('a limit that is no number is told, and not taken for one', async () => {
  const told: string[] = [];
  // Warnings are emitted a tick later: those of the test before are over.
  await new Promise((resolve) => setImmediate(resolve));
  const hear = (warning: Error & { code?: string }): void => void told.push(`${warning.code} ${warning.message}`);
  process.on('warning', hear);
  const wrong = { connectionLimit: 'abc', maxIdle: {}, idleTimeout: Number.NaN, queueLimit: Symbol('q') } as never;
  const { maxSize, maxIdle, idleTimeout, maxWaiters } = settings(wrong);
  assert.deepEqual([maxSize, maxIdle, idleTimeout, maxWaiters], [10, 10, 60_000, Infinity]);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', hear);
  assert.deepEqual(
    told,
    [
      ['connectionLimit', '"abc"'],
      ['maxIdle', 'an object'],
      ['idleTimeout', 'NaN'],
      ['queueLimit', 'a symbol'],
    ].map(
      ([option, got]) =>
        `MYSQLPOOL_NOT_A_NUMBER createPool: option "${option}": expected a number, got ${got}; its default is used`,
    ),
  );
});

it('our options stand beside them', () => {
  const ours = { minIdle: 1, maxLifetime: 5, ping: 'always', reset: 'none', name: 'shop', acquireTimeout: 7 } as const;
  const options = settings({ ...ours, connectionLimit: 4 });
  assert.deepEqual({ ...options, ...ours }, options);
  assert.equal(settings({ maxSize: 4 }).maxSize, 4);
  assert.equal(settings({ maxSize: 4, connectionLimit: 4 }).maxSize, 4);
  assert.throws(() => createPool({ maxSize: 4, connectionLimit: 5 }), {
    code: 'POOL_OPTION',
    option: 'connectionLimit',
  });
  assert.throws(() => createPool({ acquireTimeout: -1 }), /option "acquireTimeout": expected milliseconds/);
  assert.throws(() => createPool(undefined as never), /expected a URL or an object of options, got undefined/);
});

it('an option that is undefined is none', () => {
  const names = [
    'connectionLimit',
    'maxIdle',
    'queueLimit',
    'acquireTimeout',
    'host',
    'port',
    'ssl',
    'reset',
    'maxSize',
  ];
  const pool = createPool(Object.fromEntries(names.map((name) => [name, undefined])));
  assert.deepEqual({ ...pool.mysqlpool.options, name: '' }, { ...settings({}), name: '' });
  assert.equal(connectionConfig(pool)['host'], 'localhost');
});

it('a misspelt name in the ssl of a connection without a pool is refused before anything is dialled', async () => {
  const ssl = { rejectUnauthorised: true } as object;
  const text = /unknown option "ssl\.rejectUnauthorised" \(did you mean "rejectUnauthorized"\?\)/;
  const url = 'mysql://me@127.0.0.1:1/x?ssl={"verifyIdentiti":true}';
  for (const create of [createConnection, connect]) {
    assert.throws(() => create({ host: '127.0.0.1', port: 1, ssl }), { code: 'POOL_OPTION', message: text });
    assert.throws(() => create(url), { code: 'POOL_OPTION', option: 'ssl.verifyIdentiti' });
    assert.throws(() => create({ uri: url }), { code: 'POOL_OPTION', option: 'ssl.verifyIdentiti' });
  }
  await assert.rejects(createPromiseConnection({ host: '127.0.0.1', port: 1, ssl }), { message: text });
});

it('a URL carries options too, and options win over it', () => {
  const url = 'mysql://me:s%40cret@db:3307/shop?connectionLimit=3&acquireTimeout=9&charset=latin1';
  const pool = createPool(url);
  assert.deepEqual([pool.config.connectionLimit, pool.mysqlpool.options.acquireTimeout], [3, 9]);
  const { host, port, user, password, database } = connectionConfig(pool);
  assert.deepEqual([host, port, user, password, database], ['db', 3307, 'me', 's@cret', 'shop']);
  const other = createPool({ uri: url, connectionLimit: 4, database: 'stock' });
  assert.deepEqual([other.config.connectionLimit, connectionConfig(other)['database']], [4, 'stock']);
  assert.equal(createPromisePool(url).pool.config.connectionLimit, 3);
});

it('what nobody knows is ignored with a warning, and mysql2 never hears of our options', async (t) => {
  const said: unknown[] = [];
  t.mock.method(console, 'error', (...text: unknown[]) => said.push(text));
  const warnings: Error[] = [];
  const listener = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', listener);
  t.after(() => process.off('warning', listener));
  createPool({ acquireTimout: 5, minIdle: 0, leakThreshold: 0, gracefulEnd: true, name: 'shop' } as PoolOptions);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['shop: unknown option "acquireTimout" is ignored (did you mean "acquireTimeout"?)'],
  );
  assert.doesNotMatch(said.join('\n'), /Ignoring invalid configuration/);
});

it('a password is used and not shown, also one that is hidden', () => {
  const hidden = Object.defineProperty({ user: 'me' }, 'password', { value: 'se-cret', enumerable: false });
  for (const pool of [createPool(hidden), createPool({ password: 'se-cret' }), createPool('mysql://me:se-cret@db/x')]) {
    assert.equal(connectionConfig(pool)['password'], 'se-cret');
    assert.doesNotMatch(inspect(pool, { depth: 9 }), /se-cret/);
    assert.doesNotMatch(inspect(pool.promise(), { depth: 9 }), /se-cret/);
  }
});

eachServer('the configuration of the running pool', (_kind, getServer) => {
  it('can be changed: more room serves those who wait', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 1 });
    const one = await take(pool);
    const waiting = take(pool);
    assert.deepEqual(views(pool), [1, 0, 1]);
    pool.config.connectionLimit = 2;
    const two = await waiting;
    assert.deepEqual(views(pool), [2, 0, 0]);
    pool.config.connectionLimit = 1;
    assert.equal(pool.mysqlpool.options.maxIdle, 1);
    one.release();
    two.release();
    await until(() => views(pool)[0] === 1);
    assert.deepEqual(views(pool), [1, 1, 0]);
    pool.config.connectionLimit = 0;
    pool.config.maxIdle = 3;
    pool.config.idleTimeout = 1_000;
    pool.config.resetOnRelease = true;
    const { maxSize, maxIdle, idleTimeout, reset } = pool.mysqlpool.options;
    assert.deepEqual([maxSize, maxIdle, idleTimeout, reset], [Infinity, 3, 1_000, 'session']);
    const { connectionLimit, resetOnRelease, waitForConnections, queueLimit } = pool.config;
    assert.deepEqual([connectionLimit, resetOnRelease, waitForConnections, queueLimit], [0, true, true, 0]);
  });

  it('may ask for the password, and set connections up', async (t) => {
    const server = await getServer();
    let asked = 0;
    const { user, password, host, port } = server;
    const pool = createPool({
      ...{ user, host, port },
      password: () => Promise.resolve((asked++, password)),
      onConnect: (connection) => connection.promise().query("SET @first = 'hook'"),
    });
    t.after(() => pool.mysqlpool.close());
    pool.on('connection', (connection) => connection.query("SET @second = CONCAT(@first, ', listener')"));
    assert.equal((await first(pool, 'SELECT @second AS second'))['second'], 'hook, listener');
    assert.equal(asked, 1);
  });

  it('shows no password of a connection, whose copies have it', async (t) => {
    const server = await getServer();
    const { config } = await take(poolOn(t, server));
    assert.doesNotMatch(inspect([config, { config }], { depth: 9 }), new RegExp(server.password));
    assert.match(inspect(config), /user/);
    assert.doesNotMatch(JSON.stringify({ config }), new RegExp(server.password));
    assert.equal({ ...config }.password, server.password);
  });

  it('is not shared by connections', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 2 });
    const [one, two] = [await take(pool), await take(pool)];
    assert.notEqual(one.config, two.config);
    await first(one, 'SELECT 1');
    await new Promise((resolve) => one.query('SET NAMES latin1', resolve));
    const numberOf = (of: unknown): unknown => (of as { charsetNumber: unknown }).charsetNumber;
    assert.notEqual(numberOf(one.config), numberOf(two.config));
    one.release();
    two.release();
    const again = await take(pool);
    assert.equal(numberOf(again.config), numberOf(two.config));
    again.release();
  });

  it('shows what monitors read', async (t) => {
    const pool = poolOn(t, await getServer(), { connectionLimit: 2 });
    const held = [await take(pool), await take(pool)];
    const waiting = [take(pool), take(pool), take(pool)];
    assert.deepEqual(views(pool), [2, 0, 3]);
    const { _allConnections, _freeConnections } = pool as unknown as Record<
      string,
      { toArray(): unknown[]; get(index: number): unknown }
    >;
    assert.deepEqual(new Set(_allConnections!.toArray()), new Set(held));
    for (const connection of held) connection.release();
    for (const connection of await Promise.all(waiting.slice(0, 2))) connection.release();
    (await waiting[2]!).release();
    assert.deepEqual(views(pool), [2, 2, 0]);
    assert.ok(held.includes(_freeConnections!.get(0) as never));
  });
});

function connectionConfig(pool: Pool): Record<string, unknown> {
  return (pool.config as unknown as { readonly connectionConfig: Record<string, unknown> }).connectionConfig;
}
