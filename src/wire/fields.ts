import { WireError } from './errors.js';

const NULL = 0xfb;
const TWO_BYTES = 0xfc;
const THREE_BYTES = 0xfd;
const EIGHT_BYTES = 0xfe;

/** Decodes a name: as UTF-8 if it is valid, otherwise as latin1, for clients with a one-byte character set. */
export function nameIn(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text;
}

/** Reads fields one after the other from a part of a buffer. Reading beyond its end throws a WireError. */
export class FieldReader {
  at: number;
  readonly #bytes: Buffer;
  readonly #to: number;

  constructor(bytes: Buffer, from = 0, to: number = bytes.length) {
    this.#bytes = bytes;
    this.at = from;
    this.#to = to;
  }

  /** How many bytes have not been read yet. */
  get left(): number {
    return this.#to - this.at;
  }

  #take(size: number): number {
    const from = this.at;
    if (size > this.#to - from) throw new WireError(`a packet ends ${size - (this.#to - from)} bytes too early`);
    this.at = from + size;
    return from;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  twoBytes(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  fourBytes(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  skip(size: number): void {
    this.#take(size);
  }

  /** A length-encoded integer, as a bigint if it is beyond the safe integers; null for the marker of NULL. */
  integerOrNull(): number | bigint | null {
    const first = this.byte();
    if (first < NULL) return first;
    if (first === NULL) return null;
    if (first === TWO_BYTES) return this.twoBytes();
    if (first === THREE_BYTES) return this.#bytes.readUIntLE(this.#take(3), 3);
    if (first !== EIGHT_BYTES) throw new WireError(`0x${first.toString(16)} begins no length-encoded integer`);
    const value = this.#bytes.readBigUInt64LE(this.#take(8));
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  integer(): number | bigint {
    const value = this.integerOrNull();
    if (value === null) throw new WireError('NULL where an integer must be');
    return value;
  }

  /** The next `size` bytes, as a view. */
  bytes(size: number): Buffer {
    const from = this.#take(size);
    return this.#bytes.subarray(from, from + size);
  }

  /** A string with a length-encoded length before it, as a view; null for the marker of NULL. */
  prefixedOrNull(): Buffer | null {
    const size = this.integerOrNull();
    if (size === null) return null;
    return this.bytes(Number(size));
  }

  prefixed(): Buffer {
    return this.bytes(Number(this.integer()));
  }

  /** The bytes up to a zero byte, which is skipped. */
  terminated(): Buffer {
    const end = this.#bytes.indexOf(0, this.at);
    if (end === -1 || end >= this.#to) throw new WireError('a string in a packet has no end');
    const from = this.#take(end + 1 - this.at);
    return this.#bytes.subarray(from, end);
  }

  /** The bytes up to a zero byte, or up to the end if there is none: some clients send the last string without it. */
  terminatedOrRest(): Buffer {
    const end = this.#bytes.indexOf(0, this.at);
    return end === -1 || end >= this.#to ? this.rest() : this.terminated();
  }

  rest(): Buffer {
    return this.bytes(this.left);
  }
}

/** Writes fields one after the other into a buffer that grows. */
export class FieldWriter {
  #bytes = Buffer.allocUnsafe(64);
  #length = 0;

  /** Makes room for `size` bytes, and returns the offset at which it begins. */
  #room(size: number): number {
    const from = this.#length;
    const needed = from + size;
    if (needed > this.#bytes.length) {
      const bytes = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(bytes, 0, 0, from);
      this.#bytes = bytes;
    }
    this.#length = needed;
    return from;
  }

  byte(value: number): this {
    const at = this.#room(1);
    this.#bytes[at] = value;
    return this;
  }

  twoBytes(value: number): this {
    const at = this.#room(2);
    this.#bytes.writeUInt16LE(value & 0xffff, at);
    return this;
  }

  fourBytes(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeUInt32LE(value >>> 0, at);
    return this;
  }

  zeros(size: number): this {
    const at = this.#room(size);
    this.#bytes.fill(0, at, at + size);
    return this;
  }

  bytes(value: Buffer): this {
    const at = this.#room(value.length);
    value.copy(this.#bytes, at);
    return this;
  }

  text(value: string): this {
    const at = this.#room(Buffer.byteLength(value));
    this.#bytes.write(value, at);
    return this;
  }

  terminated(value: string): this {
    if (value.includes('\0')) throw new WireError('a string that ends at a zero byte cannot have one inside');
    return this.text(value).byte(0);
  }

  integer(value: number | bigint): this {
    if (value < NULL) return this.byte(Number(value));
    if (value <= 0xffff) return this.byte(TWO_BYTES).twoBytes(Number(value));
    if (value <= 0xffffff) {
      const at = this.byte(THREE_BYTES).#room(3);
      this.#bytes.writeUIntLE(Number(value), at, 3);
      return this;
    }
    const at = this.byte(EIGHT_BYTES).#room(8);
    this.#bytes.writeBigUInt64LE(BigInt(value), at);
    return this;
  }

  prefixed(value: Buffer): this {
    return this.integer(value.length).bytes(value);
  }

  prefixedText(value: string): this {
    return this.integer(Buffer.byteLength(value)).text(value);
  }

  /** The bytes that were written, as a view: the writer must not be used afterwards. */
  end(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
