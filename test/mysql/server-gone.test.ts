import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool';
import { SERVER_KINDS, startOwnServer, type OwnServer } from '../support/servers/index.js';
import { until } from '../support/until.js';
import { idOf, one, poolOn, proxyTo, runs } from './support.js';

const LOST = /PROTOCOL_CONNECTION_LOST|ECONNRESET|EPIPE|ER_SERVER_SHUTDOWN|ER_CONNECTION_KILLED/;

for (const kind of SERVER_KINDS) {
  describe(`a server that goes away (${kind})`, () => {
    let server: OwnServer;
    before(async () => {
      server = await startOwnServer(kind);
    });
    after(() => server[Symbol.asyncDispose]());

    for (const how of ['kill', 'stop'] as const) {
      it(`by ${how}: what runs is told, what is idle goes unseen, and callers wait until it is back`, async (t) => {
        const pool = poolOn(t, server, { maxSize: 4, acquireTimeout: 60_000 });
        await pool.warmUp(4);
        // A server that shuts down cleanly ends a SLEEP with the result 1.
        const told = one(pool, 'SELECT SLEEP(60) AS s, "while it goes"').then(
          (row) => assert.equal(row['s'], 1),
          (error: { code: string }) => assert.match(error.code, LOST),
        );
        await runs(server, 'while it goes');
        await server[how]();
        await told;
        await until(() => pool.stats().size === 0 || pool.stats().idle === 0);
        const waiting = Promise.all(Array.from({ length: 10 }, (_, n) => one(pool, 'SELECT ? AS n', [n])));
        await server.start();
        assert.deepEqual(
          (await waiting).map((row) => row['n']),
          [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        );
      });
    }

    it('and comes back while nobody looks: nobody is told', async (t) => {
      const pool = poolOn(t, server, { maxSize: 3 });
      await pool.warmUp(3);
      await server.restart();
      await Promise.all([1, 2, 3].map(() => idOf(pool)));
      assert.ok(pool.stats().total.opened >= 4);
    });

    it('by standing still: callers get an error in time, and are served when it goes on', async (t) => {
      const pool = poolOn(t, server, { maxSize: 2, acquireTimeout: 400, pingTimeout: 100, ping: 'always' });
      await pool.warmUp(2);
      await server.freeze();
      try {
        const started = performance.now();
        await assert.rejects(pool.query('SELECT 1'), { code: 'POOL_ACQUIRE_TIMEOUT' });
        assert.ok(performance.now() - started < 3_000);
      } finally {
        await server.thaw();
      }
      await until(() => pool.query('SELECT 1').then(() => true));
    });

    it('by standing still in the middle of a statement: its timeout holds', async (t) => {
      const pool = poolOn(t, server, { maxSize: 2 });
      await pool.warmUp(2);
      const started = performance.now();
      const running = pool.query('SELECT SLEEP(2), "frozen"', [], { timeout: 400 });
      const told = assert.rejects(running, { code: 'MYSQL_QUERY_TIMEOUT' });
      await runs(server, 'frozen');
      await server.freeze();
      try {
        await told;
        assert.ok(performance.now() - started < 700);
      } finally {
        await server.thaw();
      }
      await idOf(pool);
      await until(() => pool.stats().inUse === 0);
    });

    it('behind a network that swallows everything: callers get an error in time, and are served when it heals', async (t) => {
      await using proxy = await proxyTo(server);
      const pool = poolOn(t, proxy.url(server.url()), {
        maxSize: 2,
        acquireTimeout: 500,
        connectTimeout: 200,
        pingTimeout: 100,
        ping: 'always',
      });
      await pool.warmUp(2);
      proxy.blackhole();
      await assert.rejects(pool.query('SELECT 1'), { code: 'POOL_ACQUIRE_TIMEOUT' });
      proxy.heal();
      await until(() => pool.query('SELECT 1').then(() => true));
    });

    it('by closing connections: KILL is noticed at once, also on a connection that is lent', async (t) => {
      const pool = poolOn(t, server, { maxSize: 2, ping: 'never' });
      const lease = await pool.acquire();
      const id = await idOf(lease);
      await server.admin(`KILL ${id}`);
      await assert.rejects(lease.query('SELECT SLEEP(10)'), { fatal: true });
      lease.release();
      assert.notEqual(await idOf(pool), id);
      await pool.warmUp(2);
      const idle = await idOf(pool);
      const opened = pool.stats().total.opened;
      await server.admin(`KILL ${idle}`);
      await until(() => pool.stats().size === 1);
      assert.notEqual(await idOf(pool), idle);
      assert.equal(pool.stats().total.opened, opened);
    });

    it('with the one connection of a scope: nothing more is sent, on another connection or on that one', async (t) => {
      const pool = poolOn(t, server);
      await autoCloseDb.run(
        async () => {
          await pool.query('SET @a = 1');
          const id = await idOf(pool);
          const running = assert.rejects(pool.query('SELECT SLEEP(60), "of the scope"'), { code: LOST });
          await runs(server, 'of the scope');
          await server.admin(`KILL ${id}`);
          await running;
          const lost = { code: 'POOL_SCOPE_CONNECTION_LOST', message: /run the whole function again/ };
          await assert.rejects(pool.query('SELECT @a'), lost);
          await assert.rejects(
            pool.transaction((tx) => tx.query('SELECT @a')),
            lost,
          );
        },
        { oneConnection: true },
      );
      assert.equal((await one(pool, 'SELECT @a AS a'))['a'], null);
    });

    it('while a returned connection is being cleaned: the next borrower does not notice', async (t) => {
      await using proxy = await proxyTo(server);
      const pool = poolOn(t, proxy.url(server.url()), { maxSize: 1, resetTimeout: 100 });
      const lease = await pool.acquire();
      await lease.query('BEGIN');
      proxy.blackhole();
      lease.release();
      const waiting = idOf(pool);
      proxy.heal();
      await waiting;
      assert.equal(pool.stats().total.opened, 2);
    });
  });
}

for (const kind of SERVER_KINDS) {
  describe(`a server that hangs up on the idle (${kind})`, () => {
    let server: OwnServer;
    before(async () => {
      server = await startOwnServer(kind, { waitTimeout: 1 });
    });
    after(() => server[Symbol.asyncDispose]());

    it('is never noticed by callers, also without keepalive', async (t) => {
      const pool = poolOn(t, server, { maxSize: 3, keepaliveInterval: 0, ping: 'never' });
      await pool.warmUp(3);
      await until(async () => (await server.connections('app')) === 0);
      await Promise.all([1, 2, 3].map(() => idOf(pool)));
    });

    it('keeps connections that are pinged often enough, which the pool sees to', async (t) => {
      const pool = poolOn(t, server, { maxSize: 1, minIdle: 1 });
      const id = await idOf(pool);
      assert.equal(pool.options.keepaliveInterval, 500);
      assert.equal(pool.options.idleTimeout, 900);
      const opened = performance.now();
      await until(() => performance.now() - opened > 2_500);
      assert.equal(await idOf(pool), id);
    });
  });

  describe(`a server that is full (${kind})`, () => {
    for (const [what, options] of [
      ['for everybody', { maxConnections: 10 }],
      ['for each user', { maxUserConnections: 10 }],
    ] as const) {
      it(`${what}: callers wait for what there is`, async (t) => {
        await using server = await startOwnServer(kind, options);
        const pool = poolOn(t, server, { maxSize: 20, acquireTimeout: 30_000 });
        const results = await Promise.all(Array.from({ length: 100 }, () => one(pool, 'SELECT SLEEP(0.02) AS s')));
        assert.ok(results.every((row) => row['s'] === 0));
        assert.ok(pool.stats().size <= 10);
      });
    }

    it('for many pools that know nothing of each other: all are served', async (t) => {
      await using server = await startOwnServer(kind, { maxConnections: 20 });
      const pools = Array.from({ length: 10 }, () =>
        // maxIdle is small, so that pools without work leave the connections to the others.
        poolOn(t, server, { maxSize: 10, maxIdle: 1, acquireTimeout: 60_000 }),
      );
      const work = pools.flatMap((pool) => Array.from({ length: 20 }, () => one(pool, 'SELECT SLEEP(0.01) AS s')));
      assert.ok((await Promise.all(work)).every((row) => row['s'] === 0));
      assert.ok(pools.reduce((sum, pool) => sum + pool.stats().size, 0) <= 20);
    });
  });
}
