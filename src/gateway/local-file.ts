/** A packet that is as long as it can be goes on in the next. */
const MOST_IN_PACKET = 0xff_ff_ff;

/** The packets of a file that a client sends (LOAD DATA LOCAL): they go to the server as they are, up to the empty one. */
export class LocalFile {
  readonly #ahead: number;
  /** Bytes of a packet that are still to come. */
  #left = 0;
  /** How much of a header has come, and the length that it told. */
  #seen = 0;
  #length = 0;
  #goesOn = false;
  #isOver = false;

  /** @param ahead by how much the client's sequence is ahead of the server's */
  constructor(ahead: number) {
    this.#ahead = ahead;
  }

  /** The empty packet has come: what follows it are commands. */
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
