import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it, type TestContext } from 'node:test';
import { knex as knexFactory, type Knex } from 'knex';
import { MaxTotal, type PoolOptionError } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { Pool as TarnsPool } from 'tarn';
import type { TarnPool } from '#internal/orm/tarn-pool.js';

const connection = { host: '127.0.0.1', user: 'nobody', database: 'nothing' };

function open(t: TestContext, config: Knex.Config = {}): TarnPool {
  const knex = knexFactory({ client: MysqlPoolClient, connection, ...config });
  t.after(() => knex.destroy());
  return (knex.client as { pool: TarnPool }).pool;
}

const refusal = (option: string, text: RegExp) => (error: PoolOptionError) => {
  assert.deepEqual([error.name, error.code, error.option], ['PoolOptionError', 'POOL_OPTION', option]);
  assert.match(error.message, text);
  return true;
};

it('has the defaults of Knex for the size and for waiting, and ours for the rest', (t) => {
  const { options } = open(t).mysqlpool;
  const { maxSize, minIdle, acquireTimeout, connectTimeout, idleTimeout, maxLifetime, reset } = options;
  assert.deepEqual([maxSize, minIdle, acquireTimeout], [10, 0, 60_000]);
  assert.deepEqual([connectTimeout, idleTimeout, maxLifetime, reset], [10_000, 600_000, 1_800_000, 'auto']);
});

it("understands the options of Knex's pool", (t) => {
  const pool = open(t, {
    pool: {
      name: 'shop', min: 0, max: 4, acquireTimeoutMillis: 900, createTimeoutMillis: 800, idleTimeoutMillis: 700,
      maxConnectionLifetimeMillis: 60_000,
    },
  }); // prettier-ignore
  const { name, minIdle, maxSize, acquireTimeout, connectTimeout, idleTimeout, maxLifetime } = pool.mysqlpool.options;
  assert.deepEqual([name, minIdle, maxSize], ['shop', 0, 4]);
  assert.deepEqual([acquireTimeout, connectTimeout, idleTimeout, maxLifetime], [900, 800, 700, 60_000]);
  assert.deepEqual([pool.min, pool.max], [0, 4]);
});

it('waits for the shorter of the two times that Knex has for it', (t) => {
  const pool = open(t, { acquireConnectionTimeout: 500, pool: { acquireTimeoutMillis: 900 } });
  assert.equal(pool.mysqlpool.options.acquireTimeout, 500);
  assert.equal(open(t, { acquireConnectionTimeout: 400 }).mysqlpool.options.acquireTimeout, 400);
});

it('takes options of ours in pool.mysqlpool', (t) => {
  const permits = new MaxTotal(3);
  const pool = open(t, { pool: { max: 3, mysqlpool: { leakThreshold: 5_000, order: 'fifo', permits } } });
  assert.deepEqual([pool.mysqlpool.options.leakThreshold, pool.mysqlpool.options.order], [5_000, 'fifo']);
  assert.equal(permits.stats().pools, 1);
});

it('refuses what it does not know, what is said twice, and what is out of range', (t) => {
  const pool = (options: object) => () => open(t, { pool: options });
  assert.throws(pool({ maks: 3 }), refusal('maks', /^Knex: unknown option pool\.maks.*"max".*pool\.mysqlpool$/));
  assert.throws(
    pool({ mysqlpool: { maxSise: 3 } }),
    refusal('maxSise', /unknown option pool\.mysqlpool\.maxSise.*"maxSize"/),
  );
  assert.throws(
    pool({ max: 3, mysqlpool: { maxSize: 3 } }),
    refusal('maxSize', /pool\.max and pool\.mysqlpool\.maxSize/),
  );
  assert.throws(pool({ mysqlpool: true }), refusal('mysqlpool', /expected an object of options, got true/));
  assert.throws(pool({ max: 2, min: 3 }), refusal('minIdle', /minIdle \(3\) is above maxSize \(2\)/));
  // @ts-expect-error -- no option of ours
  const typed: Knex.PoolConfig = { mysqlpool: { maxSise: 3 } };
  assert.throws(pool(typed), refusal('maxSise', /maxSise/));
});

it('refuses to be one pool of two', (t) => {
  const connectionPool = new TarnsPool({ create: () => ({}), destroy: () => undefined, min: 0, max: 1 });
  const two = (): unknown => open(t, { connection: undefined, connectionPool } as unknown as Knex.Config);
  assert.throws(two, refusal('connectionPool', /two pools are given: MysqlPoolClient is one, connectionPool another/));
});

it('says once what has no meaning any more', async (t) => {
  const warning = once(process, 'warning') as Promise<[Error & { code: string }]>;
  open(t, { pool: { reapIntervalMillis: 1_000 } });
  const [{ code, message }] = await warning;
  assert.equal(code, 'MYSQLPOOL_ORM_OPTION');
  assert.equal(
    message,
    'Knex: pool.reapIntervalMillis has no effect: idle connections are closed when their time is up',
  );
});

it('is no tarn pool, though Knex takes it for one', (t) => {
  const pool = open(t);
  assert.ok(!(pool instanceof TarnsPool));
  const { isTarnPool } = require('knex/lib/pool.js') as { isTarnPool: (pool: unknown) => boolean };
  assert.ok(isTarnPool(pool));
  assert.deepEqual([pool.numUsed(), pool.numFree(), pool.numPendingAcquires(), pool.isEmpty()], [0, 0, 0, true]);
});
