import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { knex as knexFactory, type Knex } from 'knex';
import * as mysql2 from 'mysql2';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createMysql2Pool, type PoolOptions } from 'node-mysqlpool/mysql2';
import 'node-mysqlpool/sequelize';
import { Sequelize } from 'sequelize';
import { refuseBeside, VOCABULARY as MIKRO_ORM } from '#internal/orm/mikro-orm-options.js';
import { withTheirOptions } from '#internal/orm/pool-options.js';
import { watchedDriver } from '#internal/mysql/watched-driver.js';
import { SEQUELIZE_6, SEQUELIZE_7, SequelizeLending } from '#internal/orm/sequelize-pool.js';
import type { TarnPool } from '#internal/orm/tarn-pool.js';
import { fakePool } from '../scope/support/scoped-pool.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { connectionsTo, databaseFor } from './support/database.js';

const connection = { host: '127.0.0.1', user: 'nobody', database: 'nothing' };

type Bag = Readonly<Record<string, unknown>>;

/** What came of options: one of those that a pool has then, or that it refused them. */
function outcome(make: () => object, field: string): unknown {
  let pool: object;
  try {
    pool = make();
  } catch {
    return 'refused';
  }
  return (pool as Bag)[field];
}

/** An option, its values, and what the stock pool and ours make of each. */
type Row = readonly [option: string, stock: string, ours: string, values: readonly (readonly unknown[])[]];

const title = (value: unknown): string => (value === undefined ? 'absent' : inspect(value));

function compare(
  [option, stockField, ourField, values]: Row,
  stock: (options: object, t: TestContext) => object,
  ours: (options: object, t: TestContext) => object,
): void {
  for (const [value, theirs, mine, more = {}] of values) {
    it(`${option}: ${title(value)}`, (t) => {
      const options = { [option]: value, ...(more as object) };
      const got = [outcome(() => stock(options, t), stockField), outcome(() => ours(options, t), ourField)];
      assert.deepEqual(got, [theirs, mine]);
    });
  }
}

describe("the options of Knex's pool, beside tarn", () => {
  const open = (client: NonNullable<Knex.Config['client']>) => (pool: object, t: TestContext) => {
    const knex = knexFactory({ client, connection, pool });
    t.after(() => knex.destroy());
    return (knex.client as { pool: object }).pool;
  };
  const ours = (pool: object, t: TestContext) => (open(MysqlPoolClient)(pool, t) as TarnPool).mysqlpool.options;
  const rows: Row[] = [
    ['max', 'max', 'maxSize', [[undefined, 10, 10], [4, 4, 4]]],
    ['acquireTimeoutMillis', 'acquireTimeoutMillis', 'acquireTimeout',
      [[0, 'refused', 'refused'], [undefined, 60_000, 60_000], [900, 900, 900]]],
    ['createTimeoutMillis', 'createTimeoutMillis', 'connectTimeout',
      [[0, 'refused', 'refused'], [undefined, 30_000, 10_000], [800, 800, 800]]],
    ['idleTimeoutMillis', 'idleTimeoutMillis', 'idleTimeout',
      [[0, 'refused', 'refused'], [null, 'refused', 'refused'], [undefined, 30_000, 600_000], [700, 700, 700],
        [Infinity, Infinity, 0]]],
    ['min', 'min', 'minIdle', [[-1, 'refused', 'refused'], [0, 0, 0], [undefined, 2, 0], [3, 3, 0]]],
    // Stock looks at the age of a connection in its own way: whatever is no time is no limit.
    ['maxConnectionLifetimeMillis', 'none', 'maxLifetime',
      [[0, undefined, 0], [undefined, undefined, 1_800_000], [60_000, undefined, 60_000], [Infinity, undefined, 0]]],
  ]; // prettier-ignore
  for (const row of rows) compare(row, open('mysql2'), ours);
});

// Of a pool that is not to open anything.
const creator = {
  driver: watchedDriver(mysql2),
  create: () => Promise.reject(new Error('not to be opened')),
  close: () => Promise.resolve(),
};
const rules = { validate: () => true, timeoutError: () => new Error('in vain') };

const SEQUELIZES = [
  { of: 'sequelize', words: SEQUELIZE_6, zero: { acquire: [30_000, 30_000], idle: [30_000, 30_000], uses: Infinity } },
  { of: '@sequelize/core', words: SEQUELIZE_7, zero: { acquire: [0, 0], idle: [0, 1_000], uses: 0 } },
] as const; // prettier-ignore

