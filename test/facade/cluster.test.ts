import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { TestContext } from 'node:test';
import * as mysql2 from 'mysql2';
import type { PoolClusterOptions, PoolConnection } from 'mysql2';
import { createPoolCluster, type PoolCluster } from 'node-mysqlpool/mysql2';
import { createPoolCluster as createPromiseCluster } from 'node-mysqlpool/mysql2/promise';
import type { TestServer } from '../support/servers/index.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { fullAtFirst } from '../mysql/fake-server.js';
import { firstOf } from './support.js';

const { PoolCluster: StockCluster } = mysql2 as unknown as { readonly PoolCluster: new () => object };

type NodeConnection = PoolConnection & { readonly _clusterId: string };

function clusterOn(
  t: TestContext,
  server: TestServer,
  names: readonly string[],
  options?: PoolClusterOptions,
): PoolCluster {
  const cluster = createPoolCluster(options);
  for (const name of names) cluster.add(name, { uri: server.url(), connectionLimit: 2, acquireTimeout: 5_000 });
  t.after(() => new Promise<void>((resolve) => cluster.end(() => resolve())));
  return cluster;
}

function take(from: Pick<PoolCluster, 'getConnection'>, ...where: string[]): Promise<NodeConnection> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown, connection: PoolConnection): void =>
      error ? reject(error as Error) : resolve(connection as NodeConnection);
    (from.getConnection as (...args: unknown[]) => void)(...where, done);
  });
}

async function served(cluster: PoolCluster, times: number, ...where: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < times; n++) {
    const connection = await take(cluster, ...where);
    ids.push(connection._clusterId);
    connection.release();
  }
  return ids;
}

async function proxyTo(t: TestContext, { host, port }: TestServer): Promise<Proxy> {
  const proxy = await startProxy({ target: { host, port } });
  t.after(() => proxy.close());
  return proxy;
}

/** What a cluster says. */
function heard(cluster: PoolCluster): string[] {
  const said: string[] = [];
  for (const event of ['online', 'offline', 'remove']) cluster.on(event, (id: string) => said.push(`${event} ${id}`));
  cluster.on('warn', (error) => said.push(`warn ${(error as { code?: string }).code}`));
  return said;
}

