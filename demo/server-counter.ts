import type { Connection, RowDataPacket } from 'mysql2/promise';
import { FTP_ACCOUNT } from './database.js';
import type { DemoDatabase } from './database.js';
import { pause } from './pause.js';

const EVERY_MS = 20;
const QUERY = 'SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE USER = ?';
/**
 * Excludes logins in progress and refused ones, which are in the process list for a moment. MariaDB lists one as "Busy"
 * while it works on it: then its state alone tells.
 */
const ADMITTED = ` AND COMMAND NOT IN ('Connect', 'Killed') AND COALESCE(STATE, '') <> 'login'`;

/**
 * Counts the connections of the FTP server's account on the server, 50 times a second. It uses another account, on a
 * connection opened before the act begins, so that it can count even when the server accepts no more connections.
 */
export class ServerCounter {
  now = 0;
  peak = 0;
  readonly #database: DemoDatabase;
  readonly #query: string;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  private constructor(database: DemoDatabase, admin: Connection, isFleet: boolean) {
    this.#database = database;
    this.#query = isFleet ? QUERY + ADMITTED : QUERY;
    this.#done = this.#count(admin);
  }

  static async start(database: DemoDatabase, isFleet: boolean): Promise<ServerCounter> {
    return new ServerCounter(database, await database.openAdmin(), isFleet);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #count(first: Connection): Promise<void> {
    let admin: Connection | undefined = first;
    while (!this.#stop.signal.aborted) {
      try {
        admin ??= await this.#database.openAdmin();
        const [[row]] = await admin.query<RowDataPacket[]>(this.#query, [FTP_ACCOUNT]);
        this.now = Number(row?.['n']);
        this.peak = Math.max(this.peak, this.now);
      } catch {
        // The third act kills the server: then there are no connections.
        this.now = 0;
        admin?.destroy();
        admin = undefined;
      }
      await pause(EVERY_MS, this.#stop.signal);
    }
    admin?.destroy();
  }
}
