import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it, type TestContext } from 'node:test';
import * as mysql2 from 'mysql2';
import type { Connection, RowDataPacket } from 'mysql2';
import { ConnectError, OperationTimeoutError } from 'node-mysqlpool';
import { watchedDriver } from '#internal/mysql/watched-driver.js';
import { CreatorPool, type CreatorPoolOptions } from '#internal/api/creator-pool.js';
import { internals } from '#internal/mysql/driver.js';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { accountFor, databaseFor, gone, nextEvent, proxyTo, runs, timesAbove } from './support.js';

const driver = watchedDriver(mysql2);

/** Connects as ORMs do: with the driver's callback API, wrapped in a promise. */
function connect(
  server: Pick<TestServer, 'host' | 'port'> & Partial<TestServer>,
  from: typeof mysql2 = driver,
): Promise<Connection> {
  const { host, port, user = '', password = '' } = server;
  const connection = from.createConnection({ host, port, user, password });
  return new Promise((resolve, reject) => {
    connection.once('connect', () => resolve(connection));
    connection.once('error', reject);
  });
}

const end = (connection: Connection): Promise<void> => new Promise((resolve) => connection.end(() => resolve()));

function poolOf(t: TestContext, create: () => Promise<Connection>, options: CreatorPoolOptions = {}): CreatorPool {
  const pool = new CreatorPool({ driver, create, close: end }, { name: 'shop', maxSize: 1, ...options });
  t.after(() => pool.close({ timeout: 0 }));
  return pool;
}

async function rowOf(connection: Connection, sql: string): Promise<RowDataPacket> {
  const [rows] = await connection.promise().query<RowDataPacket[]>(sql);
  return rows[0]!;
}

const closedReason = async (pool: CreatorPool): Promise<{ reason: string; cause?: unknown }> =>
  (await nextEvent(pool as never, 'closed')) as { reason: string };

