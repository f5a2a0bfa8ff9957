/** KILL is lost on its way, although everything else is answered: callers must not wait for one KILL after another. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { MysqlPool } from 'node-mysqlpool';
import type { Proxy } from '../support/proxy.js';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { accountFor, gone, idOf, poolOn, proxyTo, runs, timesAbove } from './support.js';

interface Site {
  readonly server: TestServer;
  readonly user: string;
  readonly proxy: Proxy;
  readonly pool: MysqlPool;
  /** The connections that were lent to send KILL, in order. */
  readonly kills: number[];
  readonly closed: Set<number>;
}

/** A pool behind a proxy that loses every KILL. */
async function siteFor(t: TestContext, server: TestServer, maxSize: number): Promise<Site> {
  const proxy = await proxyTo(server);
  t.after(() => proxy.close());
  const user = await accountFor(t, server, 'pw');
  t.after(() => endAll(server, user));
  const pool = poolOn(t, `mysql://${user}:pw@${proxy.host}:${proxy.port}/`, { maxSize });
  const kills: number[] = [];
  const closed = new Set<number>();
  pool.on('acquired', ({ connection, label }) => label === 'mysqlpool kill' && kills.push(connection));
  pool.on('closed', ({ connection }) => closed.add(connection));
  await pool.warmUp(maxSize);
  proxy.lose('KILL');
  return { server, user, proxy, pool, kills, closed };
}

async function endAll(server: TestServer, user: string): Promise<void> {
  const rows = await server.admin(`SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = '${user}'`);
  // One that ends by itself meanwhile is none to be ended.
  for (const { id } of rows) await server.admin(`KILL ${String(id)}`).catch(() => undefined);
}

async function abandon({ server, pool }: Site, name: string): Promise<void> {
  const statement = pool.query(`SELECT SLEEP(60), "${name}"`, [], { timeout: 300 });
  const told = assert.rejects(statement, { code: 'MYSQL_QUERY_TIMEOUT' });
  await runs(server, `"${name}"`);
  await told;
}

const unanswered = ({ kills, closed }: Site, times: number): Promise<boolean> =>
  until(() => kills.length === times && kills.every((id) => closed.has(id)));

eachServer('a KILL that is lost', (_kind, getServer) => {
  it('gives its place to the callers, who are served before the next one', async (t) => {
    const site = await siteFor(t, await getServer(), 3);
    const { proxy, pool, kills } = site;
    const work = async (): Promise<void> => {
      await using _long = await pool.acquire();
      const other = await pool.acquire();
      await abandon(site, 'lost');
      other.release();
      await until(() => proxy.lost === 1);
      await idOf(pool);
      assert.deepEqual([proxy.lost, kills.length], [1, 1]);
      await until(() => proxy.lost === 2);
      // This one waits for the second KILL, or for the place of the statement: not for a third.
      await idOf(pool);
      assert.equal(kills.length, 2);
    };
    const holds = work();
    assert.equal(await timesAbove(site, 4, holds), 0);
  });

  it('is not followed by others after the second one: then what is abandoned frees its place', async (t) => {
    const site = await siteFor(t, await getServer(), 2);
    const { proxy, pool, kills } = site;
    await abandon(site, 'first');
    await unanswered(site, 2);
    for (const name of ['second', 'third']) {
      await abandon(site, name);
      await Promise.all([idOf(pool), idOf(pool)]);
    }
    assert.deepEqual([proxy.lost, kills.length], [2, 2]);
  });

  it('once is tried again over another connection, and the limit holds', async (t) => {
    const site = await siteFor(t, await getServer(), 3);
    const { server, proxy, pool, kills } = site;
    const work = async (): Promise<void> => {
      await abandon(site, 'once');
      await until(() => proxy.lost === 1);
      proxy.lose(undefined);
      let isGone = false;
      const ended = gone(server, '"once"').finally(() => (isGone = true));
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          while (!isGone) await pool.query('SELECT SLEEP(0.01)');
        }),
      );
      await ended;
    };
    assert.equal(await timesAbove(site, 3, work()), 0);
    assert.equal(kills.length, 2);
  });

  it('keeps nobody waiting for longer than for one when its place was the only one', async (t) => {
    const site = await siteFor(t, await getServer(), 1);
    const { proxy, pool } = site;
    const work = async (): Promise<void> => {
      await abandon(site, 'only');
      await until(() => proxy.lost === 1);
      await idOf(pool);
      assert.equal(proxy.lost, 1);
    };
    assert.equal(await timesAbove(site, 2, work()), 0);
  });
});
