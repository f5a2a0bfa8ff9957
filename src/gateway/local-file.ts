import { MOST_IN_PACKET } from '../wire/index.js';

/**
 * The packets of a file that a client sends (LOAD DATA LOCAL), up to an empty one. They go to the server unchanged but
 * for their sequence numbers.
 */
export class LocalFile {
  readonly #ahead: number;
  /** Bytes of the current packet that are still to come. */
  #left = 0;
  /** How many bytes of the header have arrived, and the length in them. */
  #seen = 0;
  #length = 0;
  #goesOn = false;
  #isOver = false;

  /** @param ahead by how much the client's sequence numbers are ahead of the server's */
  constructor(ahead: number) {
    this.#ahead = ahead;
  }

  /** Whether the empty packet has arrived: after it come commands. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @returns how many bytes of the chunk, which may be changed in place, belong to the file */
  take(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && !this.#isOver) {
      if (this.#left > 0) {
        const size = Math.min(this.#left, chunk.length - at);
        this.#left -= size;
        at += size;
      } else this.#header(chunk, at++);
    }
    return at;
  }

  #header(chunk: Buffer, at: number): void {
    if (this.#seen < 3) {
      this.#length |= chunk[at]! << (8 * this.#seen++);
      return;
    }
    chunk[at]! -= this.#ahead;
    this.#isOver = this.#length === 0 && !this.#goesOn;
    this.#goesOn = this.#length === MOST_IN_PACKET;
    this.#left = this.#length;
    this.#seen = this.#length = 0;
  }
}
