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

/** The account that only the pool uses, so that the server's count of its sessions is that of the pool. */
export const WORKER = 'worker';
const FIRST_PASSWORD = 'p0';

/** The pool's maxSize; without a fault the pool must be able to lend that many connections. */
export const LIMIT = 8;
export const ACQUIRE_TIMEOUT = 4_000;
/** Selects a row that another session has locked: the statement waits until it is stopped, or for 5 s. */
export const SLOW = 'SELECT id FROM chaos.slow WHERE id = 1 FOR UPDATE';
/** The number of rows in the table that streams read. */
export const SEQUENCE = 900;

const RIGHTS = 'SELECT, INSERT, UPDATE, DELETE, CREATE TEMPORARY TABLES, LOCK TABLES';

/** One server, the proxy in front of it, and the tested pool. */
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
    // A transaction whose connection was cut holds its locks until the server notices: others should not wait for long.
    // The server must not block this host for logins that the proxy breaks off, since then all operations would fail.
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

  /** The pool's sessions on the server, each with what it does. The server is asked directly, not through the proxy. */
  async sessions(): Promise<string[]> {
    const rows = await this.server.admin(
      `SELECT ID AS id, COMMAND AS command, TIME AS time, LEFT(INFO, 40) AS info
       FROM information_schema.PROCESSLIST WHERE USER = '${WORKER}'`,
    );
    return rows.map(({ id, command, time, info }) =>
      [id, command, `${String(time)} s`, info].filter(Boolean).join(' '),
    );
  }

  /** Locks the slow row. To be repeated, since a restart of the server releases the lock. */
  async lockSlowRow(): Promise<void> {
    this.#holder?.destroy();
    const { host, port, user, password } = this.server;
    this.#holder = await createConnection({ host, port, user, password });
    this.#holder.on('error', () => undefined);
    await this.#holder.beginTransaction();
    await this.#holder.query(SLOW);
  }

  /** Changes the account's password; the pool gets the new one `late` ms after the server. */
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
