import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import type { RowDataPacket } from 'mysql2';
import { createPool, type MysqlLease, type MysqlPool, type MysqlPoolOptions } from 'node-mysqlpool';
import { freshDatabase, type FreshDatabase, type TestServer } from '../support/servers/index.js';
import { startProxy, type Proxy } from '../support/proxy.js';
import { until } from '../support/until.js';

export type Rows = RowDataPacket[];

const pools = new Set<MysqlPool>();
after(async () => {
  for (const pool of pools) await pool.close({ timeout: 0 });
});

/** A pool on a server, closed after the test. */
export function poolOn(t: TestContext, source: TestServer | string, options: MysqlPoolOptions = {}): MysqlPool {
  const pool = createPool(typeof source === 'string' ? source : source.url(), { name: 'shop', ...options });
  pools.add(pool);
  t.after(async () => {
    pools.delete(pool);
    await pool.close({ timeout: 0 });
  });
  return pool;
}

/** A proxy in front of a server. */
export const proxyTo = ({ host, port }: TestServer): Promise<Proxy> => startProxy({ target: { host, port } });

/** A new database with an empty table `t (id, v)`, dropped after the test. */
export async function databaseFor(t: TestContext, server: TestServer): Promise<FreshDatabase> {
  const database = await freshDatabase(server, 'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(50)) ENGINE=InnoDB');
  t.after(() => database[Symbol.asyncDispose]());
  return database;
}

/** A new account that has no privilege but to log in, dropped after the test. */
export async function accountFor(t: TestContext, server: TestServer, password: string, limits = ''): Promise<string> {
  const user = `u_${randomBytes(6).toString('hex')}`;
  await server.admin(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}' ${limits}`);
  t.after(() => server.admin(`DROP USER '${user}'@'%'`));
  return user;
}

/** A new account limited to `limit` connections (0: no limit), and the URL to connect with it. */
export async function limitedAccount(
  t: TestContext,
  server: TestServer,
  limit: number,
): Promise<{ readonly user: string; readonly url: string }> {
  const user = await accountFor(t, server, 'secret', limit === 0 ? '' : `WITH MAX_USER_CONNECTIONS ${limit}`);
  return { user, url: `mysql://${user}:secret@${server.host}:${server.port}` };
}

/** The first row of a statement's result. */
export async function one(from: MysqlPool | MysqlLease, sql: string, values?: unknown[]): Promise<RowDataPacket> {
  const [rows] = await from.query<Rows>(sql, values);
  return rows[0]!;
}

/** The connection's id on the server. */
export const idOf = async (from: MysqlPool | MysqlLease): Promise<number> =>
  Number((await one(from, 'SELECT CONNECTION_ID() AS id'))['id']);

/** Waits until no connection of the pool runs a statement on the server whose text contains `part`. */
export async function gone(server: TestServer, part: string): Promise<void> {
  await until(async () => (await running(server, part)) === 0);
}

/** Waits until the server runs a statement whose text contains `part`. */
export async function runs(server: TestServer, part: string): Promise<void> {
  await until(async () => (await running(server, part)) > 0);
}

/** How many statements the server runs now whose text contains `part`. */
export async function running(server: TestServer, part: string): Promise<number> {
  const rows = await server.admin('SELECT INFO AS info FROM information_schema.PROCESSLIST');
  return rows.filter(({ info }) => typeof info === 'string' && info.includes(part) && !info.includes('PROCESSLIST'))
    .length;
}

/** How often, during `work`, two successive counts of the account's connections on the server were above the limit. */
export async function timesAbove(
  { server, user }: { readonly server: TestServer; readonly user: string },
  limit: number,
  work: Promise<unknown>,
): Promise<number> {
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  let times = 0;
  for (let before = false; !isOver;) {
    const now = (await server.connections(user)) > limit;
    if (now && before) times++;
    before = now;
    await sleep(15);
  }
  await over;
  return times;
}

/** The next event of a pool. */
export function nextEvent<K extends Parameters<MysqlPool['on']>[0]>(pool: MysqlPool, name: K): Promise<unknown> {
  return new Promise((resolve) => {
    const off = pool.on(name, (event) => {
      off();
      resolve(event);
    });
  });
}