eachServer('a cluster of pools', (_kind, getServer) => {
  it('chooses in turn, in order, or at random', async (t) => {
    const cluster = clusterOn(t, await getServer(), ['MASTER', 'SLAVE1', 'SLAVE2']);
    assert.ok(cluster instanceof StockCluster);
    assert.deepEqual(await served(cluster, 4), ['MASTER', 'SLAVE1', 'SLAVE2', 'MASTER']);
    assert.deepEqual(await served(cluster, 3, 'SLAVE*'), ['SLAVE1', 'SLAVE2', 'SLAVE1']);
    assert.deepEqual(await served(cluster, 2, 'MASTER'), ['MASTER', 'MASTER']);
    assert.deepEqual(await served(cluster, 2, 'SLAVE*', 'ORDER'), ['SLAVE1', 'SLAVE1']);
    for (const id of await served(cluster, 5, 'SLAVE*', 'RANDOM')) assert.match(id, /^SLAVE[12]$/);
    assert.throws(() => cluster.of('*', 'ROUND'), /option "selector": expected "RR", "RANDOM" or "ORDER", got "ROUND"/);
    assert.throws(
      () => createPoolCluster({ canretry: true } as never),
      /unknown option "canretry" \(did you mean "canRetry"/,
    );
  });

  it('knows nodes without a name, and forgets those that are removed', async (t) => {
    const server = await getServer();
    const cluster = clusterOn(t, server, []);
    const noNode = { message: 'Pool does Not exist.', code: 'POOL_NOEXIST' };
    await assert.rejects(take(cluster), noNode);
    cluster.add({ uri: server.url() });
    cluster.add({ uri: server.url() });
    assert.deepEqual(await served(cluster, 2), ['CLUSTER::1', 'CLUSTER::2']);
    assert.deepEqual(await served(cluster, 1, /2$/ as never), ['CLUSTER::2']);
    cluster.remove('CLUSTER::*');
    await assert.rejects(take(cluster), noNode);
  });

  it('runs statements on a part of it', async (t) => {
    const cluster = clusterOn(t, await getServer(), ['A1', 'A2', 'B']);
    const part = cluster.of('A*');
    for (const method of ['query', 'execute'] as const) {
      const rows = await new Promise((resolve, reject) => {
        part[method as 'query']('SELECT ? AS n', [5], (error, result) => (error ? reject(error) : resolve(result)));
      });
      assert.deepEqual(JSON.parse(JSON.stringify(rows)), [{ n: 5 }]);
    }
    assert.equal(cluster.of('A*'), part);
  });

  it('goes on with the others when a node cannot be reached, and removes it after so many failures', async (t) => {
    const server = await getServer();
    const proxy = await proxyTo(t, server);
    const cluster = clusterOn(t, server, ['GOOD'], { removeNodeErrorCount: 2, defaultSelector: 'ORDER' });
    cluster.remove('GOOD');
    cluster.add('BAD', { uri: proxy.url(server.url()), acquireTimeout: 5_000 });
    cluster.add('GOOD', { uri: server.url() });
    await proxy.refuse();
    const said = heard(cluster);
    assert.deepEqual(await served(cluster, 1), ['GOOD']);
    assert.deepEqual(said, ['warn ECONNREFUSED']);
    await until(async () => (await served(cluster, 1)) && said.includes('remove BAD'));
    said.length = 0;
    assert.deepEqual(await served(cluster, 2), ['GOOD', 'GOOD']);
    assert.deepEqual(said, []);
  });

  it('goes on with the next node also when the dial of that very request has its node removed', async (t) => {
    const server = await getServer();
    const proxy = await proxyTo(t, server);
    const cluster = clusterOn(t, server, [], { removeNodeErrorCount: 1, defaultSelector: 'ORDER' });
    cluster.add('BAD', { uri: proxy.url(server.url()), acquireTimeout: 5_000 });
    cluster.add('GOOD', { uri: server.url() });
    await proxy.refuse();
    const said = heard(cluster);
    assert.deepEqual(await served(cluster, 2), ['GOOD', 'GOOD']);
    assert.deepEqual(said, ['remove BAD', 'warn ECONNREFUSED']);
    cluster.add('BAD', { uri: proxy.url(server.url()) });
    await assert.rejects(take(cluster, 'BAD'), { code: 'ECONNREFUSED' }, 'there is no other');
    assert.deepEqual(await served(cluster, 1), ['GOOD']);
  });

  it('survives broken dials with one node too, unless it must not try again', async (t) => {
    const server = await getServer();
    const proxy = await proxyTo(t, server);
    for (const canRetry of [true, false]) {
      const cluster = clusterOn(t, server, [], { canRetry });
      cluster.add('ONLY', { uri: proxy.url(server.url()), acquireTimeout: 5_000 });
      await proxy.refuse();
      const said = heard(cluster);
      // The server is back when the first dial has failed.
      cluster.on('warn', () => void proxy.accept());
      if (canRetry) assert.deepEqual(await served(cluster, 1), ['ONLY']);
      else await assert.rejects(take(cluster), { code: 'ECONNREFUSED' });
      assert.equal(said[0], canRetry ? 'warn ECONNREFUSED' : undefined);
    }
  });

  it('tells the failure when it has tried its only node as often as it may', async (t) => {
    const server = await getServer();
    const proxy = await proxyTo(t, server);
    const cluster = clusterOn(t, server, [], { removeNodeErrorCount: 3 });
    cluster.add('ONLY', { uri: proxy.url(server.url()), acquireTimeout: 5_000 });
    await proxy.refuse();
    const said = heard(cluster);
    await assert.rejects(take(cluster), { code: 'ECONNREFUSED' });
    assert.deepEqual(said, ['warn ECONNREFUSED', 'warn ECONNREFUSED', 'remove ONLY']);
    await assert.rejects(take(cluster), { code: 'POOL_NOEXIST' });
  });

  it('goes past a node whose server is full, waits for room where all are, and blames none', async (t) => {
    const server = await getServer();
    const full = async (dials: number): Promise<object> => ({
      uri: server.url(),
      port: await fullAtFirst(t, server, dials, 1226),
      acquireTimeout: 5_000,
    });
    for (const canRetry of [true, false]) {
      const cluster = clusterOn(t, server, [], { canRetry, removeNodeErrorCount: 1, defaultSelector: 'ORDER' });
      const said = heard(cluster);
      cluster.add('A', await full(2));
      assert.deepEqual(await served(cluster, 1), ['A'], 'the only one');
      if (!canRetry) continue;
      cluster.add('B', await full(1));
      cluster.add('C', await full(1));
      assert.deepEqual(await served(cluster, 1, /^[BC]$/ as never), ['C'], 'the last one');
      assert.deepEqual(await served(cluster, 1, 'A'), ['A']);
      assert.deepEqual(said, ['warn ER_USER_LIMIT_REACHED']);
    }
    const never = clusterOn(t, server, [], { removeNodeErrorCount: 3 });
    never.add('A', { uri: server.url(), port: await fullAtFirst(t, server, Infinity, 1040), acquireTimeout: 300 });
    const began = performance.now();
    await assert.rejects(take(never), { errno: 1040 });
    assert.ok(performance.now() - began >= 295, 'it has waited');
  });

  it('comes back node by node when all have been down', async (t) => {
    const server = await getServer();
    const cluster = clusterOn(t, server, [], { removeNodeErrorCount: 1, restoreNodeTimeout: 50 });
    const names = ['A', 'B', 'C'];
    const proxies = new Map<string, Proxy>();
    for (const name of names) {
      const proxy = await proxyTo(t, server);
      proxies.set(name, proxy);
      cluster.add(name, { uri: proxy.url(server.url()), connectionLimit: 2, acquireTimeout: 5_000 });
    }
    assert.deepEqual(await served(cluster, 3), names);
    for (const proxy of proxies.values()) {
      await proxy.refuse();
      proxy.cut();
    }
    const rejected = (): Promise<boolean> =>
      take(cluster).then(
        (connection) => (connection.release(), false),
        ({ code }: { code: string }) => code === 'POOL_NONEONLINE' || code === 'ECONNREFUSED',
      );
    await until(rejected);
    for (let n = 0; n < 20; n++) assert.ok(await rejected());
    const back = new Set<string>();
    for (const [name, proxy] of proxies) {
      await proxy.accept();
      back.add(name);
      const seen = new Set<string>();
      await until(async () => {
        for (const id of await served(cluster, 1).catch(() => [])) seen.add(id);
        return seen.size === back.size;
      });
      assert.deepEqual([...seen].toSorted(), [...back]);
    }
    // And each of them at once, without one that fails in between.
    assert.deepEqual(new Set(await served(cluster, 6)), back);
  });

  it('takes a node offline for a while, and back', async (t) => {
    const server = await getServer();
    const proxy = await proxyTo(t, server);
    const options = { removeNodeErrorCount: 1, restoreNodeTimeout: 100 };
    const cluster = clusterOn(t, server, [], options);
    cluster.add('NODE', { uri: proxy.url(server.url()), acquireTimeout: 5_000 });
    await proxy.refuse();
    const said = heard(cluster);
    await assert.rejects(take(cluster), { code: 'ECONNREFUSED' });
    await assert.rejects(take(cluster), { message: 'Pool does Not have online node.', code: 'POOL_NONEONLINE' });
    assert.deepEqual(said, ['offline NODE']);
    await proxy.accept();
    await until(async () => (await served(cluster, 1)).length === 1);
    assert.equal(said.at(-1), 'online NODE');
  });

  it('does not blame a node for being busy', async (t) => {
    const server = await getServer();
    const cluster = clusterOn(t, server, [], { removeNodeErrorCount: 1 });
    cluster.add('NODE', { uri: server.url(), connectionLimit: 1, queueLimit: 1, acquireTimeout: 500 });
    const said = heard(cluster);
    const held = await take(cluster);
    const waiting = take(cluster);
    await assert.rejects(take(cluster), { code: 'POOL_ENQUEUELIMIT' });
    await assert.rejects(waiting, { code: 'POOL_ACQUIRE_TIMEOUT' });
    held.release();
    assert.deepEqual(await served(cluster, 1), ['NODE']);
    assert.deepEqual(said, []);
  });

  it('ends all its pools, more than once if need be', async (t) => {
    const cluster = clusterOn(t, await getServer(), ['A', 'B']);
    await served(cluster, 2);
    for (let times = 0; times < 2; times++) await new Promise<void>((resolve) => cluster.end(() => resolve()));
    cluster[Symbol.dispose]();
    await assert.rejects(take(cluster), { message: 'Pool is closed.', code: 'POOL_CLOSED' });
  });

  it('has a promise API', async (t) => {
    const server = await getServer();
    const cluster = createPromiseCluster({ canRetry: true });
    t.after(() => cluster.end());
    const said: string[] = [];
    cluster.on('remove', (id) => said.push(id));
    for (const name of ['A1', 'A2', 'B']) cluster.add(name, { uri: server.url(), connectionLimit: 1 });
    const part = cluster.of('A*', 'ORDER');
    const old = await part.getConnection();
    assert.equal((old.connection as unknown as NodeConnection)._clusterId, 'A1');
    old.release();
    const next = await cluster.getConnection('A1');
    old.release();
    assert.equal((await firstOf(next, 'SELECT 1 AS n'))['n'], 1);
    next.release();
    for (const method of ['query', 'execute'] as const) {
      const [rows] = await part[method as 'query']('SELECT ? AS n', [5]);
      assert.deepEqual(JSON.parse(JSON.stringify(rows)), [{ n: 5 }]);
    }
    await cluster[Symbol.asyncDispose]();
    await assert.rejects(part.query('SELECT 1'), { code: 'POOL_CLOSED' });
    assert.deepEqual(said, []);
  });
});
