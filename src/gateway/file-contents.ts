import { WatchedFiles } from './watched-files.js';

/** How long (ms) files may be of no use before that is told: one may be replaced before the other. */
const BEING_REPLACED = 2_000;

/** What files amount to, such as a certificate and its key. They are read again when one of them has changed. */
export class FileContents<T> {
  readonly #read: () => T;
  readonly #now: () => number;
  readonly #watched: WatchedFiles;
  #contents: T;
  #failure: Error | undefined;
  #failedAt = 0;
  #isTold = false;

  /**
   * @param read throws an error that names the file when one is of no use; at first that is thrown here
   * @param now a clock in ms
   */
  constructor(files: readonly string[], read: () => T, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
    // Before they are read: what changes meanwhile is read again.
    this.#watched = new WatchedFiles(files, now);
    this.#contents = read();
  }

  /** Why what is in the files by now is not used, but what was in them before; undefined: it is. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The files are looked at once a second at most. */
  current(): T {
    if (this.#watched.haveChanged) this.#renew();
    if (this.#failure !== undefined && !this.#isTold) this.#tell(this.#failure);
    return this.#contents;
  }

  /** Reads the files at once, as on a signal. */
  reload(): void {
    this.#watched.look();
    this.#renew();
  }

  #renew(): void {
    try {
      this.#contents = this.#read();
      this.#failure = undefined;
      this.#isTold = false;
    } catch (error) {
      if (this.#failure === undefined) this.#failedAt = this.#now();
      this.#failure = error as Error;
    }
  }

  /** Once, until they are of use again. */
  #tell({ message }: Error): void {
    if (this.#now() - this.#failedAt < BEING_REPLACED) return;
    this.#isTold = true;
    const text = `${message}; what was read before is used until the files are right`;
    process.emitWarning(text, { type: 'MysqlPoolWarning', code: 'MYSQLPOOL_GATEWAY_FILE' });
  }
}
