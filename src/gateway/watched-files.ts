import { statSync } from 'node:fs';

/** How often files are looked at, in ms. */
const LOOK_EVERY = 1_000;

/** Tells whether files are others than before. Costs nothing until it is asked, and then one look a second at most. */
export class WatchedFiles {
  readonly #files: readonly string[];
  readonly #now: () => number;
  #lookedAt: number;
  #seen: string;

  /** @param now a clock in ms */
  constructor(files: readonly string[], now: () => number = () => performance.now()) {
    this.#files = files;
    this.#now = now;
    this.#lookedAt = now();
    this.#seen = this.#stamp();
  }

  /** Whether one has changed since this was last answered with yes; what is to be read anew then is read now. */
  get haveChanged(): boolean {
    const now = this.#now();
    if (now - this.#lookedAt < LOOK_EVERY) return false;
    return this.look();
  }

  /** The same at once, however long ago the last look was. */
  look(): boolean {
    this.#lookedAt = this.#now();
    const seen = this.#stamp();
    const isNew = seen !== this.#seen;
    this.#seen = seen;
    return isNew;
  }

  /** A file that is away, as while it is replaced, is one that has changed. */
  #stamp(): string {
    const stamps = this.#files.map((file) => {
      const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
    });
    return stamps.join(', ');
  }
}
