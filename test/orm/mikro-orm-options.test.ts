import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { it, type TestContext } from 'node:test';
import type { Options } from '@mikro-orm/core';
import { EntitySchema, MikroORM } from '@mikro-orm/mysql';
import { MaxTotal } from 'node-mysqlpool';
import { MysqlPoolDriver } from 'node-mysqlpool/mikro-orm';
import { eachServer } from '../support/servers/shared.js';
import { connectionsTo, databaseFor } from './support/database.js';
import { configOf, isSeven, poolOf, Thing, version, type Orm } from './support/mikro-orm.js';
import type { OrmOptions, Row } from './support/orm-driver.js';

interface Sample {
  id: number;
  at: Date;
  big: bigint;
}

const Sample = new EntitySchema<Sample>({
  name: 'Sample',
  tableName: 'samples',
  properties: {
    id: { type: 'number', primary: true },
    at: { type: 'Date', columnType: 'datetime(3)' },
    big: { type: 'bigint' },
  },
});

/** What the ORM is built on, with another pool. */
function otherPool(): object {
  const ofMikroOrm = createRequire(require.resolve('@mikro-orm/mysql'));
  if (!isSeven) return (ofMikroOrm('@mikro-orm/knex') as { knex(config: object): object }).knex({ client: 'mysql2' });
  const { MysqlDialect } = ofMikroOrm('kysely') as { MysqlDialect: new (config: object) => object };
  return new MysqlDialect({ pool: {} });
}

eachServer(`the options of MikroORM ${version}`, (_kind, getServer) => {
  const open = async (
    t: TestContext,
    changes: (options: OrmOptions) => Partial<Options<MysqlPoolDriver>> = () => ({}),
  ): Promise<{ orm: Orm; options: OrmOptions }> => {
    const options = await databaseFor(t, await getServer());
    const orm = await MikroORM.init({ ...configOf(options), ...changes(options) } as Options<MysqlPoolDriver>);
    options.closeFirst(() => orm.close(true));
    return { orm: orm as unknown as Orm, options };
  };

  it('are mapped as MikroORM maps them: big numbers, dates as text, time zone', async (t) => {
    const server = await getServer();
    const { orm, options } = await open(t, () => ({ entities: [Sample], forceUtcTimezone: true }));
    await server.admin(
      `CREATE TABLE ${options.database}.samples (id INT PRIMARY KEY, at DATETIME(3) NOT NULL, big BIGINT NOT NULL)`,
    );
    const at = new Date('2026-03-29T01:30:00.123Z');
    const big = 9_007_199_254_740_993n;
    const writing = orm.em.fork();
    writing.persist(writing.create(Sample, { id: 1, at, big }));
    await writing.flush();
    const found = await orm.em.fork().findOneOrFail(Sample, 1);
    assert.deepEqual([found.at, found.big], [at, big]);
    assert.deepEqual(await orm.em.fork().execute<Row[]>('SELECT at, big FROM samples'), [
      { at: '2026-03-29 01:30:00.123', big: String(big) },
    ]);
  });

  // MikroORM 7 opens its connections again.
  if (!isSeven)
    it('end with the pool: who comes after that is told so', async (t) => {
      const { orm } = await open(t);
      await orm.close(true);
      await assert.rejects(orm.em.fork().execute('SELECT 1'), /the pool is closed/);
    });

  it('of the pool are understood, and ours are taken by MysqlPoolDriver.with', async (t) => {
    const permits = new MaxTotal(1);
    const { orm, options } = await open(t, () => ({
      pool: { min: 1, max: 4, idleTimeoutMillis: 12_345 },
      driver: MysqlPoolDriver.with({ name: 'shop', maxWaiters: 7, acquireTimeout: 3_000, permits }),
    }));
    const { options: pool } = await poolOf(orm);
    const { name, minIdle, maxSize, idleTimeout, maxWaiters, acquireTimeout } = pool;
    assert.deepEqual(
      { name, minIdle, maxSize, idleTimeout, maxWaiters, acquireTimeout },
      { name: 'shop', minIdle: 1, maxSize: 4, idleTimeout: 12_345, maxWaiters: 7, acquireTimeout: 3_000 },
    );
    await Promise.all(Array.from({ length: 6 }, () => orm.em.fork().execute('SELECT SLEEP(0.01)')));
    assert.equal(await connectionsTo(await getServer(), options.database), 1);
  });

  it('take a function for the password', async (t) => {
    let asked = 0;
    const { orm } = await open(t, ({ password }) => ({
      password: () => {
        asked++;
        return password;
      },
    }));
    assert.equal((await orm.em.fork().execute<Row[]>('SELECT 1 AS n')).length, 1);
    assert.ok(asked >= 1);
  });

  it('give each replica a pool of its own', async (t) => {
    const { orm } = await open(t, ({ host, port }) => ({ replicas: [{ name: 'one', host, port }] }));
    await orm.em.fork().insert(Thing, { id: 1, v: 'one' });
    assert.deepEqual((await orm.em.fork().findOneOrFail(Thing, 1, { connectionType: 'read' })).v, 'one');
    const [write, read] = [await poolOf(orm, 'write'), await poolOf(orm, 'read')];
    assert.notEqual(write, read);
    assert.ok(read.stats().total.acquired > 0 && write.stats().total.acquired > 0);
  });

  it('name those that are functions and fail', async (t) => {
    const fail = (): never => {
      throw new Error('the vault is sealed');
    };
    const hooks: Readonly<Record<string, object>> = {
      password: { password: fail },
      ...(isSeven
        ? { onCreateConnection: { onCreateConnection: fail }, onReserveConnection: { onReserveConnection: fail } }
        : { 'pool.afterCreate': { pool: { min: 0, max: 1, afterCreate: fail } } }),
    };
    for (const [hook, changes] of Object.entries(hooks)) {
      // MikroORM 6 would connect before there is anything to close.
      const { orm } = await open(t, () => ({ connect: false, ...changes }));
      await assert.rejects(orm.em.fork().insert(Thing, { id: 1, v: 'one' }), (error: Error) => {
        assert.match(error.stack!, new RegExp(`at the application's ${hook}$`, 'm'));
        return true;
      });
    }
  });

  it('are refused when they are unknown', async (t) => {
    // @ts-expect-error -- maxWaiters
    const mistyped = MysqlPoolDriver.with({ maxWaiter: 4 });
    await assert.rejects(
      async () => (await open(t, () => ({ pool: { maxx: 4 } as never }))).orm.em.fork().execute('SELECT 1'),
      /pool\.maxx \(did you mean "max"\?\)/,
    );
    await assert.rejects(
      async () => (await open(t, () => ({ driver: mistyped }))).orm.em.fork().execute('SELECT 1'),
      /MikroORM: unknown option MysqlPoolDriver\.with\(\{ maxWaiter \}\) \(did you mean "maxWaiters"\?\)/,
    );
  });

  it('are refused when they bring a second pool', async (t) => {
    const other = otherPool();
    await assert.rejects(
      async () => (await open(t, () => ({ driverOptions: other }))).orm.em.fork().execute('SELECT 1'),
      { code: 'POOL_OPTION', option: 'driverOptions', message: /two pools are given/ },
    );
  });
});
