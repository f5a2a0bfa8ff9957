import { randomUUID } from 'node:crypto';
import { autoCloseDb, createPool } from 'node-mysqlpool';
import type { MysqlPool } from 'node-mysqlpool';
import { findFile, findUser, listFolder, makeFolder, readFile, saveFile } from './file-queries.js';
import type { FileEntry, Place } from './file-queries.js';
import type { FileStore, SessionStore } from './file-store.js';
import type { DatabaseAddress, PoolFigures } from './messages.js';
import { persistent } from './persistent.js';

/**
 * The same operations on borrowed connections. None of these functions releases its connection, as may be forgotten in
 * real code. Nothing leaks, since `autoCloseDb` releases what a function has acquired when the function returns or
 * throws. `persistent` runs the function again if the database was lost meanwhile.
 */
class BorrowedConnections implements SessionStore {
  readonly #pool: MysqlPool;

  constructor(pool: MysqlPool) {
    this.#pool = pool;
  }

  readonly login = persistent(
    autoCloseDb(async (name: string, password: string): Promise<number | undefined> => {
      return findUser(await this.#pool.acquire(), name, password);
    }),
  );

  readonly list = persistent(
    autoCloseDb(async (owner: number, folder: string): Promise<FileEntry[]> => {
      return listFolder(await this.#pool.acquire(), owner, folder);
    }),
  );

  readonly find = persistent(
    autoCloseDb(async (place: Place): Promise<FileEntry | undefined> => {
      return findFile(await this.#pool.acquire(), place);
    }),
  );

  readonly read = persistent(
    autoCloseDb(async (place: Place): Promise<Buffer | undefined> => {
      return readFile(await this.#pool.acquire(), place);
    }),
  );

  readonly makeFolder = persistent(
    autoCloseDb(async (place: Place): Promise<void> => {
      await makeFolder(await this.#pool.acquire(), place);
    }),
  );

  readonly #saveOnce = persistent(
    autoCloseDb(async (place: Place, content: Buffer, upload: string): Promise<void> => {
      const db = await this.#pool.acquire();
      await db.transaction((tx) => saveFile(tx, place, content, upload), { retry: 5 });
    }),
  );

  async save(place: Place, content: Buffer): Promise<void> {
    await this.#saveOnce(place, content, randomUUID());
  }

  /** Nothing to do: between commands a session holds no connection. */
  async end(): Promise<void> {}
}

/** The file store of the FTP server in all acts but the first. */
export class PooledStore implements FileStore {
  readonly #pool: MysqlPool;
  readonly #session: SessionStore;
  #peak = 0;

  constructor(database: DatabaseAddress, limit: number, isFleet: boolean) {
    this.#pool = createPool({ ...database }, { name: 'ftp', maxSize: limit, fleet: isFleet });
    this.#pool.on('opening', () => {
      this.#peak = Math.max(this.#peak, this.#pool.stats().size);
    });
    this.#session = new BorrowedConnections(this.#pool);
  }

  openSession(): SessionStore {
    return this.#session;
  }

  figures(): PoolFigures {
    const { size, inUse, waiters, total } = this.#pool.stats();
    return { size, inUse, waiters, peak: this.#peak, opened: total.opened };
  }

  async close(): Promise<void> {
    await this.#pool.close({ timeout: 5_000 });
  }
}
