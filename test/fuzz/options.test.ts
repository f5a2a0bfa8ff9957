import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { createPool, PoolOptionError, type MysqlPool, type MysqlPoolOptions } from 'node-mysqlpool';
import { POOL_OPTION_NAMES } from 'node-mysqlpool/pool';
import { knownOptionNames } from '#internal/api/options.js';
import { madeOrRefused } from './support/refusal.js';
import { fuzzing, options, SECRET, weird } from './support/weird.js';

const NAMES = [...knownOptionNames()].filter((name) => name !== 'password');

const likely = fc.oneof(fc.constantFrom<unknown>(1, 5, 10, 100, 30_000, 'x', '127.0.0.1', 'utf8mb4', 'rollback', {}));

/** A pool that was made knows what it is, shows no password, and can be closed. */
async function checkPool(pool: MysqlPool | undefined): Promise<void> {
  if (pool === undefined) return;
  const { maxSize, minIdle, maxIdle, name } = pool.options;
  assert.ok(maxSize >= 1 && minIdle <= maxIdle && maxIdle <= maxSize);
  assert.ok(name.length > 0);
  assert.equal(pool.stats().total.opened, 0);
  assert.ok(!inspect(pool, { depth: 8, showHidden: true }).includes(SECRET), 'the password is in inspect(pool)');
  assert.ok(!JSON.stringify([pool.options, pool.stats()]).includes(SECRET));
  await pool.close();
  assert.equal(pool.state, 'closed');
}

describe('any options', () => {
  it('make a pool or a PoolOptionError', async () => {
    await fc.assert(
      fc.asyncProperty(options(NAMES, likely), async (given) => {
        const all = { ...given, password: SECRET } as MysqlPoolOptions;
        await checkPool(madeOrRefused(() => createPool(all), PoolOptionError));
      }),
      fuzzing(),
    );
  });

  it('make a pool or a PoolOptionError in place of the options, too', async () => {
    await fc.assert(
      fc.asyncProperty(weird, weird, async (first, second) => {
        const make = (): MysqlPool => createPool(first as MysqlPoolOptions, second as MysqlPoolOptions);
        await checkPool(madeOrRefused(make, PoolOptionError));
      }),
      fuzzing(),
    );
  });

  it('resize a pool, or leave it as it was', async () => {
    const engine = [...POOL_OPTION_NAMES];
    await fc.assert(
      fc.asyncProperty(options(engine, likely), async (changes) => {
        const pool = createPool({ host: '127.0.0.1', maxSize: 7, password: SECRET });
        const before = pool.options;
        const done = madeOrRefused(() => {
          pool.resize(changes);
          return true;
        }, PoolOptionError);
        if (done === undefined) assert.deepEqual(pool.options, before);
        await checkPool(pool);
      }),
      fuzzing(),
    );
  });
});

describe('any URL', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('', 'db', '127.0.0.1', '[::1]', '%zz', 'ü', '%00'),
  );
  const query = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), word), fc.oneof(word, fc.nat().map(String))), {
    maxLength: 3,
  });
  const urls = fc
    .tuple(fc.constantFrom('mysql', 'mariadb', 'http', 'MYSQL', '', 'jdbc:mysql'), word, word, word, word, query)
    .map(([scheme, user, host, port, database, pairs]) => {
      const search = pairs.map(([name, value]) => `${name}=${value}`).join('&');
      return `${scheme}://${user}:${SECRET}@${host}${port === '' ? '' : `:${port}`}/${database}?${search}`;
    });

  it('makes a pool or a PoolOptionError, and never shows its password', async () => {
    await fc.assert(
      fc.asyncProperty(urls, async (url) => checkPool(madeOrRefused(() => createPool(url), PoolOptionError))),
      fuzzing(),
    );
  });

  it('may be any text at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.webUrl(), fc.string({ unit: 'binary' })), async (text) =>
        checkPool(madeOrRefused(() => createPool(text), PoolOptionError)),
      ),
      fuzzing(),
    );
  });
});
