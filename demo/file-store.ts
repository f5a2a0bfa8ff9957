import type { FileEntry, Place } from './file-queries.js';
import type { PoolFigures } from './messages.js';

/** What one session of the FTP server asks of the database. How it comes by a connection is the store's business. */
export interface SessionStore {
  /** The user's number; undefined if name or password is wrong. */
  login(name: string, password: string): Promise<number | undefined>;
  list(owner: number, folder: string): Promise<FileEntry[]>;
  find(place: Place): Promise<FileEntry | undefined>;
  read(place: Place): Promise<Buffer | undefined>;
  makeFolder(place: Place): Promise<void>;
  save(place: Place, content: Buffer): Promise<void>;
  /** The client has gone. */
  end(): Promise<void>;
}

/** Makes a store for each session. */
export interface FileStore {
  openSession(): SessionStore;
  /** What the pool says, if there is one. */
  figures(): PoolFigures | undefined;
  close(): Promise<void>;
}