eachServer('a pool over a creator', (_kind, getServer) => {
  it('restores by values what its creator has set, and says the rest again', async (t) => {
    const server = await getServer();
    const create = async (): Promise<Connection> => {
      const connection = await connect(server);
      await connection.promise().query("SET time_zone = '+02:00', lock_wait_timeout = 33");
      await connection.promise().query('SET SESSION net_read_timeout = 77');
      await connection.promise().query('SELECT 1');
      return connection;
    };
    const pool = poolOf(t, create);
    const look = 'SELECT @@time_zone AS tz, @@lock_wait_timeout AS wait, @@net_read_timeout AS net, @left AS was';
    const first = { tz: '+02:00', wait: 33, net: 77, was: null };
    for (const work of [
      'DO 1',
      "SET time_zone = '+08:00'",
      'SET @left = 1',
      'SET SESSION net_read_timeout = 5',
      'BEGIN',
    ]) {
      await pool.use((lease) => lease.connection.promise().query(work));
      assert.deepEqual({ ...(await pool.use((lease) => rowOf(lease.connection, look))) }, first, work);
    }
    assert.equal(pool.stats().total.opened, 1);
  });

  it('replaces a connection whose creator did what cannot be done again', async (t) => {
    const server = await getServer();
    const { name } = await databaseFor(t, server);
    const pool = poolOf(t, async () => {
      const connection = await connect(server);
      await connection.promise().query(`CREATE TEMPORARY TABLE ${name}.mine (n INT)`);
      return connection;
    });
    await pool.use((lease) => lease.connection.promise().query(`INSERT INTO ${name}.mine VALUES (1)`));
    assert.equal((await pool.use((lease) => rowOf(lease.connection, `SELECT n FROM ${name}.mine`)))['n'], 1);
    const closed = closedReason(pool);
    await pool.use((lease) => lease.connection.promise().query('SET @left = 1'));
    assert.equal((await closed).reason, 'unclean');
    const row = await pool.use((lease) => rowOf(lease.connection, `SELECT COUNT(*) AS n FROM ${name}.mine`));
    assert.equal(row['n'], 0);
  });

  it('takes a connection whose making it could not see', async (t) => {
    const server = await getServer();
    const pool = poolOf(t, () => connect(server, mysql2));
    await pool.use((lease) => lease.connection.promise().query('SET @left = 1'));
    assert.equal((await pool.use((lease) => rowOf(lease.connection, 'SELECT @left AS was')))['was'], null);
    assert.equal(pool.stats().total.opened, 1);
  });

  it('resets a connection of an older mysql2, which has no reset', async (t) => {
    const server = await getServer();
    const pool = poolOf(t, async () => Object.assign(await connect(server), { reset: undefined }));
    const countOf = async (connection: Connection): Promise<unknown> => {
      const [rows] = await connection.promise().execute<RowDataPacket[]>('SELECT ? + 1 AS n', [1]);
      return rows[0]!['n'];
    };
    for (const round of [1, 2]) {
      await pool.use(async ({ connection }) => {
        assert.equal((await rowOf(connection, 'SELECT @left AS was'))['was'], null, `round ${round}`);
        // A reset closes all prepared statements on the server.
        assert.equal(await countOf(connection), 2);
        await connection.promise().query('SET @left = 1');
      });
    }
    await pool.use(async ({ connection }) => {
      await connection.promise().query('SET @left = 1');
      await new Promise<void>((resolve, reject) => connection.reset((error) => (error ? reject(error) : resolve())));
      assert.equal((await rowOf(connection, 'SELECT @left AS was'))['was'], null);
      await connection.promise().query('SET @left = 1');
      (connection.reset as () => void)();
      assert.equal((await rowOf(connection, 'SELECT @left AS was'))['was'], null);
      assert.equal(await countOf(connection), 2);
      await connection.promise().ping();
      connection.destroy();
      const told = await new Promise((resolve) => connection.reset((error) => resolve(error)));
      assert.ok(told instanceof Error);
    });
    assert.equal(pool.stats().total.opened, 1);
  });

  it('leaves the listeners of its creator, and takes off those of borrowers', async (t) => {
    const server = await getServer();
    const pool = poolOf(t, async () => (await connect(server)).on('end', () => undefined));
    const before = await pool.use(({ connection }) => {
      const count = connection.listenerCount('end');
      connection.on('end', () => undefined);
      return count;
    });
    await pool.use((lease) => lease.connection.promise().query('SET @left = 1'));
    assert.ok(before >= 1);
    assert.equal(await pool.use(({ connection }) => connection.listenerCount('end')), before);
  });

  it('notices a connection that is lost while it lies idle', async (t) => {
    const server = await getServer();
    const pool = poolOf(t, () => connect(server));
    const id = await pool.use((lease) => lease.connection.threadId);
    const closed = closedReason(pool);
    await server.admin(`KILL ${id}`);
    assert.equal((await closed).reason, 'dead');
    assert.notEqual(await pool.use((lease) => lease.connection.threadId), id);
  });

  it('drops at once what its creator was opening when the time for that is over', async (t) => {
    await using proxy = await proxyTo(await getServer());
    proxy.blackhole();
    const begun: Connection[] = [];
    const create = async (): Promise<Connection> => {
      const connection = driver.createConnection({ host: proxy.host, port: proxy.port });
      begun.push(connection);
      await once(connection, 'connect');
      return connection;
    };
    const pool = poolOf(t, create, { connectTimeout: 100 });
    const failed = nextEvent(pool as never, 'openFailed') as Promise<{ error: unknown }>;
    const acquiring = pool.acquire();
    assert.ok((await failed).error instanceof OperationTimeoutError);
    assert.equal(internals(begun[0]!).stream.destroyed, true);
    const closing = pool.close();
    await assert.rejects(acquiring, { code: 'POOL_CLOSED' });
    await closing;
    assert.ok(begun.every((connection) => internals(connection).stream.destroyed));
  });

  it('drops what its creator begins to open when nobody wants it any more', async (t) => {
    const server = await getServer();
    const { promise: gate, open } = gateOf();
    const made: Connection[] = [];
    const pool = poolOf(
      t,
      async () => {
        await gate;
        const connection = connect(server);
        connection.then((each) => made.push(each), () => made.push(undefined as never)); // prettier-ignore
        return connection;
      },
      { connectTimeout: 50 },
    );
    const failed = nextEvent(pool as never, 'openFailed');
    const acquiring = pool.acquire();
    await failed;
    const closing = pool.close();
    await assert.rejects(acquiring, { code: 'POOL_CLOSED' });
    open();
    await closing;
    await until(() => made.length > 0);
    assert.ok(
      made.every((each) => each === undefined),
      'a connection came about that nobody waited for',
    );
  });

  it('drops only what it was opening itself, whatever else its creator makes meanwhile', async (t) => {
    const server = await getServer();
    await using proxy = await proxyTo(server);
    proxy.blackhole();
    // The first dial waits longer for its password than the second one, and is given up.
    const { promise: gate, open } = gateOf();
    const hangs = poolOf(
      t,
      async () => {
        await gate;
        return connect({ ...server, host: proxy.host, port: proxy.port });
      },
      { connectTimeout: 200 },
    );
    const works = poolOf(t, async () => connect(server));
    const failed = nextEvent(hangs as never, 'openFailed');
    const hanging = hangs.acquire();
    const lease = await works.acquire();
    open();
    await failed;
    assert.equal((await rowOf(lease.connection, 'SELECT 7 AS seven'))['seven'], 7);
    lease.release();
    const closing = hangs.close();
    await assert.rejects(hanging, { code: 'POOL_CLOSED' });
    await closing;
  });

  it("knows a wrong password in the error of its creator's own", async (t) => {
    const server = await getServer();
    const pool = poolOf(t, async () => {
      try {
        return await connect({ ...addressOf(server), user: server.user, password: 'wrong' });
      } catch (error) {
        throw Object.assign(new Error('no connection'), { parent: error });
      }
    });
    await assert.rejects(pool.acquire(), (error: Error) => {
      assert.ok(error instanceof ConnectError);
      assert.equal((error.cause as Error).message, 'no connection');
      return true;
    });
  });

  it('counts a connection that was destroyed in the middle of a statement until the server is rid of it', async (t) => {
    const server = await getServer();
    const user = await accountFor(t, server, 'pw');
    const pool = poolOf(t, () => connect({ ...addressOf(server), user, password: 'pw' }), { maxSize: 2 });
    const destroyOne = async (text: string): Promise<void> => {
      const lease = await pool.acquire();
      const told = lease.connection
        .promise()
        .query(`SELECT SLEEP(60), "${text}"`)
        .catch(() => undefined);
      await runs(server, text);
      lease.destroy();
      await told;
    };
    const ask = (): Promise<unknown> => pool.use((lease) => lease.connection.promise().query('SELECT SLEEP(0.005)'));
    const users = async (): Promise<void> => {
      for (const text of ['destroyed 1', 'destroyed 2', 'destroyed 3']) {
        await pool.warmUp(2);
        await destroyOne(text);
        await Promise.all(Array.from({ length: 20 }, ask));
      }
    };
    assert.equal(await timesAbove({ server, user }, 2, users()), 0);
    await gone(server, '"destroyed ');
  });

  it('has a connection that is opened end what was lost with all there were', async (t) => {
    const server = await getServer();
    const pool = poolOf(t, () => connect(server), { maxSize: 1 });
    const lease = await pool.acquire();
    const told = lease.connection
      .promise()
      .query('SELECT SLEEP(60), "the only one"')
      .catch(() => undefined);
    await runs(server, 'the only one');
    lease.destroy();
    await told;
    const started = performance.now();
    await pool.use((next) => next.connection.promise().query('SELECT 1'));
    await gone(server, '"the only one');
    assert.ok(performance.now() - started < 2_500, 'a server finds out by itself in 5 s');
  });
});

const addressOf = ({ host, port }: TestServer): { host: string; port: number } => ({ host, port });

function gateOf(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}
