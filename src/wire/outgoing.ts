/** Above that, bytes are handed out as they are rather than copied behind those before them. */
const MOST_TO_COPY = 16_384;
/** For what is put in: two EOFs and some more. */
const ROOM = 64;

const EMPTY = Buffer.alloc(0);

/**
 * What of a chunk goes on. As long as nothing is put in or left out it is a part of the chunk itself; from the first
 * change on it is a copy.
 */
export class Outgoing {
  #chunk: Buffer = EMPTY;
  /** Bytes before it are dealt with: copied, left out, or handed out. */
  #from = 0;
  #copy: Buffer = EMPTY;
  #length = 0;

  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#from = 0;
  }

  /** Room for `size` bytes that are put in after `at`; they are to be written into `bytes` from the answer on. */
  putIn(at: number, size: number): number {
    this.#keep(at);
    return this.#room(size);
  }

  /** Where to write what was put in. */
  get bytes(): Buffer {
    return this.#copy;
  }

  /** From `at` to `to` nothing goes on. */
  leaveOut(at: number, to: number): void {
    this.#keep(at);
    this.#from = to;
  }

  /** Nothing goes on of what has not been dealt with, up to `to`. */
  drop(to: number): void {
    this.#from = to;
  }

  /**
   * Hands out what goes on up to `to`: in one piece, unless much of it would have to be copied. Answers whether there was
   * anything.
   */
  flush(to: number, out: (bytes: Buffer) => void): boolean {
    const size = to - this.#from;
    if (this.#length > 0) {
      const isSmall = size <= MOST_TO_COPY;
      if (isSmall) this.#keep(to);
      const copy = this.#copy.subarray(0, this.#length);
      this.#copy = EMPTY;
      this.#length = 0;
      out(copy);
      if (isSmall) return true;
    }
    if (size === 0) return false;
    const from = this.#from;
    this.#from = to;
    out(size === this.#chunk.length ? this.#chunk : this.#chunk.subarray(from, to));
    return true;
  }

  #keep(to: number): void {
    const size = to - this.#from;
    if (size <= 0) return;
    const at = this.#room(size);
    this.#chunk.copy(this.#copy, at, this.#from, to);
    this.#from = to;
  }

  #room(size: number): number {
    const at = this.#length;
    this.#length = at + size;
    if (this.#length > this.#copy.length) {
      const copy = Buffer.allocUnsafe(Math.max(this.#length, this.#chunk.length) + ROOM);
      this.#copy.copy(copy, 0, 0, at);
      this.#copy = copy;
    }
    return at;
  }
}
