/** Slots of a fleet as named locks of the server: there are never more sessions with a lock than slots. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { MysqlLease, MysqlPoolOptions } from 'node-mysqlpool';
import { prefixFor } from '#internal/mysql/slots.js';
import { isAdmitted } from '#internal/session/index.js';
import { eachServer } from '../support/servers/shared.js';
import type { TestServer } from '../support/servers/index.js';
import { until } from '../support/until.js';
import { databaseFor, idOf, limitedAccount, nextEvent, one, poolOn } from './support.js';
import { memberOf, type FleetPool, type Member } from './support-fleet.js';

// The background work of a fleet keeps no process alive, so that this timer has to.
const alive = setInterval(() => undefined, 1_000);
after(() => clearInterval(alive));

const newFleet = (): string => `fleet_${randomBytes(5).toString('hex')}`;

type Slots = { readonly fleet: string; readonly count: number };

/** The session that holds each slot, as the server reports it. */
async function holders(server: TestServer, { fleet, count }: Slots): Promise<(number | null)[]> {
  const places = Array.from(
    { length: count },
    (_, place) => `IS_USED_LOCK('${prefixFor(fleet)}${place}') AS p${place}`,
  );
  const [row] = await server.admin(`SELECT ${places.join(', ')}`);
  return Object.values(row!).map((id) => (id === null ? null : Number(id)));
}

const heldBy = (ids: readonly (number | null)[]): (number | null)[] => ids.filter((id) => id !== null);

/** A connection of another client, for taking locks by hand. */
async function outsider(t: TestContext, server: TestServer): Promise<Connection> {
  const connection = await createConnection(server.url());
  t.after(() => connection.destroy());
  return connection;
}

/** Waits for a lock on the server, so that the connection gets it at the moment of its release. */
async function standInLine(server: TestServer, connection: Connection, lock: string): Promise<() => Promise<unknown>> {
  const got = connection.query<RowDataPacket[]>(`SELECT GET_LOCK('${lock}', 20) AS got`).then(([[row]]) => row!['got']);
  await until(async () => {
    const rows = await server.admin('SELECT STATE AS state FROM information_schema.PROCESSLIST');
    return rows.some(({ state }) => state === 'User lock');
  });
  return () => got;
}

