import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { MysqlPool, MysqlPoolOptions } from 'node-mysqlpool';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { accountFor, idOf, one, poolOn } from './support.js';

interface Site {
  readonly pool: MysqlPool;
  /** The passwords that the function has returned, in order. */
  readonly given: string[];
  /** The password that the function returns from now on. */
  now: string;
}

/** A pool that has connected with the first password, which the server no longer accepts. */
async function rotated(t: TestContext, server: TestServer, options: MysqlPoolOptions = {}): Promise<Site> {
  const user = await accountFor(t, server, 'first');
  const given: string[] = [];
  const password = (): string => {
    given.push(site.now);
    return site.now;
  };
  const site: Site = { pool: poolOn(t, server, { user, password, ...options }), given, now: 'first' };
  await idOf(site.pool);
  await server.admin(`ALTER USER '${user}'@'%' IDENTIFIED BY 'second'`);
  site.pool.evict();
  return site;
}

const look = (pool: MysqlPool): Promise<unknown> => one(pool, 'SELECT SLEEP(0.02) AS s');

eachServer('a password that was changed', (_kind, getServer) => {
  it('is asked for again soon when the old one is refused, and callers hear nothing of it', async (t) => {
    const site = await rotated(t, await getServer(), { maxSize: 4 });
    const { pool, given } = site;
    pool.on('openFailed', () => (site.now = 'second'));
    const started = performance.now();
    await Promise.all(Array.from({ length: 8 }, () => look(pool)));
    assert.ok(performance.now() - started < 2_000);
    const { failed, openFailed } = pool.stats().total;
    assert.equal(failed, 0);
    assert.ok(openFailed >= 1 && openFailed <= 2, 'those that were under way side by side');
    assert.equal(given.filter((text) => text === 'first').length, 1 + openFailed);
  });

  it('is refused at the second time of asking: callers are told, and nothing is asked in a storm', async (t) => {
    const site = await rotated(t, await getServer(), { maxSize: 1, acquireTimeout: 20_000 });
    const { pool, given } = site;
    const started = performance.now();
    const errors = await Promise.all([1, 2, 3].map(() => look(pool).catch((error: unknown) => error)));
    for (const error of errors as { code: string; cause: { errno: number } }[]) {
      assert.deepEqual([error.code, error.cause.errno], ['POOL_CONNECT', 1045]);
    }
    assert.ok(performance.now() - started < 2_000);
    assert.deepEqual(given, ['first', 'first', 'first']);
    // A refused password is retried once; there is no further retry before a password was accepted.
    await until(() => look(pool).catch(() => given.length > 3));
    assert.deepEqual([given.length, pool.stats().waiters], [4, 0]);
    site.now = 'second';
    await until(() => look(pool));
    assert.equal(given.at(-1), 'second');
  });

  it('is told at once when no password was taken yet, or when it is no function', async (t) => {
    const server = await getServer();
    const user = await accountFor(t, server, 'right');
    for (const password of ['wrong', () => 'wrong']) {
      const pool = poolOn(t, server, { user, password });
      await assert.rejects(look(pool), { code: 'POOL_CONNECT' });
      assert.equal(pool.stats().total.openFailed, 1);
    }
  });
});
