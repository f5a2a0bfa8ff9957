import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { autoCloseDb, type MysqlPool } from 'node-mysqlpool';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { DataSource, QueryFailedError, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { connectionsTo, databaseFor } from './support/database.js';
import type { OrmOptions } from './support/orm-driver.js';

type MysqlDataSourceOptions = Extract<DataSourceOptions, { readonly type: 'mysql' | 'mariadb' }>;

const idOf = async (runner: QueryRunner): Promise<number> =>
  Number((await runner.query('SELECT CONNECTION_ID() AS id'))[0].id);

const poolOf = (source: DataSource): MysqlPool =>
  (source.driver as unknown as { pool: { mysqlpool: MysqlPool } }).pool.mysqlpool;

eachServer('the connections that TypeORM gets', (kind, getServer) => {
  const optionsFor = ({ host, port, user, password, database }: OrmOptions): MysqlDataSourceOptions => ({
    type: kind,
    driver: mysqlpool,
    host,
    port,
    username: user,
    password,
    database,
    poolSize: 2,
  });

  const open = async (
    t: TestContext,
    changes: (options: OrmOptions) => Partial<MysqlDataSourceOptions> = () => ({}),
  ): Promise<{ source: DataSource; options: OrmOptions }> => {
    const options = await databaseFor(t, await getServer());
    const source = new DataSource({ ...optionsFor(options), ...changes(options) } as MysqlDataSourceOptions);
    options.closeFirst(async () => source.isInitialized && source.destroy());
    await source.initialize();
    return { source, options };
  };

  it("are not taken from somebody else by a QueryRunner's second release", async (t) => {
    const { source } = await open(t);
    const [first, second, third] = Array.from({ length: 3 }, () => source.createQueryRunner()) as [
      QueryRunner,
      QueryRunner,
      QueryRunner,
    ];
    await first.connect();
    await first.release();
    await second.connect();
    await first.release();
    await third.connect();
    assert.notEqual(await idOf(second), await idOf(third));
    assert.equal(poolOf(source).stats().inUse, 2);
    await second.release();
    await third.release();
    await third.release();
    assert.equal(poolOf(source).stats().inUse, 0);
  });

  it('are out of reach for a QueryRunner that was forgotten, whoever has them now', async (t) => {
    const { source } = await open(t, () => ({ poolSize: 1 }));
    const forgotten = await autoCloseDb(async () => {
      const runner = source.createQueryRunner();
      await runner.startTransaction();
      await runner.query("INSERT INTO t VALUES (1, 'never committed')");
      return runner;
    })();
    const now = source.createQueryRunner();
    await now.startTransaction();
    await now.query("INSERT INTO t VALUES (2, 'in peace')");
    await assert.rejects(forgotten.commitTransaction(), (error: QueryFailedError) => {
      assert.ok(error instanceof QueryFailedError);
      assert.equal((error.driverError as { code?: string }).code, 'POOL_LEASE_ENDED');
      return true;
    });
    await forgotten.release();
    await now.commitTransaction();
    await now.release();
    assert.deepEqual(await source.query('SELECT id FROM t'), [{ id: 2 }]);
  });

  it('can be reused often, and no listener stays behind', async (t) => {
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on('warning', note);
    t.after(() => process.off('warning', note));
    const { source } = await open(t, () => ({ poolSize: 1 }));
    for (let round = 0; round < 25; round++) {
      const runner = source.createQueryRunner();
      const connection = (await runner.connect()) as NodeJS.EventEmitter;
      connection.on('error', () => undefined);
      await runner.release();
    }
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(warnings, []);
    assert.equal(poolOf(source).stats().total.opened, 1);
  });

  it('come from a pool each for the master and its replicas', async (t) => {
    const server = await getServer();
    const { source, options } = await open(t, ({ host, port, user, password, database }) => {
      const node = { host, port, username: user, password, database };
      return { replication: { master: node, slaves: [node, node], selector: 'RR' } };
    });
    await source.transaction((manager) => manager.query("INSERT INTO t VALUES (1, 'one')"));
    const readers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const runner = source.createQueryRunner('slave');
        assert.deepEqual(await runner.query('SELECT id FROM t'), [{ id: 1 }]);
        return runner;
      }),
    );
    assert.equal(new Set(await Promise.all(readers.map(idOf))).size, 4);
    // One after the other from each, and more than one pool of two has.
    for (const reader of readers) {
      await reader.release();
      await reader.release();
    }
    // At most two to each of the three.
    assert.ok((await connectionsTo(server, options.database)) <= 6);
    await source.destroy();
    await until(async () => (await connectionsTo(server, options.database)) === 0);
  });

  it('are made with the options of mysql2 and of ours in extra', async (t) => {
    const { source } = await open(t, () => ({
      poolSize: 4,
      acquireTimeout: 2_500,
      extra: { queueLimit: 9, maxLifetime: 60_000, name: 'shop' },
    }));
    const { name, maxSize, acquireTimeout, maxLifetime } = poolOf(source).options;
    assert.deepEqual([name, maxSize, acquireTimeout, maxLifetime], ['shop', 4, 2_500, 60_000]);
    await assert.rejects(
      open(t, () => ({ poolSize: 4, extra: { maxSize: 5 } })),
      /mean the same/,
    );
  });

  it('are refused with the reason of the server, and of a closed pool', async (t) => {
    await assert.rejects(
      open(t, () => ({ password: 'wrong' })),
      { code: 'ER_ACCESS_DENIED_ERROR' },
    );
    const { source } = await open(t);
    await poolOf(source).close();
    await assert.rejects(source.query('SELECT 1'), { code: 'POOL_CLOSED', message: 'Pool is closed.' });
  });
});
