import assert from 'node:assert/strict';
import { after, it, type TestContext } from 'node:test';
import createKnex from 'knex';
import type { MysqlPool } from 'node-mysqlpool';
import { fleetOf, type FleetOptions } from 'node-mysqlpool/fleet';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createPool2 } from 'node-mysqlpool/mysql2/promise';
import { isAdmitted } from '#internal/session/index.js';
import { watch } from '../pool/support/outcome.js';
import { eachServer } from '../support/servers/shared.js';
import type { TestServer } from '../support/servers/index.js';
import { until } from '../support/until.js';
import { limitedAccount, poolOn } from './support.js';

/** How many sessions of an account the server has admitted. */
async function sessionsOf(server: TestServer, user: string): Promise<number> {
  const rows = await server.admin('SHOW PROCESSLIST');
  return rows.filter(({ User, Command, State }) => User === user && isAdmitted(Command, State)).length;
}

// The background work of a fleet keeps no process alive, so that this timer has to.
const alive = setInterval(() => undefined, 1_000);
after(() => clearInterval(alive));

eachServer('a fleet', (_kind, getServer) => {
  /** A pool as in another process, that is, as a separate member of the fleet. */
  let members = 0;
  const member = (t: TestContext, url: string, fleet: FleetOptions = {}, options = {}): MysqlPool =>
    poolOn(t, url, { name: `p${members}`, maxSize: 10, fleet: { name: `m${members++}`, ...fleet }, ...options });

  it('keeps to the limit of the account, which it finds, and lets callers wait in line', async (t) => {
    const server = await getServer();
    const { url, user } = await limitedAccount(t, server, 3);
    const [a, b] = [member(t, url), member(t, url)];
    const held = await Promise.all([a.acquire(), a.acquire(), a.acquire()]);
    assert.equal(fleetOf(a)!.stats().limit, 3);
    const asked = [1, 2, 3].map(() => watch(b.acquire()));
    await until(() => fleetOf(b)!.stats().isFull && fleetOf(b)!.stats().refusals > 2);
    assert.equal(await sessionsOf(server, user), 3);
    assert.ok(asked.every(({ state }) => state === 'pending'));
    for (const lease of held) lease.release();
    await until(() => asked.every(({ state }) => state === 'resolved'));
    assert.ok((await sessionsOf(server, user)) <= 3);
    for (const { value } of asked) value.release();
  });

  it('tells a caller whose time is up that the fleet is full', async (t) => {
    const server = await getServer();
    const { url } = await limitedAccount(t, server, 1);
    const [a, b] = [member(t, url), member(t, url)];
    const lease = await a.acquire();
    await assert.rejects(b.acquire({ timeout: 300 }), {
      code: 'POOL_ACQUIRE_TIMEOUT',
      message: /no connection within \d+ ms \(waiting for the limit of the fleet, 1\/1; .*max_user_connections/s,
    });
    lease.release();
  });

  it('has every session counted, whatever was done with it', async (t) => {
    const server = await getServer();
    const { url, user } = await limitedAccount(t, server, 2);
    const pool = member(t, url, {}, { maxSize: 2, reset: 'session' });
    for (let n = 0; n < 3; n++) {
      const leases = await Promise.all([pool.acquire(), pool.acquire()]);
      for (const lease of leases) await lease.query('SET @mark = 1');
      for (const lease of leases) lease.release();
    }
    const held = await Promise.all([pool.acquire(), pool.acquire()]);
    await assert.rejects(member(t, url).acquire({ timeout: 300 }), /waiting for the limit of the fleet, 2\/2/);
    assert.equal(await sessionsOf(server, user), 2);
    for (const lease of held) lease.release();
  });

  it('follows a limit that is changed while it runs', async (t) => {
    const server = await getServer();
    const { url, user } = await limitedAccount(t, server, 1);
    const a = member(t, url);
    const lease = await a.acquire();
    const more = watch(a.acquire());
    await server.admin(`ALTER USER '${user}'@'%' WITH MAX_USER_CONNECTIONS 2`);
    // A process that holds all connections learns the new limit with its next login.
    lease.destroy();
    await until(() => more.state === 'resolved');
    const second = await a.acquire();
    assert.equal(fleetOf(a)!.stats().limit, 2);
    for (const each of [more.value, second]) each.release();
  });

  it('gives up what is too many after the limit was lowered, although it opens nothing', async (t) => {
    const server = await getServer();
    const { url, user } = await limitedAccount(t, server, 6);
    const [a, b] = [member(t, url), member(t, url)];
    const held = await Promise.all([1, 2, 3, 4].map(() => a.acquire()));
    for (const lease of held) lease.release();
    await server.admin(`ALTER USER '${user}'@'%' WITH MAX_USER_CONNECTIONS 2`);
    await b.use((lease) => lease.query('SELECT 1'));
    assert.equal(fleetOf(a)!.stats().limit, 2);
    await assert.rejects(
      Promise.all([1, 2, 3].map(() => b.acquire({ timeout: 0 }))),
      /waiting for the limit of the fleet, 2\/2/,
    );
  });

  it('refuses an account that has no limit, and says what to run', async (t) => {
    const server = await getServer();
    const { url } = await limitedAccount(t, server, 0);
    await assert.rejects(member(t, url).query('SELECT 1'), (error: Error & { readonly cause?: { code: string } }) => {
      assert.match(error.message, /ALTER USER .* WITH MAX_USER_CONNECTIONS 100 .*cap: 'slots', limit: 100/s);
      assert.equal(error.cause!.code, 'MYSQL_FLEET_WITHOUT_LIMIT');
      return true;
    });
  });

  it('has locks as its places where the account cannot be altered', async (t) => {
    const server = await getServer();
    const { url } = await limitedAccount(t, server, 0);
    const fleet: FleetOptions = { name: 'places', cap: 'slots', limit: 2 };
    const [a, b] = [member(t, url, fleet), member(t, `${url}?connectTimeout=9999`, fleet, { host: '127.0.0.1' })];
    const held = await Promise.all([a.acquire(), b.acquire()]);
    const third = watch(b.acquire());
    await assert.rejects(a.acquire({ timeout: 200 }), /waiting for the limit of the fleet, 2\/2/);
    assert.equal(third.state, 'pending');
    held[0]!.destroy();
    await until(() => third.state === 'resolved');
    for (const lease of [held[1]!, third.value]) lease.release();
  });

  it('is there through an ORM and through the drop-in as well', async (t) => {
    const server = await getServer();
    const { url, user } = await limitedAccount(t, server, 2);
    const dropIn = createPool2({ uri: url, connectionLimit: 5, fleet: true });
    const db = createKnex({
      client: MysqlPoolClient,
      connection: url,
      pool: { min: 0, max: 5, mysqlpool: { fleet: true } },
    } as never);
    t.after(() => Promise.all([dropIn.end(), db.destroy()]));
    const work = Array.from({ length: 20 }, (_, n) =>
      n % 2 === 0 ? dropIn.query('SELECT SLEEP(0.01)') : db.raw('SELECT SLEEP(0.01)'),
    );
    const done = Promise.all(work);
    let most = 0;
    const state = watch(done);
    while (state.state === 'pending') most = Math.max(most, await sessionsOf(server, user));
    await done;
    assert.ok(most <= 2, `${most} sessions`);
  });
});
