import { statSync } from 'node:fs';

/** Shortest time between two looks at the files, in ms. */
const LOOK_EVERY = 1_000;

/** Detects changes of files when it is asked, without timers: it looks at the files once a second at most. */
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

  /** Whether a file has changed since this was last true. On true, the caller must read the files now. */
  get haveChanged(): boolean {
    const now = this.#now();
    if (now - this.#lookedAt < LOOK_EVERY) return false;
    return this.look();
  }

  /** As `haveChanged`, but looks at the files in any case. */
  look(): boolean {
    this.#lookedAt = this.#now();
    const seen = this.#stamp();
    const isNew = seen !== this.#seen;
    this.#seen = seen;
    return isNew;
  }

  /** Inode, size and time of each file. A missing file, as while it is being replaced, counts as changed. */
  #stamp(): string {
    const stamps = this.#files.map((file) => {
      const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
    });
    return stamps.join(', ');
  }
}
