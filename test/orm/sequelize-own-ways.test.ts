import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import type { Connection } from 'mysql2';
import { AcquireTimeoutError, LeaseEndedError, MaxTotal, PoolOptionError } from 'node-mysqlpool';
import 'node-mysqlpool/sequelize';
import { AccessDeniedError, ConnectionAcquireTimeoutError, QueryTypes, Sequelize, type Options } from 'sequelize';
import type { SequelizePool } from '#internal/orm/sequelize-pool.js';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { connectionsTo, databaseFor } from './support/database.js';

interface Manager {
  pool: SequelizePool;
  getConnection(options?: object): Promise<Connection & { uuid?: string }>;
  releaseConnection(connection: Connection): void;
  initPools(): void;
}

const managerOf = (sequelize: Sequelize): Manager => sequelize.connectionManager as unknown as Manager;
const poolOf = (sequelize: Sequelize): SequelizePool => managerOf(sequelize).pool;

async function open(t: TestContext, server: TestServer, more: Options = {}) {
  const { host, port, user, password, database } = await databaseFor(t, server);
  const sequelize = new Sequelize(database, user, password, {
    dialect: 'mysql', host, port, logging: false, ...more,
  }); // prettier-ignore
  t.after(() => sequelize.close());
  return { sequelize, database, user, password, host, port };
}

async function valueOf(sequelize: Sequelize, sql: string): Promise<unknown> {
  const [row] = await sequelize.query<Record<string, unknown>>(sql, { type: QueryTypes.SELECT });
  return Object.values(row!)[0];
}