for (const { of, words, zero } of SEQUELIZES) {
  describe(`the options of the pool of ${of}, beside sequelize-pool`, () => {
    const { Pool } = createRequire(require.resolve(of))('sequelize-pool') as {
      readonly Pool: new (factory: object) => object;
    };
    const factory = { create: () => Promise.resolve({}), destroy: () => undefined, validate: () => true };
    // As Sequelize gives them to it.
    const stock = (given: object): object => {
      const { max = 5, min = 0, idle = 10_000, acquire = 60_000, evict = 1_000, maxUses } = given as Bag;
      const times = { acquireTimeoutMillis: acquire, idleTimeoutMillis: idle, reapIntervalMillis: evict };
      return new Pool({ ...factory, ...times, max, min, maxUses });
    };
    const ours = (given: object, t: TestContext): object => {
      const lending = new SequelizeLending('sequelize', words, given as Bag, creator, rules);
      t.after(() => lending.mysqlpool.close());
      return lending.mysqlpool.options;
    };
    const rows: Row[] = [
      ['max', 'maxSize', 'maxSize', [[0, 'refused', 'refused'], [undefined, 5, 5], [4, 4, 4]]],
      ['min', 'minSize', 'minIdle', [[0, 0, 0], [undefined, 0, 0], [2, 2, 0], [-1, 'refused', 'refused']]],
      ['acquire', 'acquireTimeoutMillis', 'acquireTimeout',
        [[0, ...zero.acquire], [undefined, 60_000, 60_000], [null, 30_000, 60_000], [900, 900, 900]]],
      ['idle', 'idleTimeoutMillis', 'idleTimeout',
        [[0, ...zero.idle], [undefined, 10_000, 600_000], [null, 30_000, 600_000], [700, 700, 700]]],
      ['maxUses', 'maxUsesPerResource', 'none',
        [[-1, 'refused', 'refused'], [0, zero.uses, undefined]]],
    ]; // prettier-ignore
    for (const row of rows) compare(row, stock, ours);
  });
}

it("Sequelize 7's idle: 0 is until its pool looks the next time, which evict says", (t) => {
  const time = (evict: number): unknown => {
    const { mysqlpool } = new SequelizeLending('lambda', SEQUELIZE_7, { idle: 0, evict }, creator, rules);
    t.after(() => mysqlpool.close());
    return mysqlpool.options.idleTimeout;
  };
  assert.deepEqual([time(40), time(0)], [40, 1]);
});

it('Sequelize 6 goes past options that have had no meaning for long, and so do we, with a word', async (t) => {
  const warning = once(process, 'warning') as Promise<[Error & { code: string }]>;
  const { mysqlpool } = new SequelizeLending('old', SEQUELIZE_6, { handleDisconnects: true }, creator, rules);
  t.after(() => mysqlpool.close());
  const [{ code, message }] = await warning;
  assert.equal(code, 'MYSQLPOOL_ORM_OPTION');
  assert.match(message, /^Sequelize: pool\.handleDisconnects has no effect: .*a lost connection is always replaced$/);
});

describe("the options of mysql2's pool", () => {
  const quiet = (options: object): object => (mysql2.createPool(options) as unknown as { config: object }).config;
  const stock = (options: object, t: TestContext): object => {
    const pool = mysql2.createPool(options);
    t.after(() => pool.end());
    return (pool as unknown as { config: object }).config;
  };
  const ours = (options: object, t: TestContext): object => {
    const pool = createMysql2Pool(options as PoolOptions);
    t.after(() => pool.mysqlpool.close());
    return pool.mysqlpool.options;
  };
  const rows: Row[] = [
    ['connectionLimit', 'connectionLimit', 'maxSize', [[0, 0, Infinity], [undefined, 10, 10], [4, 4, 4]]],
    ['queueLimit', 'queueLimit', 'maxWaiters', [[0, 0, Infinity], [undefined, 0, Infinity], [4, 4, 4]]],
    ['maxIdle', 'maxIdle', 'maxIdle', [[0, 0, 0], [undefined, 10, 10], [4, 4, 4]]],
    // It has no effect there unless fewer are kept than there may be.
    ['idleTimeout', 'idleTimeout', 'idleTimeout',
      [[0, 0, 0], [0, 0, 1_000, { maxIdle: 1 }], [undefined, 60_000, 60_000], [700, 700, 700]]],
    ['resetOnRelease', 'resetOnRelease', 'reset',
      [[false, false, 'none'], [undefined, false, 'auto'], [true, true, 'session']]],
  ]; // prettier-ignore
  for (const row of rows) compare(row, stock, ours);
  const dial: Row = ['connectTimeout', 'connectTimeout', 'connectTimeout',
    [[0, 0, 2 ** 31 - 1], [undefined, 10_000, 10_000], [700, 700, 700], ['700', '700', 700]]]; // prettier-ignore
  compare(dial, (options) => (quiet(options) as { connectionConfig: object }).connectionConfig, ours);
});

