import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createPool, type MysqlPool, type MysqlPoolOptions } from 'node-mysqlpool';
import { MonitorClient, type PoolReport } from 'node-mysqlpool/monitor';
import { ProcessSource } from '#internal/monitor/process-source.js';
import { accountFor, limitedAccount, one, poolOn, proxyTo } from '../mysql/support.js';
import { SERVER_KINDS, startOwnServer, type TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { monitorFor, streamOf } from './support.js';

/** Looks at one pool. */
function looking(t: TestContext, pool: MysqlPool): () => Promise<PoolReport> {
  const source = new ProcessSource({ pools: [pool], allows: [] });
  t.after(() => source.close());
  return async () => (await source.report()).processes[0]!.pools[0]!;
}

const urlFor = (server: TestServer, user: string, password: string): string =>
  `mysql://${user}:${password}@${server.host}:${server.port}/`;

eachServer('the server side of a report', (kind, getServer) => {
  it('says the version, who is connected and what the limits are', async (t) => {
    const server = await getServer();
    const user = await accountFor(t, server, 'pw', 'WITH MAX_USER_CONNECTIONS 7');
    const pool = poolOn(t, urlFor(server, user, 'pw'), { maxSize: 3 });
    await pool.warmUp(3);
    const report = await looking(t, pool)();
    const { server: said } = report;
    const [limit] = await server.admin('SELECT @@max_connections AS most');
    assert.ok(said !== undefined);
    assert.equal(said.problem, undefined);
    assert.equal(said.version!.split('-')[0], server.version.split('-')[0]);
    assert.equal(said.user, `${user}@%`);
    assert.deepEqual(
      [said.ours, said.userConnections, said.maxUserConnections, said.maxConnections],
      [3, 3, 7, Number(limit!['most'])],
    );
    assert.ok(said.threadsConnected! >= 3 && said.threadsConnected! <= said.maxConnections!);
    assert.ok(Math.abs(said.at - Date.now()) < 60_000);
  });

  it('says how the process stands in its fleet, and nothing of one for a pool without', async (t) => {
    const server = await getServer();
    const { url } = await limitedAccount(t, server, 2);
    const pool = poolOn(t, url, { name: 'orders', maxSize: 5, fleet: { name: 'shop' } });
    const leases = [await pool.acquire(), await pool.acquire()];
    const waiting = pool.acquire();
    const { fleet } = await looking(t, pool)();
    for (const lease of leases) lease.release();
    (await waiting).release();
    assert.deepEqual(
      { name: fleet!.name, limit: fleet!.limit, held: fleet!.held, demand: fleet!.demand, floor: fleet!.floor },
      { name: 'shop', limit: 2, held: 2, demand: 3, floor: 0 },
    );
    assert.deepEqual([fleet!.coordinator, fleet!.problem], ['mysql', undefined]);
    const alone = poolOn(t, url, { name: 'alone', fleet: false });
    assert.equal((await looking(t, alone)()).fleet, undefined);
  });

  it('counts the connections of its user from wherever they come', async (t) => {
    const server = await getServer();
    const user = await accountFor(t, server, 'pw');
    const url = urlFor(server, user, 'pw');
    const other = poolOn(t, url, { maxSize: 4 });
    await other.warmUp(4);
    const pool = poolOn(t, url, { maxSize: 2 });
    await pool.warmUp(2);
    const { server: said } = await looking(t, pool)();
    assert.deepEqual([said!.ours, said!.userConnections, said!.maxUserConnections], [2, 6, undefined]);
  });

  it('tells the limits of a pool that has been full ever since, as its first connection has asked for them', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 1 });
    await using _lease = await pool.acquire();
    const since = Date.now();
    const report = looking(t, pool);
    const { server: said } = await report();
    // When the server was asked, not when the monitor was.
    assert.ok(said!.at <= since);
    await until(() => Date.now() > since);
    assert.equal((await report()).server?.at, said!.at);
    const [limit] = await server.admin('SELECT @@max_connections AS most');
    assert.deepEqual([said?.maxConnections, said?.ours], [Number(limit!['most']), 1]);
    assert.equal(said?.threadsConnected, undefined);
  });

  it('is asked over an idle connection only: never waited for, and nothing opened', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 2 });
    const report = looking(t, pool);
    assert.equal((await report()).server, undefined);
    assert.equal(pool.stats().total.opened, 0);
    const leases = [await pool.acquire(), await pool.acquire()];
    assert.equal((await report()).server?.version, undefined, 'all are out');
    assert.equal((await report()).stats.waiters, 0);
    for (const lease of leases) lease.release();
    assert.equal((await report()).server?.problem, undefined);
    assert.ok((await report()).server!.version);
    assert.equal(pool.stats().total.opened, 2);
  });

  it('is asked over a connection that has been idle for long and must be pinged first', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1, ping: 'always' });
    await pool.warmUp(1);
    const { server: said, stats, history } = await looking(t, pool)();
    assert.ok(said!.version);
    assert.deepEqual([stats.inUse, stats.idle, stats.waiters, history.at.length], [0, 1, 0, 0]);
  });

  it('counts as no use by the application, and leaves no trace in the session', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    const cleaned: string[] = [];
    pool.on('cleaned', ({ kind: how }) => cleaned.push(how));
    const report = looking(t, pool);
    await one(pool, 'SELECT 1');
    const before = await report();
    assert.ok(before.server!.version);
    assert.deepEqual(before.stats.total.acquired, 1);
    assert.equal(pool.stats().total.acquired, 2, 'it was asked');
    assert.equal(
      before.holds.counts.reduce((sum, count) => sum + count),
      1,
    );
    assert.equal(
      before.waits.counts.reduce((sum, count) => sum + count),
      1,
    );
    assert.deepEqual(cleaned, []);
    const lease = await pool.acquire();
    const [loan] = (await report()).loans;
    assert.ok(!loan!.recent.some((statement) => /Threads_connected|PROCESSLIST/i.test(statement)));
    lease.release();
  });

  it('is asked once in five seconds, however often a report is asked for', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 1 });
    await pool.warmUp(1);
    const report = looking(t, pool);
    const { acquired } = pool.stats().total;
    const answers = await Promise.all(Array.from({ length: 20 }, () => report()));
    assert.equal(new Set(answers.map(({ server: said }) => said!.at)).size, 1);
    assert.equal(pool.stats().total.acquired, acquired + 1);
  });

  it('is asked also in a pool of one that shares its connection, without getting in the way', async (t) => {
    for (const poolClass of ['StaticPool', 'AssertionPool'] as const) {
      const pool = poolOn(t, await getServer(), { poolClass, ping: 'always' });
      await one(pool, 'SELECT 1');
      const report = looking(t, pool);
      const [said, row] = await Promise.all([report(), one(pool, 'SELECT 2 AS two')]);
      assert.equal(row['two'], 2);
      assert.ok(said.server!.version, poolClass);
    }
  });

  it('has a problem in one plain line when the server refuses, and the rest still works', async (t) => {
    const server = await getServer();
    // The set-up of a connection takes two or three; then the account has used up its hour.
    const user = await accountFor(t, server, 'pw', 'WITH MAX_QUERIES_PER_HOUR 4');
    const pool = poolOn(t, urlFor(server, user, 'pw'), { maxSize: 1 });
    await pool.warmUp(1);
    const report = looking(t, pool);
    const { server: said, stats } = await report();
    assert.match(said!.problem!, /^the server does not tell .*: .*max_(?:questions|queries_per_hour)/i);
    assert.doesNotMatch(said!.problem!, /\n/);
    assert.deepEqual([stats.idle, said!.ours, said!.userConnections], [1, 1, undefined]);
  });

  it('has a problem when the network swallows the question, and the connection is not lent again', async (t) => {
    const server = await getServer();
    const proxy = await proxyTo(server);
    t.after(() => proxy[Symbol.asyncDispose]());
    const pool = poolOn(t, `mysql://${server.user}:${server.password}@${proxy.host}:${proxy.port}/`, {
      maxSize: 1,
      ping: 'never',
    });
    await pool.use(({ info }) => void info.set('asked', true));
    proxy.blackhole();
    const report = looking(t, pool);
    assert.equal((await report()).server?.version, undefined, 'a report does not wait for long');
    const problem = await until(async () => (await report()).server?.problem, 15_000);
    assert.equal(problem, 'the server cannot be asked: no answer within 5000 ms');
    const { events } = await report();
    assert.match(events.map(({ text }) => text).join('\n'), /^connection 1 closed: .*\(no answer within 5000 ms\)$/m);
    proxy.heal();
    const lease = await pool.acquire();
    assert.notEqual(lease.info.get('asked'), true);
    lease.release();
  });

  it('shows a leak in one of its next reports, with the file and line that took the connection', async (t) => {
    const pool = poolOn(t, await getServer(), { name: 'leaky', leakThreshold: 500 } satisfies MysqlPoolOptions);
    const monitor = await monitorFor(t);
    const stream = await streamOf(t, monitor);
    const lease = await pool.acquire({ label: 'nightly report' });
    await lease.query('SELECT 42 AS answer');
    let leak: PoolReport['leaks'][0] | undefined;
    let reports = 0;
    for (; leak === undefined; reports++) {
      const report = await stream.next();
      leak = report!.processes[0]!.pools.find(({ stats }) => stats.name === 'leaky')?.leaks[0];
    }
    assert.ok(reports <= 4, `in the ${reports}th report`);
    assert.match(leak.callSite!, /servers\.test\.(?:ts|js):\d+:\d+/);
    assert.equal(leak.label, 'nightly report');
    lease.release();
    const [process_] = (await new MonitorClient(monitor.url).report()).processes;
    assert.deepEqual(process_!.pools.find(({ stats }) => stats.name === 'leaky')!.leaks, []);
  });

  it('has pools evicted, suspended and resumed from afar', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { name: 'acted-on', maxSize: 2 });
    await pool.warmUp(2);
    const monitor = await monitorFor(t, { allow: ['evict', 'suspend', 'resume'], pools: [pool] });
    const client = new MonitorClient(monitor.url);
    const [process_] = (await client.report()).processes;
    const { id } = process_!.pools[0]!;
    const idBefore = Number((await one(pool, 'SELECT CONNECTION_ID() AS id'))['id']);
    await client.act(process_!.id, id, 'evict');
    await until(() => pool.stats().size === 0);
    await client.act(process_!.id, id, 'suspend');
    await assert.rejects(pool.acquire({ timeout: 20 }), { code: 'POOL_ACQUIRE_TIMEOUT', phase: 'suspended' });
    await client.act(process_!.id, id, 'resume');
    assert.ok(Number((await one(pool, 'SELECT CONNECTION_ID() AS id'))['id']) > idBefore);
    const { events } = (await client.report()).processes[0]!.pools[0]!;
    const told = events.map(({ event }) => event);
    for (const event of ['evicted', 'suspended', 'acquireFailed', 'resumed'] as const) assert.ok(told.includes(event));
  });

  if (kind === 'mysql') {
    it('finds the list of connections although performance_schema is off', async (t) => {
      await using server = await startOwnServer(kind, { variables: { performance_schema: 'OFF' } });
      const pool = createPool(server.url(), { maxSize: 2 });
      t.after(() => pool.close({ timeout: 0 }));
      await pool.warmUp(2);
      const { server: said } = await looking(t, pool)();
      assert.deepEqual([said!.problem, said!.userConnections], [undefined, 2]);
      await pool.close();
    });
  }
});

for (const kind of SERVER_KINDS) {
  describe(`a server that goes away (${kind})`, () => {
    it('leaves its last word', async (t) => {
      await using server = await startOwnServer(kind);
      const pool = poolOn(t, server, { maxSize: 1 });
      await pool.warmUp(1);
      const source = new ProcessSource({ pools: [pool], allows: [] });
      t.after(() => source.close());
      const report = async (): Promise<PoolReport> => (await source.report()).processes[0]!.pools[0]!;
      const first = (await report()).server!;
      assert.equal(first.problem, undefined);
      await server.kill();
      await until(() => pool.stats().size === 0);
      const down = await report();
      assert.deepEqual([down.server!.at, down.server!.ours], [first.at, 0]);
      assert.equal(down.events.at(-1)!.event, 'closed');
      await pool.close({ timeout: 0 });
    });
  });
}