describe('the locks of a fleet', () => {
  it('have names that the server takes, and that differ when the names of fleets do', () => {
    assert.equal(prefixFor('shop'), 'mysqlpool:shop:');
    const odd = ['Shop', 'SHOP', "it's", 'a:b', '', 'ä', 'ae', 'x'.repeat(41), 'x'.repeat(500), '\\', 'a b', '👍'];
    const prefixes = odd.map(prefixFor);
    assert.equal(new Set(prefixes).size, odd.length);
    for (const prefix of prefixes) assert.match(`${prefix}99999`, /^[a-z0-9_.:#-]{1,64}$/);
  });
});

eachServer('a fleet whose places are locks', (_kind, getServer) => {
  async function membersOf(
    t: TestContext,
    slots: Slots,
    count: number,
    options: MysqlPoolOptions = {},
  ): Promise<{ readonly members: Member[]; readonly server: TestServer; readonly user: string; readonly url: string }> {
    const server = await getServer();
    const { user, url } = await limitedAccount(t, server, 0);
    const members = Array.from({ length: count }, () =>
      memberOf(t, url, { slots }, { maxSize: slots.count, acquireTimeout: 30_000, ...options }),
    );
    return { members, server, user, url };
  }

  it('has one for each session, no more than there are, and whoever waits gets the next', async (t) => {
    const slots = { fleet: newFleet(), count: 3 };
    const { members, server, user } = await membersOf(t, slots, 2);
    const [a, b] = members as [Member, Member];
    const loans = await Promise.all([a.pool.acquire(), a.pool.acquire(), b.pool.acquire()]);
    const ids = await Promise.all(loans.map((loan) => idOf(loan)));
    assert.deepEqual(new Set(await holders(server, slots)), new Set(ids));
    const failed = nextEvent(b.pool as never, 'openFailed') as Promise<{
      error: Error & Record<string, unknown>;
      kind: string;
    }>;
    const waiting = b.pool.acquire();
    const { error, kind } = await failed;
    assert.deepEqual([error['code'], error['fleet'], error['limit']], ['MYSQL_FLEET_FULL', slots.fleet, 3]);
    assert.equal(kind, 'full');
    assert.match(error.message, new RegExp(`all 3 places of the fleet "${slots.fleet}" are taken`));
    assert.deepEqual([b.admitted.length, b.refused[0]], [1, undefined]);
    // Closing the connection releases its slot.
    loans[0]!.destroy();
    await waiting.then((lease) => lease.release());
    loans[1]!.release();
    loans[2]!.release();
    for (const { pool } of members) await pool.close();
    await until(async () => heldBy(await holders(server, slots)).length === 0);
    await until(async () => (await server.connections(user)) === 0);
  });

  it('is no error before the deadline, and then told by its name', async (t) => {
    const slots = { fleet: newFleet(), count: 1 };
    const { members } = await membersOf(t, slots, 2, { acquireTimeout: 400 });
    await using _held = await members[0]!.pool.acquire();
    const error = await members[1]!.pool.acquire().catch((reason: Error & { code: string }) => reason);
    assert.deepEqual(
      [(error as { code?: string }).code, ((error as Error).cause as { code?: string }).code],
      ['POOL_ACQUIRE_TIMEOUT', 'MYSQL_FLEET_FULL'],
    );
  });

  it('is waited for in a line that others see, by a process that has nothing', async (t) => {
    const slots = { fleet: newFleet(), count: 2 };
    const { members, url, server, user } = await membersOf(t, slots, 1);
    const [a] = members as [Member];
    const loans = await Promise.all([a.pool.acquire(), a.pool.acquire()]);
    loans[0]!.release();
    assert.deepEqual(await a.counted(false), { sessions: 2, isAwaited: false });
    const b = memberOf(t, url, { slots, isStarving: true }, { maxSize: 2, acquireTimeout: 30_000 });
    const [first, second] = [b.pool.acquire(), b.pool.acquire()];
    await until(async () => (await a.counted(false))?.isAwaited);
    assert.ok((await server.connections(user)) <= 2 + 2, 'no more than those it is opening');
    loans[1]!.destroy();
    await Promise.race([first, second]);
    (await a.pool.acquire()).destroy();
    loans.push(await first, await second);
    // A session that has a slot no longer holds the lock of the queue.
    await until(async () => {
      const [row] = await server.admin(`SELECT IS_USED_LOCK('${prefixFor(slots.fleet)}line') AS owner`);
      return row!['owner'] === null;
    });
    for (const loan of loans.slice(2)) loan.release();
  });

  it('finds the one place that is free among many', async (t) => {
    const slots = { fleet: newFleet(), count: 150 };
    const { members, server } = await membersOf(t, slots, 1);
    const other = await outsider(t, server);
    const free = 77;
    const names = Array.from({ length: 150 }, (_, place) => place).filter((place) => place !== free);
    await other.query(`SELECT ${names.map((place) => `GET_LOCK('${prefixFor(slots.fleet)}${place}', 0)`).join(', ')}`);
    const id = await members[0]!.pool.use((lease) => idOf(lease));
    assert.equal((await holders(server, slots))[free], id);
  });

  /** The ways in which a borrower may release the lock of its session's slot. */
  const DEEDS: Record<string, (lease: MysqlLease, name: string) => Promise<unknown>> = {
    'releases all locks': (lease) => lease.query('SELECT RELEASE_ALL_LOCKS()'),
    'releases all locks by a prepared statement': (lease) => lease.execute('SELECT RELEASE_ALL_LOCKS()'),
    'releases the lock of its place': (lease, name) => lease.query('DO RELEASE_LOCK(?)', [name]),
    'resets the session': (lease) =>
      new Promise<void>((resolve, reject) =>
        lease.connection.reset((error) => (error ? reject(error as Error) : resolve())),
      ),
    'logs in anew': (lease) => lease.connection.promise().changeUser({}),
  };

  for (const [what, deed] of Object.entries(DEEDS)) {
    it(`has the place back before the next statement of a borrower who ${what}`, async (t) => {
      const slots = { fleet: newFleet(), count: 1 };
      const { members, server } = await membersOf(t, slots, 1);
      const { pool } = members[0]!;
      const lease = await pool.acquire();
      await lease.query('BEGIN');
      await deed(lease, `${prefixFor(slots.fleet)}0`);
      const row = await one(lease, `SELECT IS_USED_LOCK('${prefixFor(slots.fleet)}0') = CONNECTION_ID() AS own`);
      assert.equal(row['own'], 1);
      lease.release();
      await pool.use((next) => idOf(next));
      assert.equal(heldBy(await holders(server, slots)).length, 1);
    });

    it(`drops the connection of a borrower who ${what}, when another has the place by then`, async (t) => {
      const slots = { fleet: newFleet(), count: 1 };
      const { members, server } = await membersOf(t, slots, 1);
      const { pool } = members[0]!;
      const lease = await pool.acquire();
      const other = await outsider(t, server);
      const lock = `${prefixFor(slots.fleet)}0`;
      const got = await standInLine(server, other, lock);
      const done = deed(lease, lock).catch(() => undefined);
      const next = lease.query('SELECT 1').then(
        () => assert.fail('it was carried out without a place'),
        (error: unknown) => error as Error,
      );
      assert.equal(await got(), 1);
      assert.match((await next).message, /Connection lost|connection was lost/);
      await done;
      lease.release();
      const waiting = pool.acquire();
      await nextEvent(pool as never, 'openFailed');
      await other.end();
      (await waiting).release();
    });
  }

  it('is taken again with each reset, the same place first; and whoever finds it taken is closed before it is lent', async (t) => {
    const slots = { fleet: newFleet(), count: 1 };
    const { members, server } = await membersOf(t, slots, 1);
    const { pool } = members[0]!;
    const ids = new Set<number>();
    for (let n = 0; n < 3; n++) {
      await pool.use((lease) => lease.query('SET @a = 1'));
      ids.add(await pool.use((lease) => idOf(lease)));
      assert.deepEqual(await holders(server, slots), [...ids]);
    }
    const other = await outsider(t, server);
    const got = await standInLine(server, other, `${prefixFor(slots.fleet)}0`);
    const closed = nextEvent(pool as never, 'closed') as Promise<{ reason: string; cause: Error }>;
    await pool.use((lease) => lease.query('SET @a = 1'));
    assert.equal(await got(), 1);
    const { reason, cause } = await closed;
    assert.equal(reason, 'unclean');
    assert.match(cause.message, /its place in the fleet "fleet_\w+" is lost, and all 1 are taken/);
    await other.end();
    assert.equal(ids.has(await pool.use((lease) => idOf(lease))), false);
  });

  it('finds out when a connection comes back that a routine has released its lock, in every mode of reset', async (t) => {
    const server = await getServer();
    const database = await databaseFor(t, server);
    await server.admin(
      `CREATE PROCEDURE ${database.name}.p() SQL SECURITY INVOKER SELECT RELEASE_ALL_LOCKS() INTO @released`,
    );
    for (const reset of ['auto', 'session', 'rollback', 'commit', 'none'] as const) {
      const slots = { fleet: newFleet(), count: 1 };
      const lock = `${prefixFor(slots.fleet)}0`;
      const { pool } = memberOf(t, database.url, { slots }, { maxSize: 1, reset, acquireTimeout: 30_000 });
      const first = await pool.use(async (lease) => {
        await lease.query(`CALL ${database.name}.p()`);
        assert.deepEqual(await holders(server, slots), [null], 'which is the case');
        return idOf(lease);
      });
      assert.equal(await pool.use((lease) => idOf(lease)), first, reset);
      assert.deepEqual(await holders(server, slots), [first], reset);
      const other = await outsider(t, server);
      const got = await standInLine(server, other, lock);
      const closed = nextEvent(pool as never, 'closed') as Promise<{ reason: string }>;
      await pool.use((lease) => lease.query(`CALL ${database.name}.p()`));
      assert.equal(await got(), 1);
      assert.equal((await closed).reason, 'unclean', reset);
      await other.end();
      await pool.close();
    }
  });

  it("leaves a borrower's own named locks alone, and a transaction", async (t) => {
    const slots = { fleet: newFleet(), count: 2 };
    const { members, server } = await membersOf(t, slots, 1);
    const { pool } = members[0]!;
    const name = newFleet();
    await pool.use(async (lease) => {
      await lease.query('BEGIN');
      await lease.query('SELECT GET_LOCK(?, 0), GET_LOCK(?, 0)', [name, `${name}_2`]);
      await lease.query('DO RELEASE_LOCK(?)', [name]);
      const row = await one(
        lease,
        `SELECT IS_USED_LOCK('${name}_2') = CONNECTION_ID() AS own, IS_FREE_LOCK('${name}') AS free`,
      );
      assert.deepEqual([row['own'], row['free']], [1, 1]);
    });
    await pool.use((lease) => idOf(lease));
    assert.deepEqual([heldBy(await holders(server, slots)).length, pool.stats().total.opened], [1, 1]);
  });

  it('keeps its places when statements on their own take named locks, and release all there are', async (t) => {
    const slots = { fleet: newFleet(), count: 2 };
    const server = await getServer();
    const { url } = await limitedAccount(t, server, 0);
    const fleet = { cap: 'slots', limit: 2, name: slots.fleet, coordinator: 'none' } as const;
    const pool = poolOn(t, url, { maxSize: 2, fleet });
    const name = newFleet();
    for (const release of ['SELECT RELEASE_ALL_LOCKS()', `SELECT RELEASE_LOCK('${name}')`]) {
      await pool.query('SELECT GET_LOCK(?, 0) AS got', [name]);
      // The connection that holds the borrower's lock is kept out of use meanwhile.
      const id = await idOf(pool);
      await pool.query(release);
      await until(() => pool.stats().inUse === 0);
      assert.equal((await one(pool, 'SELECT IS_FREE_LOCK(?) AS free', [name]))['free'], 1, release);
      const held = heldBy(await holders(server, slots));
      assert.ok(held.includes(id), release);
      assert.deepEqual([held.length, pool.stats().total.closed], [2, 0], release);
    }
  });

  it('gives the places of a process that was killed to others', async (t) => {
    const slots = { fleet: newFleet(), count: 2 };
    const { members, server, url } = await membersOf(t, slots, 1);
    const child = spawn(process.execPath, [require.resolve('./slots-member.js'), url, slots.fleet, '2'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    assert.equal(heldBy(await holders(server, slots)).length, 2);
    const loans = Promise.all([1, 2].map(() => members[0]!.pool.acquire()));
    await nextEvent(members[0]!.pool as never, 'openFailed');
    child.kill('SIGKILL');
    for (const loan of await loans) loan.release();
  });

  it('never lends more than there are places, whatever borrowers do, and the server counts few besides', async (t) => {
    const slots = { fleet: newFleet(), count: 3 };
    const { members, server, user } = await membersOf(t, slots, 3, { maxConnecting: 1, maxIdle: 0 });
    const name = newFleet();
    const deeds: ((lease: MysqlLease) => Promise<unknown>)[] = [
      (lease) => lease.query('SELECT 1'),
      (lease) => lease.query('SET @a = 1'),
      (lease) => lease.query('BEGIN'),
      (lease) => lease.query('SELECT GET_LOCK(?, 0)', [name]),
      (lease) => lease.query('SELECT RELEASE_ALL_LOCKS()'),
      (lease) => lease.query('SELECT SLEEP(0.005)'),
    ];
    let usable = 0;
    let most = 0;
    let served = 0;
    async function borrow(pool: FleetPool, seed: number): Promise<void> {
      for (let n = 0; n < 20; n++) {
        const lease = await pool.acquire();
        let isUsable = true;
        const usableAgain = (): void => {
          most = Math.max(most, ++usable);
          isUsable = true;
        };
        const notUsable = (): void => {
          if (isUsable) usable--;
          isUsable = false;
        };
        usableAgain();
        const at = (seed * 7 + n * 5) % deeds.length;
        try {
          // Until the next statement is answered, the session may have no slot.
          if (at === 4) notUsable();
          await deeds[at]!(lease);
          if (at === 4) await lease.query('SELECT 2').then(usableAgain);
          served++;
        } catch (error) {
          assert.match((error as Error).message, /Connection lost|connection was lost/);
        } finally {
          notUsable();
          if (n % 6 === seed % 6) lease.destroy();
          else lease.release();
        }
      }
    }
    let isOver = false;
    let raw = 0;
    const work = Promise.all(members.flatMap(({ pool }, at) => [borrow(pool, at), borrow(pool, at + 3)]));
    const over = work.finally(() => (isOver = true));
    while (!isOver) {
      const rows = await server.admin('SHOW PROCESSLIST');
      const own = rows.filter(({ User, Command, State }) => User === user && isAdmitted(Command, State));
      raw = Math.max(raw, own.length);
      await sleep(15);
    }
    await over;
    assert.ok(most <= 3, `${most} were usable at once`);
    assert.ok(served > 80, `${served} were served`);
    // Besides the three usable ones: three that try to get a slot, and three that are being reset or closed.
    assert.ok(raw <= 3 + 3 + 3, `the server counted ${raw}`);
  });
});