describe("the options of MikroORM 7's pool, which is mysql2's", () => {
  // Without the packages of 7, whose tests run on Node 22.
  const ours = (options: object, t: TestContext): object =>
    withTheirOptions(MIKRO_ORM, options, {}, (given) => fakePool(t, given).pool).options;
  const rows: Row[] = [
    ['max', 'none', 'maxSize', [[0, undefined, Infinity], [undefined, undefined, 10], [4, undefined, 4]]],
    ['idleTimeoutMillis', 'none', 'idleTimeout',
      [[0, undefined, 1_000], [undefined, undefined, 600_000], [700, undefined, 700]]],
  ]; // prettier-ignore
  for (const row of rows) compare(row, () => ({}), ours);
});

describe('an option in the wrong place is told where it goes in that ORM', () => {
  const knex = (config: object) => () => knexFactory({ client: MysqlPoolClient, connection, ...config });
  const mikro = (t: TestContext, options: object) => () =>
    withTheirOptions(MIKRO_ORM, options, {}, (given) => fakePool(t, given).pool);
  const sequelize = (more: object) => () => new Sequelize('d', 'u', 'p', { dialect: 'mysql', ...more });
  const own = { maxLifetime: 5 };
  const refusals: readonly (readonly [string, (t: TestContext) => () => unknown, RegExp])[] = [
    ['Knex: ours beside its pool', () => knex({ mysqlpool: own }), /^Knex: mysqlpool is not looked at there.* go into pool\.mysqlpool$/],
    ['Knex: ours in the connection', () => knex({ connection: { ...connection, mysqlpool: own } }), /^Knex: connection\.mysqlpool is not looked at/],
    ['Knex: ours in its pool', () => knex({ pool: { maxLifetime: 5 } }), /^Knex: pool\.maxLifetime: give pool\.maxConnectionLifetimeMillis, or pool\.mysqlpool\.maxLifetime$/],
    ['Knex: a limit beside its pool', () => knex({ fleet: true }), /^Knex: fleet is not looked at there: give pool\.mysqlpool\.fleet$/],
    ['Knex: a limit in the connection', () => knex({ connection: { ...connection, fleet: true } }), /^Knex: connection\.fleet is not looked at there: give pool\.mysqlpool\.fleet$/],
    ['Knex: a limit in its pool', () => knex({ pool: { fleet: true } }), /^Knex: pool\.fleet: give pool\.mysqlpool\.fleet$/],
    ['Sequelize: a limit beside its pool', () => sequelize({ fleet: true }), /^Sequelize: fleet is not looked at there: give pool\.mysqlpool\.fleet$/],
    ['Sequelize: a limit in its pool', () => sequelize({ pool: { fleet: true } }), /^Sequelize: pool\.fleet: give pool\.mysqlpool\.fleet$/],
    ['Sequelize: a limit in the connection', () => sequelize({ dialectOptions: { fleet: true } }), /^Sequelize: dialectOptions\.fleet is not looked at there/],
    ['MikroORM: a limit in its pool', (t) => mikro(t, { fleet: true }), /^MikroORM: pool\.fleet: give MysqlPoolDriver\.with\(\{ fleet \}\)$/],
    ['MikroORM: a limit beside its pool', () => () => refuseBeside(MIKRO_ORM, { get: (name) => (name === 'fleet' ? true : undefined) }), /^MikroORM: fleet is not looked at there: give MysqlPoolDriver\.with\(\{ fleet \}\)$/],
    ["Knex: mysql2's in its pool", () => knex({ pool: { connectionLimit: 5 } }), /^Knex: pool\.connectionLimit: give pool\.max, or pool\.mysqlpool\.maxSize$/],
    ['Knex: its own among ours', () => knex({ pool: { mysqlpool: { max: 5 } } }), /^Knex: pool\.mysqlpool\.max: it is an option of Knex: pool\.max$/],
    ['Knex: what is of the connection', () => knex({ pool: { mysqlpool: { ssl: {} } } }), /^Knex: pool\.mysqlpool\.ssl: .* which Knex takes in connection$/],
    ['Knex: our hook', () => knex({ pool: { mysqlpool: { onConnect: () => undefined } } }), /^Knex: pool\.mysqlpool\.onConnect: in Knex that is pool\.afterCreate$/],
    ['MikroORM: ours in its pool', (t) => mikro(t, { maxWaiters: 5 }), /^MikroORM: pool\.maxWaiters: give MysqlPoolDriver\.with\(\{ maxWaiters \}\)$/],
    ['MikroORM: what nobody knows', (t) => mikro(t, { maxx: 5 }), /^MikroORM: unknown option pool\.maxx \(did you mean "max"\?\); options of node-mysqlpool go into MysqlPoolDriver\.with\(\{ … \}\)$/],
    ['MikroORM: what nobody knows among ours', (t) => mikro(t, { mysqlpool: { maxSise: 5 } }), /^MikroORM: unknown option MysqlPoolDriver\.with\(\{ maxSise \}\) \(did you mean "maxSize"\?\)$/],
    ['MikroORM: what is of the connection', (t) => mikro(t, { mysqlpool: { ssl: {} } }), /which MikroORM takes in driverOptions$/],
  ]; // prettier-ignore
  for (const [name, make, text] of refusals) {
    it(name, (t) => assert.throws(make(t), { code: 'POOL_OPTION', message: text }));
  }
});

