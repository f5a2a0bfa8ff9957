import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { TestContext } from 'node:test';
import type { MysqlPool } from 'node-mysqlpool';
import { STOP_WITHIN } from '#internal/mysql/stop.js';
import type { Proxy } from '../support/proxy.js';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { accountFor, gone, idOf, nextEvent, one, poolOn, proxyTo, running, runs, timesAbove } from './support.js';

const timedOut = { code: 'MYSQL_QUERY_TIMEOUT' };

interface Site {
  readonly server: TestServer;
  readonly proxy: Proxy;
  readonly pool: MysqlPool;
  readonly user: string;
}

/** A pool with its own account, so that the server's count of the account's sessions is that of the pool. */
async function siteFor(t: TestContext, server: TestServer, maxSize: number): Promise<Site> {
  const proxy = await proxyTo(server);
  t.after(() => proxy.close());
  const user = await accountFor(t, server, 'pw');
  const pool = poolOn(t, `mysql://${user}:pw@${proxy.host}:${proxy.port}/`, { maxSize });
  return { server, proxy, pool, user };
}

eachServer('what nobody waits for any more', (kind, getServer) => {
  it('counts until the server is rid of it: a network that breaks leaves statements behind', async (t) => {
    const site = await siteFor(t, await getServer(), 4);
    const { server, proxy, pool } = site;
    await pool.warmUp(4);
    const left = [1, 2, 3].map((n) => pool.query(`SELECT SLEEP(60), "left ${n}"`).catch((error: Error) => error));
    for (const n of [1, 2, 3]) await runs(server, `left ${n}`);
    const users = async (): Promise<void> => {
      proxy.cut();
      await Promise.all(left);
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let n = 0; n < 10; n++) await pool.query('SELECT SLEEP(0.01)');
        }),
      );
    };
    assert.equal(await timesAbove(site, 4, users()), 0);
    await gone(server, '"left ');
    assert.ok(pool.stats().size <= 4);
  });

  it('gives up one place at least when all that there is ran a statement', async (t) => {
    const { server, proxy, pool } = await siteFor(t, await getServer(), 2);
    await pool.warmUp(2);
    const left = [1, 2].map((n) => pool.query(`SELECT SLEEP(60), "all ${n}"`).catch((error: Error) => error));
    for (const n of [1, 2]) await runs(server, `all ${n}`);
    proxy.cut();
    await Promise.all(left);
    const started = performance.now();
    await idOf(pool);
    assert.ok(performance.now() - started < 900);
    await gone(server, '"all ');
  });

  it('is let go when the server cannot be reached, and ended when it can', async (t) => {
    const { server, proxy, pool } = await siteFor(t, await getServer(), 3);
    await pool.warmUp(3);
    await using _other = await pool.acquire();
    const left = pool.query('SELECT SLEEP(60), "unreachable"').catch((error: Error) => error);
    await runs(server, 'unreachable');
    await proxy.refuse();
    proxy.cut();
    await left;
    const { promise, resolve } = withResolvers();
    pool.on('closed', resolve);
    await promise;
    await proxy.accept();
    await idOf(pool);
    await gone(server, 'unreachable');
  });

  it('is not confused with what is sent after it, nor with what waits in line behind it', async (t) => {
    const pool = poolOn(t, await getServer(), { maxSize: 2 });
    const closed: string[] = [];
    pool.on('closed', ({ reason }) => closed.push(reason));
    let lost = 0;
    let lease = await pool.acquire();
    for (let round = 0; round < 20; round++) {
      const began = performance.now();
      const slow = lease
        .query('SELECT SLEEP(0.02)', [], { timeout: 15 + (round % 10) })
        .catch((error: unknown) => error);
      const queued = one(lease, 'SELECT SLEEP(0.005) AS s, 1 AS n');
      await slow;
      const later = one(lease, 'SELECT SLEEP(0.005) AS s, 2 AS n');
      const answers = await Promise.allSettled([queued, later]);
      const isLost = lease.hasDied;
      for (const [nth, answer] of answers.entries()) {
        if (isLost && answer.status === 'rejected') continue;
        assert.deepEqual(answer, { status: 'fulfilled', value: { s: 0, n: nth + 1 } });
      }
      if (!isLost) continue;
      // It is closed for no other reason than that stopping the statement has taken too long.
      assert.ok(performance.now() - began >= STOP_WITHIN);
      lost++;
      lease.release();
      lease = await pool.acquire();
    }
    lease.release();
    assert.ok(lost < 20);
    // MariaDB may take 2 s to stop a statement that is just ending; its connection is then closed instead of awaited.
    assert.deepEqual(closed, kind === 'mysql' ? [] : Array.from({ length: lost }, () => 'dead'));
  });

  it('is told at its deadline when its connection cannot be stopped, and nothing that is sent then is lost', async (t) => {
    const { server, proxy, pool } = await siteFor(t, await getServer(), 2);
    await pool.warmUp(2);
    const lease = await pool.acquire();
    const started = performance.now();
    const slow = lease.query('SELECT SLEEP(60), "silent"', [], { timeout: 300 });
    const told = assert.rejects(slow, timedOut);
    await runs(server, '"silent"');
    proxy.blackhole();
    await told;
    assert.ok(performance.now() - started < 500);
    await assert.rejects(lease.query('SELECT 1'), { fatal: true });
    lease.release();
    proxy.heal();
    proxy.cut();
    await idOf(pool);
    await gone(server, '"silent"');
  });

  it('takes one place more than there are, and never a second one, in a storm of time-outs', async (t) => {
    const site = await siteFor(t, await getServer(), 4);
    const { server, pool, user } = site;
    let asked = 0;
    const storm = Array.from({ length: 16 }, async (_, n) => {
      for (let round = 0; round < 8; round++) {
        // Short time-outs: a server may be slow to notice a KILL for a statement that has only just begun.
        const timeout = 1 + ((n * 7 + asked++ * 3) % 25);
        await pool.query('SELECT SLEEP(60), "storm"', [], { timeout }).catch((error: { code: string }) => {
          assert.equal(error.code, 'MYSQL_QUERY_TIMEOUT');
        });
      }
    });
    assert.equal(await timesAbove(site, 5, Promise.all(storm)), 0);
    await pool.close({ timeout: 0 });
    await until(async () => (await server.connections(user)) === 0);
  });

  it('is stopped before the line is served, however long that is', async (t) => {
    const { server, pool } = await siteFor(t, await getServer(), 2);
    await pool.warmUp(2);
    const [stopping, other] = [await pool.acquire(), await pool.acquire()];
    const served: number[] = [];
    const line = Array.from({ length: 50 }, (_, n) =>
      pool.use(async (lease) => {
        served.push(n);
        await lease.query('SELECT SLEEP(0.02)');
      }),
    );
    await assert.rejects(stopping.query('SELECT SLEEP(60), "before the line"', [], { timeout: 30 }), timedOut);
    assert.equal(pool.stats().waiters, 50);
    other.release();
    await gone(server, '"before the line"');
    assert.ok(served.length < 45, `${served.length} were served before it`);
    stopping.release();
    await Promise.all(line);
    assert.deepEqual(
      served,
      served.map((_, n) => n),
    );
    assert.equal(pool.stats().total.closed, 0);
  });

  it('keeps nobody waiting who could have another connection, however late its server answers', async (t) => {
    const server = await getServer();
    const [front, slow] = [await proxyTo(server), await proxyTo(server)];
    t.after(() => Promise.all([front.close(), slow.close()]));
    const pool = poolOn(t, front.url(server.url()), { maxSize: 3 });
    const [stopping, quick] = [await pool.acquire(), await pool.acquire()];
    front.leadTo(slow);
    const killing = await pool.acquire();
    slow.delay(900);
    const number = await idOf(quick);
    const stopped = stopping.query('SELECT SLEEP(60), "late answer"', [], { timeout: 20 });
    await assert.rejects(stopped, timedOut);
    // The connection released first sends KILL; those released later do no work for other loans.
    killing.release();
    quick.release();
    let loans = 0;
    for (; loans < 10; loans++) {
      const id = await idOf(pool);
      // Once KILL has arrived, its own connection comes back as well.
      if ((await running(server, '"late answer"')) === 0) break;
      assert.equal(id, number);
    }
    assert.ok(loans > 0, 'no loan while KILL was on its way');
    await gone(server, '"late answer"');
    stopping.release();
  });

  it('of a borrower who has gone is ended by whoever comes next, and the place is free at once', async (t) => {
    const { server, pool, user } = await siteFor(t, await getServer(), 2);
    const lease = await pool.acquire();
    const left = lease.query('SELECT SLEEP(60), "given back"').catch((error: Error) => error);
    await runs(server, '"given back"');
    const closed = nextEvent(pool, 'closed');
    lease.release();
    await left;
    await closed;
    await gone(server, '"given back"');
    await until(async () => (await server.connections(user)) === pool.stats().size);
    assert.deepEqual([pool.stats().waiters, pool.stats().inUse], [0, 0]);
  });
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((yes) => (resolve = yes));
  return { promise, resolve };
}