eachServer("Sequelize 6's own ways", (_kind, getServer) => {
  it('runs its hooks once for each physical connection', async (t) => {
    const { sequelize } = await open(t, await getServer(), { pool: { max: 2 } });
    const heard: string[] = [];
    sequelize.addHook('beforeConnect', () => void heard.push('beforeConnect'));
    sequelize.addHook('afterConnect', () => void heard.push('afterConnect'));
    sequelize.addHook('beforeDisconnect', () => void heard.push('beforeDisconnect'));
    sequelize.addHook('afterDisconnect', () => void heard.push('afterDisconnect'));
    for (let n = 0; n < 5; n++) await sequelize.authenticate();
    await sequelize.close();
    assert.deepEqual(heard, ['beforeConnect', 'afterConnect', 'beforeDisconnect', 'afterDisconnect']);
  });

  it('looks at the version of the server by a connection of the pool', async (t) => {
    const { sequelize } = await open(t, await getServer());
    await sequelize.authenticate();
    const { databaseVersion } = (sequelize as unknown as { options: { databaseVersion: string } }).options;
    assert.match(databaseVersion, /^\d+\.\d+/);
    assert.equal(poolOf(sequelize).write.mysqlpool.stats().total.opened, 1);
  });

  it('keeps its time zone, whatever a borrower does to the session', async (t) => {
    const { sequelize } = await open(t, await getServer(), { timezone: '+04:00', pool: { max: 1 } });
    const id = await valueOf(sequelize, 'SELECT CONNECTION_ID() AS id');
    for (const work of ['SELECT 1', 'SET @left = 1', "SET time_zone = '+09:00'", 'SET NAMES latin1']) {
      await sequelize.query(work);
      assert.equal(await valueOf(sequelize, 'SELECT @@time_zone AS tz'), '+04:00', work);
      assert.equal(await valueOf(sequelize, 'SELECT @left AS was'), null, work);
    }
    assert.equal(await valueOf(sequelize, 'SELECT CONNECTION_ID() AS id'), id);
  });

  it('reads from replicas and writes to the master', async (t) => {
    const server = await getServer();
    const { database, user, password, host, port, sequelize: plain } = await open(t, server);
    const access = { database, username: user, password, host, port: String(port) };
    const sequelize = new Sequelize({
      dialect: 'mysql', logging: false, pool: { max: 2 }, replication: { write: access, read: [access, access] },
    }); // prettier-ignore
    t.after(() => sequelize.close());
    await plain.query("INSERT INTO t VALUES (1, 'one')");
    await sequelize.query("UPDATE t SET v = 'two'");
    assert.equal(await valueOf(sequelize, 'SELECT v FROM t'), 'two');
    const { write, read } = poolOf(sequelize);
    assert.deepEqual([write.name, write.size, read?.name, read?.size], ['sequelize:write', 1, 'sequelize:read', 1]);
    await sequelize.close();
    assert.deepEqual([write.mysqlpool.state, read?.mysqlpool.state], ['closed', 'closed']);
  });

  it('says in its own class that no connection came in time, and that the password is wrong', async (t) => {
    const server = await getServer();
    const { sequelize } = await open(t, server, { pool: { max: 1 } });
    const transaction = await sequelize.transaction();
    // Only now: the machine may have other work while the first connection is opened.
    poolOf(sequelize).write.mysqlpool.resize({ acquireTimeout: 100 });
    await assert.rejects(sequelize.authenticate(), (error: ConnectionAcquireTimeoutError & { cause: unknown }) => {
      assert.ok(error instanceof ConnectionAcquireTimeoutError);
      assert.ok(error.cause instanceof AcquireTimeoutError);
      return true;
    });
    await transaction.rollback();
    const { sequelize: other } = await open(t, server, {
      password: 'x',
      hooks: { beforeConnect: (config) => void (config.password = 'x') },
    });
    await assert.rejects(other.authenticate(), AccessDeniedError);
  });

  it('does no harm to the next borrower when a connection is given back twice', async (t) => {
    const { sequelize } = await open(t, await getServer(), { pool: { max: 1 } });
    const manager = managerOf(sequelize);
    const first = await manager.getConnection();
    first.uuid = 'mine';
    manager.releaseConnection(first);
    const second = await manager.getConnection();
    assert.equal(second.threadId, first.threadId);
    assert.equal(second.uuid, undefined);
    manager.releaseConnection(first);
    assert.equal(manager.pool.using, 1);
    assert.throws(() => first.query('SELECT 1'), LeaseEndedError);
    manager.releaseConnection(second);
    assert.deepEqual([manager.pool.using, manager.pool.available], [0, 1]);
  });

  it('uses a connection maxUses times', async (t) => {
    const { sequelize } = await open(t, await getServer(), { pool: { max: 1, maxUses: 2 } });
    // The look at the server's version is one use.
    const ids: unknown[] = [await valueOf(sequelize, 'SELECT CONNECTION_ID() AS id')];
    for (let n = 0; n < 4; n++) ids.push(await valueOf(sequelize, 'SELECT CONNECTION_ID() AS id'));
    assert.equal(ids[1], ids[2]);
    assert.equal(ids[3], ids[4]);
    assert.equal(new Set(ids).size, 3);
  });

  it("begins again after close() as Sequelize's guide to AWS Lambda does it", async (t) => {
    const { sequelize, database } = await open(t, await getServer());
    await sequelize.authenticate();
    await sequelize.close();
    await assert.rejects(sequelize.authenticate(), /after the connection manager was closed/);
    const manager = managerOf(sequelize);
    manager.initPools();
    if (Object.hasOwn(manager, 'getConnection')) Reflect.deleteProperty(manager, 'getConnection');
    await sequelize.authenticate();
    await sequelize.close();
    const server = await getServer();
    await until(async () => (await connectionsTo(server, database)) === 0);
  });

  it('has a class of its own for a time-out at its first look at the version, too', async (t) => {
    const { sequelize } = await open(t, await getServer(), { pool: { acquire: 50 } });
    poolOf(sequelize).write.mysqlpool.suspend();
    await assert.rejects(sequelize.authenticate(), ConnectionAcquireTimeoutError);
    poolOf(sequelize).write.mysqlpool.resume();
  });

  it('gives the place of a connection that is lost while it is lent to somebody else at once', async (t) => {
    const server = await getServer();
    const { sequelize } = await open(t, server, { pool: { max: 1 } });
    const transaction = await sequelize.transaction();
    const [{ id }] = (await sequelize.query('SELECT CONNECTION_ID() AS id', { transaction, plain: false, type: QueryTypes.SELECT })) as [{ id: number }]; // prettier-ignore
    await server.admin(`KILL ${id}`);
    assert.equal(await valueOf(sequelize, 'SELECT 1 AS n'), 1);
    // Its borrower is told what has happened to it.
    await assert.rejects(sequelize.query('SELECT 1', { transaction }), /lost|closed/i);
    await transaction.rollback().catch(() => undefined);
    assert.equal(await valueOf(sequelize, 'SELECT 1 AS n'), 1);
    assert.equal(poolOf(sequelize).using, 0);
  });

  it('shares a limit with other pools', async (t) => {
    const server = await getServer();
    const permits = new MaxTotal(2);
    const pool = { max: 5, mysqlpool: { permits } };
    const { sequelize: one, database } = await open(t, server, { pool });
    const { sequelize: two, database: other } = await open(t, server, { pool });
    let most = 0;
    const work = [one, two].flatMap((each) =>
      Array.from({ length: 8 }, async () => {
        const sql = `SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE DB IN ('${database}', '${other}')`;
        most = Math.max(most, Number(await valueOf(each, sql)));
        await each.query('SELECT SLEEP(0.01) AS slept');
      }),
    );
    await Promise.all(work);
    assert.ok(most >= 1 && most <= 2, `${most} connections`);
  });

  it('shows no password', async (t) => {
    const { sequelize, password } = await open(t, await getServer());
    const connection = await managerOf(sequelize).getConnection();
    const shown = inspect([connection, poolOf(sequelize)], { depth: 3 });
    managerOf(sequelize).releaseConnection(connection);
    assert.ok(shown.length > 500);
    assert.ok(!shown.includes(`'${password}'`));
  });

  it('refuses options that nobody knows, and ours where they are not looked at, when it is made', async (t) => {
    const server = await getServer();
    // @ts-expect-error -- no option of ours
    const typed: Options = { pool: { mysqlpool: { maxSise: 3 } } };
    const refuses = (options: object, message: RegExp): Promise<void> =>
      assert.rejects(open(t, server, options), (error) => {
        assert.ok(error instanceof PoolOptionError);
        assert.match(error.message, message);
        return true;
      });
    await refuses(typed, /^Sequelize: unknown option pool\.mysqlpool\.maxSise.*"maxSize"/);
    await refuses({ pool: { max: 3, maxx: 4 } }, /^Sequelize: unknown option pool\.maxx.*"max"/);
    await refuses({ mysqlpool: {} }, /^Sequelize: mysqlpool is not looked at there.* go into pool\.mysqlpool$/);
    await refuses(
      { dialectOptions: { mysqlpool: {} } },
      /^Sequelize: dialectOptions\.mysqlpool is not looked at there/,
    );
    const { sequelize } = await open(t, server);
    const { maxSize, acquireTimeout } = poolOf(sequelize).write.mysqlpool.options;
    assert.deepEqual([maxSize, acquireTimeout], [5, 60_000]);
  });

  it('is still the pool when the hooks of all instances are cleared', async (t) => {
    const own = Sequelize as unknown as { options: { hooks: object } };
    const { hooks } = own.options;
    t.after(() => (own.options.hooks = hooks));
    own.options.hooks = {};
    const { sequelize } = await open(t, await getServer());
    assert.ok(poolOf(sequelize).write.mysqlpool.options);
  });

  it('has no limit of uses at maxUses: 0, as in Sequelize 6', async (t) => {
    const { sequelize } = await open(t, await getServer(), { pool: { max: 1, maxUses: 0 } });
    const id = (): Promise<unknown> => valueOf(sequelize, 'SELECT CONNECTION_ID() AS id');
    assert.equal(await id(), await id());
  });
});