eachServer('what options mean on a server, beside the stock pools', (_kind, getServer) => {
  it("Knex's min opens nothing before it is needed, and its credentials are asked for once", async (t) => {
    const server = await getServer();
    const options = await databaseFor(t, server);
    for (const client of ['mysql2', MysqlPoolClient]) {
      let asked = 0;
      const { host, port, user, password, database } = options;
      const provide = (): Knex.MySql2ConnectionConfig => (asked++, { host, port, user, password, database }) as never;
      const knex = knexFactory({ client: client as never, connection: provide as never, pool: { min: 2, max: 4 } });
      options.closeFirst(() => knex.destroy());
      await server.admin('SELECT 1');
      assert.deepEqual([asked, await connectionsTo(server, options.database)], [0, 0]);
      await knex.raw('SELECT 1');
      assert.equal(asked, 1);
      // Stock never opens ahead; ours keeps two ready from now on.
      const kept = client === MysqlPoolClient ? 2 : 1;
      await until(async () => (await connectionsTo(server, options.database)) === kept);
      assert.equal(asked, 1);
      await knex.destroy();
      await until(async () => (await connectionsTo(server, options.database)) === 0);
    }
  });

  it("mysql2's connectTimeout: 0 connects, and its resetOnRelease: false leaves a session as it was", async (t) => {
    const { url: uri } = await databaseFor(t, await getServer());
    for (const create of [mysql2.createPool, createMysql2Pool] as ((options: PoolOptions) => mysql2.Pool)[]) {
      const pool = create({ uri, connectionLimit: 1, connectTimeout: 0, resetOnRelease: false });
      const asked = pool.promise();
      await asked.query('SET @kept = 42');
      const [rows] = await asked.query('SELECT @kept AS kept');
      assert.deepEqual(JSON.stringify(rows), '[{"kept":42}]');
      await asked.end();
    }
  });

  it("mysql2's idleTimeout: 0 closes what is idle, where fewer are kept than there may be", async (t) => {
    const server = await getServer();
    const { url: uri, database } = await databaseFor(t, server);
    for (const create of [mysql2.createPool, createMysql2Pool] as ((options: PoolOptions) => mysql2.Pool)[]) {
      const pool = create({ uri, connectionLimit: 2, maxIdle: 1, idleTimeout: 0 }).promise();
      await pool.query('SELECT 1');
      await until(async () => (await connectionsTo(server, database)) === 0);
      await pool.end();
    }
  });
});

describe('an option of a pool among those of the connection is told where it goes', () => {
  const sequelize = (dialectOptions: object) => new Sequelize('d', 'u', 'p', { dialect: 'mysql', dialectOptions });
  const rows: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['Knex: ours', () => knexFactory({ client: MysqlPoolClient, connection: { ...connection, maxSize: 5 } as object }),
      /^Knex: connection\.maxSize has no effect there: give pool\.max, or pool\.mysqlpool\.maxSize$/],
    ["Knex: mysql2's", () => knexFactory({ client: MysqlPoolClient, connection: { ...connection, queueLimit: 5 } as object }),
      /^Knex: connection\.queueLimit has no effect there: give pool\.mysqlpool\.maxWaiters$/],
    ['Sequelize', () => sequelize({ connectTimeout: 5_000, connectionLimit: 5 }),
      /^Sequelize: dialectOptions\.connectionLimit has no effect there: give pool\.max, or pool\.mysqlpool\.maxSize$/],
  ]; // prettier-ignore
  for (const [name, make, text] of rows) {
    it(name, async () => {
      const warning = once(process, 'warning') as Promise<[Error & { code: string }]>;
      make();
      const [{ code, message }] = await warning;
      assert.equal(code, 'MYSQLPOOL_ORM_OPTION');
      assert.match(message, text);
    });
  }
});
