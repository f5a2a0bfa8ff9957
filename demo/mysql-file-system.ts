import { posix } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { callbackify } from 'node:util';
import { FileSystem } from 'ftp-srv';
import type { FtpConnection } from 'ftp-srv';
import type { FileEntry, Place } from './file-queries.js';
import type { SessionStore } from './file-store.js';

/** The part of `fs.Stats` that ftp-srv uses. */
interface Stat {
  readonly name: string;
  readonly size: number;
  readonly mtime: Date;
  isDirectory(): boolean;
}

const toStat = ({ name, size, modified, isFolder }: FileEntry): Stat => ({
  name,
  size,
  mtime: modified,
  isDirectory: () => isFolder,
});

const ROOT: FileEntry = { name: '.', isFolder: true, size: 0, modified: new Date(0) };

/** One user's files as a file system for ftp-srv. Names, sizes and contents are all in MySQL. */
export class MysqlFileSystem extends FileSystem {
  readonly #store: SessionStore;
  readonly #owner: number;
  #folder = '/';

  constructor(connection: FtpConnection, store: SessionStore, owner: number) {
    super(connection, { root: '/', cwd: '/' });
    this.#store = store;
    this.#owner = owner;
  }

  override currentDirectory(): string {
    return this.#folder;
  }

  override async get(path: string): Promise<Stat> {
    return toStat(await this.#entry(path));
  }

  override async list(path = '.'): Promise<Stat[]> {
    return (await this.#store.list(this.#owner, this.#resolve(path))).map(toStat);
  }

  override async chdir(path = '.'): Promise<string> {
    if (!(await this.#entry(path)).isFolder) throw new Error(`${path} is not a folder`);
    this.#folder = this.#resolve(path);
    return this.#folder;
  }

  override async mkdir(path: string): Promise<string> {
    await this.#store.makeFolder(this.#place(path));
    return this.#resolve(path);
  }

  /** The stream finishes when the database has committed the upload; only then ftp-srv acknowledges it. */
  override write(path: string): { stream: Writable; clientPath: string } {
    const place = this.#place(path);
    const store = this.#store;
    const chunks: Buffer[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
      final: callbackify(() => store.save(place, Buffer.concat(chunks))),
    });
    return { stream, clientPath: this.#resolve(path) };
  }

  override async read(path: string): Promise<{ stream: Readable; clientPath: string }> {
    const content = await this.#store.read(this.#place(path));
    if (!content) throw new Error(`${path}: no such file`);
    return { stream: Readable.from([content]), clientPath: this.#resolve(path) };
  }

  override async delete(): Promise<never> {
    throw refused('delete');
  }

  override async rename(): Promise<never> {
    throw refused('rename');
  }

  override async chmod(): Promise<never> {
    throw refused('chmod');
  }

  async #entry(path: string): Promise<FileEntry> {
    if (this.#resolve(path) === '/') return ROOT;
    const entry = await this.#store.find(this.#place(path));
    if (!entry) throw new Error(`${path}: no such file or folder`);
    return entry;
  }

  #resolve(path: string): string {
    return posix.resolve('/', this.#folder, path);
  }

  #place(path: string): Place {
    const { dir, base } = posix.parse(this.#resolve(path));
    return { owner: this.#owner, folder: dir, name: base };
  }
}

const refused = (what: string): Error => new Error(`this server does not ${what} files`);
