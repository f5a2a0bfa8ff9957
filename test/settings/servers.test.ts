import assert from 'node:assert/strict';
import { it } from 'node:test';
import { configure, connections } from 'node-mysqlpool/settings';
import { autoCloseDb } from 'node-mysqlpool/scope';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { use } from './support/settings.js';
import { counted, databaseFor, one, peakDuring } from './support/servers.js';

const TIMES = Array.from({ length: 60 }, (_, i) => i);

eachServer('settings', (_, getServer) => {
  it('serve queries with a django-mysqlpool block as it is', async (t) => {
    const entry = await databaseFor(t, await getServer());
    use(t, {
      DATABASES: {
        default: {
          ...entry,
          ENGINE: 'django_mysqlpool.backends.mysqlpool',
          OPTIONS: { init_command: 'SET @hello = 7' },
          TEST: {},
        },
      },
      MYSQLPOOL_BACKEND: 'QueuePool',
      MYSQLPOOL_ARGUMENTS: { use_threadlocal: false },
    });
    const row = await one(connections.default, 'SELECT 1 + 1 AS two, @hello AS hello, DATABASE() AS db');
    assert.deepEqual({ ...row }, { two: 2, hello: 7, db: entry.NAME });
  });

  it('hold the limit, counted by the server', async (t) => {
    const server = await getServer();
    const entry = await databaseFor(t, server);
    use(t, { DATABASES: { default: entry }, MYSQLPOOL_ARGUMENTS: { pool_size: 2, max_overflow: 2 } });
    const work = Promise.all(TIMES.map(() => connections.default.query('SELECT SLEEP(0.1)')));
    assert.equal(await peakDuring(() => counted(server, entry.NAME), work), 4);
    await until(async () => (await counted(server, entry.NAME)) === 2);
  });

  it('have aliases with equal parameters share connections, and others not', async (t) => {
    const server = await getServer();
    const entry = await databaseFor(t, server);
    const again = { ...entry, PORT: Number(entry.PORT) };
    const apart = { ...entry, OPTIONS: { charset: 'latin1' } };
    use(t, { DATABASES: { default: entry, again, apart } });
    const id = async (alias: string): Promise<unknown> =>
      (await one(connections[alias]!, 'SELECT CONNECTION_ID() AS id'))['id'];
    const first = await id('default');
    assert.equal(await id('again'), first);
    assert.notEqual(await id('apart'), first);
    assert.equal(await counted(server, entry.NAME), 2);
  });

  it('keep the sum of all pools within MYSQLPOOL_MAX_TOTAL, and nothing fails', async (t) => {
    const server = await getServer();
    const [one_, two] = [await databaseFor(t, server), await databaseFor(t, server)];
    use(t, { DATABASES: { default: one_, other: two }, MYSQLPOOL_MAX_TOTAL: 3, MYSQLPOOL_ARGUMENTS: { pool_size: 3 } });
    const pools = [connections.default, connections['other']!];
    const work = Promise.all(TIMES.map((i) => pools[i % 2]!.query('SELECT SLEEP(0.01)')));
    const peak = await peakDuring(() => counted(server, one_.NAME, two.NAME), work);
    assert.ok(peak <= 3 && peak >= 2, `${peak} connections`);
    for (const pool of pools) assert.equal(pool.stats().total.failed, 0);
  });

  it('move idle connections from one pool to another rather than fail', async (t) => {
    const server = await getServer();
    const [one_, two] = [await databaseFor(t, server), await databaseFor(t, server)];
    const args = { pool_size: 3, timeout: 5 };
    use(t, { DATABASES: { default: one_, other: two }, MYSQLPOOL_MAX_TOTAL: 3, MYSQLPOOL_ARGUMENTS: args });
    await connections.default.warmUp(3);
    assert.equal(await counted(server, one_.NAME), 3);
    const leases = await Promise.all([1, 2, 3].map(() => connections['other']!.acquire()));
    assert.deepEqual([await counted(server, one_.NAME), await counted(server, two.NAME)], [0, 3]);
    for (const lease of leases) lease.release();
    await connections.default.query('SELECT 1');
    assert.ok((await counted(server, one_.NAME, two.NAME)) <= 3);
  });

  it('set a new limit on pools that run', async (t) => {
    const server = await getServer();
    const entry = await databaseFor(t, server);
    const settings = { DATABASES: { default: entry }, MYSQLPOOL_ARGUMENTS: { pool_size: 4 } };
    use(t, settings);
    const { default: pool } = connections;
    await pool.warmUp(4);
    assert.equal(await counted(server, entry.NAME), 4);
    configure({ ...settings, MYSQLPOOL_MAX_TOTAL: 1 });
    assert.equal(connections.default, pool);
    await until(async () => (await counted(server, entry.NAME)) === 1);
    await Promise.all([1, 2, 3, 4].map(() => pool.query('SELECT 1')));
    assert.equal(await counted(server, entry.NAME), 1);
  });

  it('set up each connection as OPTIONS say, also after it was cleaned', async (t) => {
    const entry = await databaseFor(t, await getServer());
    const OPTIONS = {
      charset: 'latin1',
      isolation_level: 'read committed',
      sql_mode: 'STRICT_ALL_TABLES',
      init_command: 'SET SESSION group_concat_max_len = 4321',
      connect_timeout: 5,
    };
    use(t, { DATABASES: { default: { ...entry, OPTIONS } }, MYSQLPOOL_ARGUMENTS: { pool_size: 1, max_overflow: 0 } });
    const check = async (): Promise<void> => {
      const row = await one(
        connections.default,
        'SELECT @@sql_mode AS mode, @@group_concat_max_len AS len, @@character_set_client AS charset',
      );
      assert.deepEqual({ ...row }, { mode: 'STRICT_ALL_TABLES', len: 4321, charset: 'latin1' });
      const level = await one(
        connections.default,
        "SHOW VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')",
      );
      assert.equal(level['Value'], 'READ-COMMITTED');
    };
    await check();
    await connections.default.use(async (lease) => {
      await lease.query("SET sql_mode = '', group_concat_max_len = 99, @a = 1");
      await lease.query('CREATE TEMPORARY TABLE gone (id INT)');
      await lease.query('SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE');
    });
    await check();
  });

  it('connect through a socket', async (t) => {
    const server = await getServer();
    const entry = await databaseFor(t, server);
    const { socketPath } = server;
    use(t, {
      DATABASES: {
        default: { ...entry, HOST: socketPath, PORT: '' },
        option: { ...entry, HOST: '', PORT: '', OPTIONS: { unix_socket: socketPath } },
      },
    });
    for (const alias of ['default', 'option']) {
      const row = await one(
        connections[alias]!,
        'SELECT HOST AS host FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()',
      );
      assert.equal(row['host'], 'localhost');
    }
  });

  it('give back with autoCloseDb what was taken of any database, its transaction rolled back', async (t) => {
    const server = await getServer();
    const [one_, two] = [await databaseFor(t, server), await databaseFor(t, server)];
    use(t, { DATABASES: { default: one_, other: two }, MYSQLPOOL_ARGUMENTS: { pool_size: 1, max_overflow: 0 } });
    const careless = autoCloseDb(async () => {
      for (const pool of [connections.default, connections['other']!]) {
        const lease = await pool.acquire();
        await lease.query('START TRANSACTION');
        await lease.query('INSERT INTO t VALUES (1)');
      }
      throw new Error('own');
    });
    await assert.rejects(careless(), /^Error: own$/);
    for (const pool of [connections.default, connections['other']!]) {
      assert.equal((await one(pool, 'SELECT COUNT(*) AS n FROM t'))['n'], 0);
      assert.equal(pool.stats().inUse, 0);
    }
  });

  it('keep one connection a scope with use_threadlocal', async (t) => {
    const entry = await databaseFor(t, await getServer());
    use(t, { DATABASES: { default: entry }, MYSQLPOOL_ARGUMENTS: { use_threadlocal: true } });
    const id = async (): Promise<unknown> => (await one(connections.default, 'SELECT CONNECTION_ID() AS id'))['id'];
    let arrived = 0;
    let meet = (): void => undefined;
    const both = new Promise<void>((resolve) => (meet = resolve));
    const twice = autoCloseDb(async () => {
      await connections.default.acquire();
      // Or the second scope might be served with what the first has given back.
      if (++arrived === 2) meet();
      await both;
      return [await id(), await id()];
    });
    const scopes = await Promise.all([twice(), twice()]);
    for (const [first, second] of scopes) assert.equal(first, second);
    assert.notEqual(scopes[0]![0], scopes[1]![0]);
  });
});
