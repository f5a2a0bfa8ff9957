import { randomUUID } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import type { Connection } from 'mysql2/promise';
import { findFile, findUser, listFolder, makeFolder, readFile, saveFile } from './file-queries.js';
import type { FileEntry, Place } from './file-queries.js';
import type { FileStore, SessionStore } from './file-store.js';
import type { DatabaseAddress } from './messages.js';

/**
 * What a long-running program without a pool does, since it has no request cycle at whose end it could disconnect: it
 * opens a connection when a session first needs one, and holds it until the session ends, although a session is idle
 * most of the time. So there are as many connections as sessions.
 */
class HeldConnection implements SessionStore {
  readonly #database: DatabaseAddress;
  #connection: Promise<Connection> | undefined;

  constructor(database: DatabaseAddress) {
    this.#database = database;
  }

  async login(name: string, password: string): Promise<number | undefined> {
    return findUser(await this.#connect(), name, password);
  }

  async list(owner: number, folder: string): Promise<FileEntry[]> {
    return listFolder(await this.#connect(), owner, folder);
  }

  async find(place: Place): Promise<FileEntry | undefined> {
    return findFile(await this.#connect(), place);
  }

  async read(place: Place): Promise<Buffer | undefined> {
    return readFile(await this.#connect(), place);
  }

  async makeFolder(place: Place): Promise<void> {
    await makeFolder(await this.#connect(), place);
  }

  async save(place: Place, content: Buffer): Promise<void> {
    const connection = await this.#connect();
    await connection.beginTransaction();
    try {
      await saveFile(connection, place, content, randomUUID());
      await connection.commit();
    } catch (error) {
      await connection.rollback().catch(() => {});
      throw error;
    }
  }

  async end(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.end().catch(() => connection.destroy());
  }

  #connect(): Promise<Connection> {
    this.#connection ??= createConnection({ ...this.#database }).then((connection) => {
      connection.on('error', () => {});
      return connection;
    });
    return this.#connection;
  }
}

/** The file store of the FTP server in the first act. */
export class ConnectionPerSession implements FileStore {
  readonly #database: DatabaseAddress;
  readonly #sessions = new Set<SessionStore>();

  constructor(database: DatabaseAddress) {
    this.#database = database;
  }

  openSession(): SessionStore {
    const session = new HeldConnection(this.#database);
    this.#sessions.add(session);
    const end = session.end.bind(session);
    session.end = async () => {
      this.#sessions.delete(session);
      await end();
    };
    return session;
  }

  figures(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.end()));
  }
}
