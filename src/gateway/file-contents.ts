import { WatchedFiles } from './watched-files.js';

/** How long (ms) files may be unusable before a warning: while several are replaced, one of them comes first. */
const BEING_REPLACED = 2_000;

/** The contents of files that belong together, such as a certificate and its key. Read again when one changes. */
export class FileContents<T> {
  readonly #read: () => T;
  readonly #now: () => number;
  readonly #watched: WatchedFiles;
  #contents: T;
  #failure: Error | undefined;
  #failedAt = 0;
  #isTold = false;

  /**
   * @param read reads the files. It throws an error that names the file if one is unusable; the first time, the
   *   constructor throws that error
   * @param now a clock in ms
   */
  constructor(files: readonly string[], read: () => T, now: () => number = () => performance.now()) {
    this.#read = read;
    this.#now = now;
    // Created before the files are read, so that a change during the reading is noticed.
    this.#watched = new WatchedFiles(files, now);
    this.#contents = read();
  }

  /** Why the present contents of the files are not used, but earlier ones; undefined if they are. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The contents. Looks for changes of the files once a second at most. */
  current(): T {
    if (this.#watched.haveChanged) this.#renew();
    if (this.#failure !== undefined && !this.#isTold) this.#tell(this.#failure);
    return this.#contents;
  }

  /** Reads the files at once. */
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

  /** Warns once, until the files can be used again. */
  #tell({ message }: Error): void {
    if (this.#now() - this.#failedAt < BEING_REPLACED) return;
    this.#isTold = true;
    const text = `${message}; what was read before is used until the files are right`;
    process.emitWarning(text, { type: 'MysqlPoolWarning', code: 'MYSQLPOOL_GATEWAY_FILE' });
  }
}
