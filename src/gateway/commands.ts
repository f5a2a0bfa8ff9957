import { packet, PacketReader } from '../wire/index.js';

/** So much of what a client sends ahead is kept before it is no longer read, in bytes. */
const AHEAD = 64 * 1024;

/**
 * A client's commands, whole and one at a time, out of chunks cut anywhere. What came in one piece goes on as that piece:
 * header included, not copied.
 */
export class Commands {
  readonly #reader: PacketReader;
  #whole: Buffer | undefined;
  #buffered = 0;

  /** @param largest bytes of one command; a larger one is a WireError */
  constructor(largest: number) {
    this.#reader = new PacketReader(largest);
  }

  push(chunk: Buffer): void {
    const isWhole = this.#buffered === 0 && this.#whole === undefined && chunk.length >= 5;
    if (isWhole && chunk.readUIntLE(0, 3) === chunk.length - 4 && chunk.length < 0xff_ff_ff) {
      this.#whole = chunk;
      return;
    }
    if (this.#whole !== undefined) {
      this.#reader.push(this.#whole);
      this.#buffered += this.#whole.length;
      this.#whole = undefined;
    }
    this.#reader.push(chunk);
    this.#buffered += chunk.length;
  }

  /** Whether so much lies here that no more is to be read for now. */
  get isAhead(): boolean {
    return this.#buffered > AHEAD;
  }

  /** The next command with its header; undefined: it is not whole yet. */
  next(): Buffer | undefined {
    const whole = this.#whole;
    if (whole !== undefined) {
      this.#whole = undefined;
      return whole;
    }
    if (this.#buffered === 0) return undefined;
    const next = this.#reader.next();
    if (next === undefined) return undefined;
    this.#buffered = this.#reader.buffered;
    // A command begins to count anew, however many packets it takes.
    return packet(next.payload, 0);
  }
}
