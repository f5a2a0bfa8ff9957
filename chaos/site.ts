import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import type { Connection } from 'mysql2/promise';
import { createPool } from 'node-mysqlpool';
import type { MysqlPool } from 'node-mysqlpool';
import { startProxy } from '#support/proxy.js';
import type { Proxy } from '#support/proxy.js';
import { startOwnServer } from '#support/servers/index.js';
import type { OwnServer, ServerKind } from '#support/servers/index.js';
import { LEDGER_TABLES } from './checks/ledger.js';

/** The account that only the pool uses, so that the server's count of it is the pool's. */
export const WORKER = 'worker';
const FIRST_PASSWORD = 'p0';

/** Connections of the pool; all of them are to be had when nothing is wrong. */
export const LIMIT = 8;
export const ACQUIRE_TIMEOUT = 4_000;
/** A row that somebody else has locked: whoever asks for it waits until it is stopped, or for five seconds. */
export const SLOW = 'SELECT id FROM chaos.slow WHERE id = 1 FOR UPDATE';
/** Rows of the table that streams read. */
export const SEQUENCE = 900;

const RIGHTS = 'SELECT, INSERT, UPDATE, DELETE, CREATE TEMPORARY TABLES, LOCK TABLES';

/** One server, the proxy before it, and the pool that is tried. */
export class Site implements AsyncDisposable {
  readonly server: OwnServer;
  readonly proxy: Proxy;
  readonly pool: MysqlPool;
  #password = FIRST_PASSWORD;
  /** Holds the lock of the slow row. */
  #holder: Connection | undefined;
  #rotations = 0;

  private constructor(server: OwnServer, proxy: Proxy) {
    this.server = server;
    this.proxy = proxy;
    this.pool = createPool({
      name: `chaos ${server.kind}`,
      host: proxy.host,
      port: proxy.port,
      user: WORKER,
      password: () => this.#password,
      database: 'chaos',
      maxSize: LIMIT,
      acquireTimeout: ACQUIRE_TIMEOUT,
      connectTimeout: 1_500,
      idleTimeout: 5_000,
      maxLifetime: 15_000,
      keepaliveInterval: 3_000,
    });
  }

  static async open(kind: ServerKind): Promise<Site> {
    // A transaction that is cut off holds its locks until the server notices; nobody shall wait for that for long.
    // Logins that the relay breaks must not have the server block the host, which only ends every operation early.
    const variables = { innodb_lock_wait_timeout: 5, max_connect_errors: 1_000_000 };
    const server = await startOwnServer(kind, { variables });
    try {
      await prepare(server);
      const proxy = await startProxy({ target: { host: server.host, port: server.port } });
      const site = new Site(server, proxy);
      await site.lockSlowRow();
      return site;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The sessions of the pool that the server counts, asked past the proxy: what each of them does. */
  async sessions(): Promise<string[]> {
    const rows = await this.server.admin(
      `SELECT ID AS id, COMMAND AS command, TIME AS time, LEFT(INFO, 40) AS info
       FROM information_schema.PROCESSLIST WHERE USER = '${WORKER}'`,
    );
    return rows.map(({ id, command, time, info }) =>
      [id, command, `${String(time)} s`, info].filter(Boolean).join(' '),
    );
  }

  /** Locks the slow row, again if need be: its lock is gone when the server was restarted. */
  async lockSlowRow(): Promise<void> {
    this.#holder?.destroy();
    const { host, port, user, password } = this.server;
    this.#holder = await createConnection({ host, port, user, password });
    this.#holder.on('error', () => undefined);
    await this.#holder.beginTransaction();
    await this.#holder.query(SLOW);
  }

  /** Gives the account another password; the pool's side learns of it `late` ms after the server. */
  async rotatePassword(late: number): Promise<void> {
    const next = `p${++this.#rotations}`;
    await this.server.admin(`ALTER USER '${WORKER}'@'%' IDENTIFIED BY '${next}'`);
    await sleep(late);
    this.#password = next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.close({ timeout: 0 });
    this.#holder?.destroy();
    await this.proxy.close();
    await this.server[Symbol.asyncDispose]();
  }
}

async function prepare(server: OwnServer): Promise<void> {
  for (const database of ['chaos', 'chaos_other']) {
    await server.admin(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
  }
  for (const table of LEDGER_TABLES) await server.admin(table);
  await server.admin('CREATE TABLE chaos.slow (id INT PRIMARY KEY) ENGINE=InnoDB');
  await server.admin('INSERT INTO chaos.slow VALUES (1)');
  await server.admin('CREATE TABLE chaos.sequence (n INT PRIMARY KEY, filler VARCHAR(200)) ENGINE=InnoDB');
  const rows = Array.from({ length: SEQUENCE }, (_, index) => `(${index + 1}, REPEAT('x', 200))`);
  await server.admin(`INSERT INTO chaos.sequence VALUES ${rows.join(', ')}`);
  await server.admin(`CREATE USER '${WORKER}'@'%' IDENTIFIED BY '${FIRST_PASSWORD}'`);
  for (const database of ['chaos', 'chaos_other']) {
    await server.admin(`GRANT ${RIGHTS} ON ${database}.* TO '${WORKER}'@'%'`);
  }
}
