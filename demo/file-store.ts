import type { FileEntry, Place } from './file-queries.js';
import type { PoolFigures } from './messages.js';

/** The database operations of one FTP session. How it gets a connection is up to the implementation. */
export interface SessionStore {
  /** The user's id; undefined if name or password is wrong. */
  login(name: string, password: string): Promise<number | undefined>;
  list(owner: number, folder: string): Promise<FileEntry[]>;
  find(place: Place): Promise<FileEntry | undefined>;
  read(place: Place): Promise<Buffer | undefined>;
  makeFolder(place: Place): Promise<void>;
  save(place: Place, content: Buffer): Promise<void>;
  /** The client has disconnected. */
  end(): Promise<void>;
}

/** Makes a store for each session. */
export interface FileStore {
  openSession(): SessionStore;
  /** The figures of the pool, if there is one. */
  figures(): PoolFigures | undefined;
  close(): Promise<void>;
}
