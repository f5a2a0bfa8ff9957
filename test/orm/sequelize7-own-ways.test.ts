import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { ConnectionAcquireTimeoutError, QueryTypes, Sequelize, type Options } from '@sequelize/core';
import { AcquireTimeoutError, LeaseEndedError, MaxTotal, PoolOptionError } from 'node-mysqlpool';
import { MySqlPoolDialect } from 'node-mysqlpool/sequelize7';
import type { SequelizePool } from '#internal/orm/sequelize-pool.js';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor } from './support/database.js';

type Db = Sequelize<MySqlPoolDialect>;
type More = Partial<Options<MySqlPoolDialect>>;

const poolOf = (sequelize: Db): SequelizePool => sequelize.pool as unknown as SequelizePool;

async function open(t: TestContext, server: TestServer, more: More = {}) {
  const { host, port, user, password, database } = await databaseFor(t, server);
  const access = { host, port, user, password, database };
  const sequelize = new Sequelize({ dialect: MySqlPoolDialect, ...access, ...more });
  t.after(() => sequelize.close());
  return { sequelize, access };
}

async function valueOf(sequelize: Db, sql: string): Promise<unknown> {
  const [row] = await sequelize.query<Record<string, unknown>>(sql, { type: QueryTypes.SELECT });
  return Object.values(row!)[0];
}

eachServer("Sequelize 7's own ways", (_kind, getServer) => {
  it('runs its hooks for each physical connection, and for each loan', async (t) => {
    const { sequelize } = await open(t, await getServer(), { pool: { max: 2 } });
    const heard: string[] = [];
    for (const hook of ['beforeConnect', 'afterConnect', 'beforeDisconnect', 'afterDisconnect'] as const) {
      sequelize.hooks.addListener(hook, () => void heard.push(hook));
    }
    let loans = 0;
    sequelize.hooks.addListener('afterPoolAcquire', () => void loans++);
    for (let n = 0; n < 5; n++) await sequelize.authenticate();
    await sequelize.close();
    assert.deepEqual(heard, ['beforeConnect', 'afterConnect', 'beforeDisconnect', 'afterDisconnect']);
    assert.equal(loans, 5);
  });

  it('keeps its time zone, whatever a borrower does to the session', async (t) => {
    const { sequelize } = await open(t, await getServer(), { timezone: '+04:00', pool: { max: 1 } });
    const id = await valueOf(sequelize, 'SELECT CONNECTION_ID() AS id');
    for (const work of ['SELECT 1', 'SET @left = 1', "SET time_zone = '+09:00'"]) {
      await sequelize.query(work);
      assert.equal(await valueOf(sequelize, 'SELECT @@time_zone AS tz'), '+04:00', work);
    }
    assert.equal(await valueOf(sequelize, 'SELECT CONNECTION_ID() AS id'), id);
  });

  it('reads from replicas and writes to the master', async (t) => {
    const server = await getServer();
    const { access } = await open(t, server);
    const sequelize = new Sequelize({
      dialect: MySqlPoolDialect, pool: { max: 2 }, replication: { write: access, read: [access, access] },
    }); // prettier-ignore
    t.after(() => sequelize.close());
    await sequelize.query("INSERT INTO t VALUES (1, 'one')");
    assert.equal(await valueOf(sequelize, 'SELECT v FROM t'), 'one');
    const { write, read } = poolOf(sequelize);
    assert.deepEqual([write.size, read?.size, sequelize.pool.size], [1, 1, 2]);
    await sequelize.close();
    assert.deepEqual([write.mysqlpool.state, read?.mysqlpool.state], ['closed', 'closed']);
  });

  it('closes what lies idle when it is asked to, and goes on', async (t) => {
    const { sequelize } = await open(t, await getServer(), { pool: { max: 1 } });
    const id = await valueOf(sequelize, 'SELECT CONNECTION_ID() AS id');
    await sequelize.pool.destroyAllNow();
    assert.notEqual(await valueOf(sequelize, 'SELECT CONNECTION_ID() AS id'), id);
  });

  it('says in its own class that no connection came in time', async (t) => {
    const { sequelize } = await open(t, await getServer(), { pool: { max: 1, acquire: 100 } });
    const transaction = await sequelize.startUnmanagedTransaction();
    await assert.rejects(sequelize.authenticate(), (error: Error) => {
      assert.ok(error instanceof ConnectionAcquireTimeoutError);
      assert.ok(error.cause instanceof AcquireTimeoutError);
      return true;
    });
    await transaction.rollback();
  });

  it('does no harm to the next borrower when a connection is given back twice', async (t) => {
    const { sequelize } = await open(t, await getServer(), { pool: { max: 1 } });
    const first = await sequelize.pool.acquire();
    sequelize.pool.release(first);
    const second = await sequelize.pool.acquire();
    sequelize.pool.release(first);
    assert.equal(sequelize.pool.using, 1);
    assert.throws(() => first.query('SELECT 1'), LeaseEndedError);
    const shown = inspect([second, sequelize.pool], { depth: 3 });
    sequelize.pool.release(second);
    assert.equal(sequelize.pool.using, 0);
    assert.ok(!shown.includes(`'${(await getServer()).password}'`));
  });

  it('gives the place of a connection that is lost while it is lent to somebody else at once', async (t) => {
    const server = await getServer();
    const { sequelize } = await open(t, server, { pool: { max: 1 } });
    const transaction = await sequelize.startUnmanagedTransaction();
    const sql = 'SELECT CONNECTION_ID() AS id';
    const [row] = await sequelize.query<{ id: number }>(sql, { transaction, type: QueryTypes.SELECT });
    await server.admin(`KILL ${row!.id}`);
    await sequelize.query('SELECT 1');
    await assert.rejects(sequelize.query('SELECT 1', { transaction }), /lost|closed/i);
    await transaction.rollback().catch(() => undefined);
    await sequelize.query('SELECT 1');
    assert.equal(sequelize.pool.using, 0);
  });

  it('takes its own options and ours, and refuses the rest', async (t) => {
    const server = await getServer();
    const permits = new MaxTotal(1);
    const pool = { max: 4, min: 0, acquire: 700, idle: 800, mysqlpool: { leakThreshold: 900, permits } };
    const { sequelize } = await open(t, server, { pool });
    const { maxSize, acquireTimeout, idleTimeout, leakThreshold } = poolOf(sequelize).write.mysqlpool.options;
    assert.deepEqual([maxSize, acquireTimeout, idleTimeout, leakThreshold], [4, 700, 800, 900]);
    await sequelize.authenticate();
    assert.equal(permits.stats().held, 1);
    const wrong: More = {
      // @ts-expect-error -- no option of ours
      pool: { mysqlpool: { maxSise: 3 } },
    };
    await assert.rejects(open(t, server, wrong), (error: Error) => {
      assert.ok(error instanceof PoolOptionError);
      assert.match(error.message, /^Sequelize: unknown option pool\.mysqlpool\.maxSise.*"maxSize"/);
      return true;
    });
  });
});
