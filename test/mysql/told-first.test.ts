/** A mistake in a call is told before a connection is asked for, so that it is told also when the server is down. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createPool, type MysqlPool } from 'node-mysqlpool';

/** A pool in which nothing may be opened: it is suspended, so whoever asks for a connection waits. */
function shut(t: TestContext): MysqlPool {
  const pool = createPool({ name: 'shop', host: '127.0.0.1', port: 1, acquireTimeout: 60_000 });
  t.after(() => pool.close({ timeout: 0 }));
  pool.suspend();
  return pool;
}

type Untyped = Record<string, (...args: unknown[]) => unknown>;

const rows = (pool: MysqlPool, ...args: unknown[]): Promise<unknown> =>
  (pool.stream as (...args: unknown[]) => AsyncGenerator).apply(pool, args).next();

/** Each way to run a statement in a pool. */
const WAYS: Readonly<Record<string, (pool: MysqlPool, ...args: unknown[]) => unknown>> = {
  query: (pool, ...args) => (pool as unknown as Untyped)['query']!(...args),
  execute: (pool, ...args) => (pool as unknown as Untyped)['execute']!(...args),
  stream: rows,
};

describe('without a server, a mistake is told at once', () => {
  it('in a statement, by every way to run one', async (t) => {
    const pool = shut(t);
    for (const [name, run] of Object.entries(WAYS)) {
      await assert.rejects(async () => run(pool), {
        name: 'TypeError',
        message: `${name}: expected SQL as a text or { sql }, got undefined`,
      });
      await assert.rejects(async () => run(pool, { sql: 5 }), /got an object with sql: a number$/);
      await assert.rejects(async () => run(pool, 'SELECT 1', () => 1), /expected values, got a function/);
      await assert.rejects(async () => run(pool, 'SELECT 1', [], 'secret'), /after the values, got a text$/);
      await assert.rejects(async () => run(pool, 'SELECT 1', [], { timeout: '5' }), {
        code: 'POOL_OPTION',
        message: 'shop: option "timeout": expected milliseconds above 0, got "5"',
      });
      await assert.rejects(
        async () => run(pool, 'SELECT 1', [], { signal: {} }),
        /expected an AbortSignal, got an object$/,
      );
      await assert.rejects(
        async () => run(pool, 'SELECT 1', [], { label: 5 }),
        /option "label": expected a text, got 5$/,
      );
    }
    await assert.rejects(rows(pool, 'SELECT 1', [], { highWaterMark: 'many' }), {
      code: 'POOL_OPTION',
      message: 'shop: option "highWaterMark": expected a whole number from 0 up, got "many"',
    });
    const unbound = { name: 'TypeError', message: /^Bind parameters must not contain undefined/ };
    await assert.rejects(pool.execute('SELECT ?', [undefined] as never), unbound);
    await assert.rejects(pool.execute({ sql: 'SELECT ?', values: [undefined] }), unbound);
    assert.equal(pool.stats().waiters, 0);
  });

  it('in the options of a transaction', async (t) => {
    const pool = shut(t);
    const begin = (options: object): Promise<unknown> => pool.transaction(() => 1, options);
    await assert.rejects(begin({ isolation: 'serialisable' }), {
      code: 'POOL_OPTION',
      message: /got "serialisable" \(did you mean "serializable"\?\)$/,
    });
    await assert.rejects(begin({ retry: -1 }), /option "retry": expected a whole number from 0 up, got -1$/);
    await assert.rejects(begin({ retries: 3 }), {
      code: 'POOL_OPTION',
      message: 'shop: unknown option "retries" (did you mean "retry"?)',
    });
    await assert.rejects(begin({ timeout: 0 }), /option "timeout": expected milliseconds above 0, got 0$/);
    await assert.rejects(begin({ labl: 'x' }), /unknown option "labl"/);
    assert.equal(pool.stats().waiters, 0);
  });
});

describe('a method that is called without its object', () => {
  it('says so, and how to call it', async (t) => {
    const pool = shut(t);
    for (const name of ['query', 'execute', 'transaction', 'acquire', 'use']) {
      const method = (pool as unknown as Untyped)[name]!;
      const how = `call pool.${name}(…), or pass on pool.${name}.bind(pool)`;
      await assert.rejects(async () => method('SELECT 1'), {
        name: 'TypeError',
        message: `${name} was called without its pool: ${how}`,
      });
      await assert.rejects(async () => method.call({}, 'SELECT 1'), {
        message: `${name} was called on an object that is no pool: ${how}`,
      });
    }
    const stream = (pool as unknown as Untyped)['stream'] as (sql: string) => AsyncGenerator;
    await assert.rejects(async () => stream('SELECT 1').next(), /^TypeError: stream was called without its pool: /);
  });
});
