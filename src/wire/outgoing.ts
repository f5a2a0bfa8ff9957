/** Up to so many unchanged bytes are copied behind changed ones, to pass on both in one piece. */
const MOST_TO_COPY = 16_384;
/** Spare bytes for inserted packets: two EOFs and some more. */
const ROOM = 64;

const EMPTY = Buffer.alloc(0);

/**
 * The output made from a chunk of input, into which packets can be inserted and from which they can be left out.
 * Without changes it is a view of the chunk; from the first change on it is a copy.
 */
export class Outgoing {
  #chunk: Buffer = EMPTY;
  /** Offset in the chunk: the bytes before it are done with, that is copied, left out, or passed on. */
  #from = 0;
  #copy: Buffer = EMPTY;
  #length = 0;

  begin(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#from = 0;
  }

  /** Inserts `size` bytes at `at`. Returns the offset in `bytes` at which the caller must write them. */
  putIn(at: number, size: number): number {
    this.#keep(at);
    return this.#room(size);
  }

  /** The buffer to write inserted bytes into; another one after each `putIn`. */
  get bytes(): Buffer {
    return this.#copy;
  }

  /** Leaves out the bytes from `at` to `to`, but keeps those before them. */
  leaveOut(at: number, to: number): void {
    this.#keep(at);
    this.#from = to;
  }

  /** Leaves out all bytes up to `to` that are not done with. */
  drop(to: number): void {
    this.#from = to;
  }

  /** Passes on the output up to `to`, in one piece unless that means much copying. Returns whether there was any. */
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
