/** One address that leads to several servers, each of which has its own session ids. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { createConnection, type Connection } from 'mysql2/promise';
import { startProxy, type Proxy } from '../support/proxy.js';
import { SERVER_KINDS, startOwnServer, type OwnServer } from '../support/servers/index.js';
import { until } from '../support/until.js';
import { gone, idOf, nextEvent, one, poolOn, runs } from './support.js';

const timedOut = { code: 'MYSQL_QUERY_TIMEOUT' };

/** A connection of another client, with the given session id. */
async function strangerOn(t: TestContext, server: OwnServer, number: number): Promise<Connection> {
  for (;;) {
    const connection = await createConnection(server.url());
    connection.on('error', () => undefined);
    if (connection.threadId === number) {
      t.after(() => connection.destroy());
      return connection;
    }
    assert.ok(connection.threadId < number, `number ${number} is given already`);
    await connection.end();
  }
}

/** Raises a server's session ids above those of the other server. */
async function goAhead(server: OwnServer, other: OwnServer): Promise<void> {
  const last = await createConnection(other.url());
  for (let number = 0; number <= last.threadId + 20;) {
    const connection = await createConnection(server.url());
    number = connection.threadId;
    await connection.end();
  }
  last.destroy();
}

/**
 * Runs a statement of another client. The result shows an interruption: in the row or, on the other server, as an
 * error.
 */
async function work(stranger: Connection, seconds: number): Promise<string> {
  const [rows] = await stranger.query(`SELECT SLEEP(${seconds}) AS interrupted`).catch((error: Error) => [error]);
  return JSON.stringify(rows);
}

const UNDISTURBED = '[{"interrupted":0}]';

for (const kind of SERVER_KINDS) {
  describe(`two servers behind one address (${kind})`, () => {
    let a: OwnServer;
    let b: OwnServer;
    before(async () => {
      [a, b] = await Promise.all([startOwnServer(kind), startOwnServer(kind)]);
    });
    after(() => Promise.all([a, b].map((server) => server[Symbol.asyncDispose]())));

    async function balancer(t: TestContext): Promise<Proxy> {
      const proxy = await startProxy({ target: a });
      t.after(() => proxy.close());
      return proxy;
    }

    it('a statement is stopped over a connection to its own server', async (t) => {
      const proxy = await balancer(t);
      await goAhead(a, b);
      const pool = poolOn(t, proxy.url(a.url()), { maxSize: 4 });
      const leases = [await pool.acquire(), await pool.acquire()];
      proxy.leadTo(b);
      leases.push(await pool.acquire(), await pool.acquire());
      const victim = leases.shift()!;
      const stranger = await strangerOn(t, b, await idOf(victim));
      // The connections to the other server are released last, and would be lent first.
      for (const lease of leases) lease.release();
      const stopped = assert.rejects(victim.query('SELECT SLEEP(60), "own server"', [], { timeout: 100 }), timedOut);
      const undisturbed = work(stranger, 0.7);
      await stopped;
      await gone(a, '"own server"');
      assert.equal((await one(victim, 'SELECT 1 AS n'))['n'], 1);
      victim.release();
      assert.equal(await undisturbed, UNDISTURBED);
      assert.equal(pool.stats().total.closed, 0);
    });

    it('a statement that can be stopped over no other connection has its own one closed', async (t) => {
      const proxy = await balancer(t);
      await goAhead(a, b);
      const pool = poolOn(t, proxy.url(a.url()), { maxSize: 2 });
      const victim = await pool.acquire();
      const number = await idOf(victim);
      proxy.leadTo(b);
      const stranger = await strangerOn(t, b, number);
      await idOf(pool);
      const closed = nextEvent(pool, 'closed');
      const undisturbed = work(stranger, 2.5);
      await assert.rejects(victim.query('SELECT SLEEP(60), "left on a"', [], { timeout: 100 }), timedOut);
      victim.release();
      await closed;
      assert.equal(await undisturbed, UNDISTURBED);
      await runs(a, '"left on a"');
      // The statement is stopped as soon as the address leads to its server again.
      proxy.leadTo(a);
      pool.evict();
      await idOf(pool);
      await gone(a, '"left on a"');
    });

    it('a session whose connection was cut in a failover is killed nowhere else', async (t) => {
      const proxy = await balancer(t);
      await goAhead(a, b);
      const pool = poolOn(t, proxy.url(a.url()), { maxSize: 3 });
      const victim = await pool.acquire();
      const number = await idOf(victim);
      const cutOff = victim.query('SELECT SLEEP(60), "cut off"').catch((error: Error) => error);
      await runs(a, '"cut off"');
      const stranger = await strangerOn(t, b, number);
      proxy.leadTo(b);
      // The pool has no connection to the other server yet.
      const undisturbed = work(stranger, 0.7);
      proxy.cut();
      await cutOff;
      victim.release();
      for (let loan = 0; loan < 10; loan++) await idOf(pool);
      assert.equal(await undisturbed, UNDISTURBED);
      assert.equal(await work(stranger, 0), UNDISTURBED);
      await a.admin(`KILL ${number}`);
    });

    it('a server that was started anew is another one', async (t) => {
      const proxy = await balancer(t);
      await goAhead(a, b);
      const pool = poolOn(t, proxy.url(a.url()), { maxSize: 3 });
      const victim = await pool.acquire();
      const number = await idOf(victim);
      const lost = victim.query('SELECT SLEEP(60), "before"').catch((error: Error) => error);
      await runs(a, '"before"');
      // The pool does not learn that its server has ended.
      proxy.blackhole();
      await a.restart();
      const stranger = await strangerOn(t, a, number);
      proxy.heal();
      const undisturbed = work(stranger, 0.7);
      proxy.cut();
      await lost;
      victim.release();
      for (let loan = 0; loan < 10; loan++) await idOf(pool);
      await until(() => pool.stats().closing === 0);
      assert.equal(await undisturbed, UNDISTURBED);
      assert.equal(await work(stranger, 0), UNDISTURBED);
    });
  });
}
