import { PacketTooLargeError, WireError } from './errors.js';
import { keepChunk } from './kept-chunks.js';

/** Most bytes of payload in a packet. A packet with exactly so many is continued in the next one. */
export const MOST_IN_PACKET = 0xffffff;
export const HEADER = 4;

/** The highest value of `max_allowed_packet`, in bytes. */
const MOST_IN_PAYLOAD = 1024 * 1024 * 1024;

/** A whole payload, in however many packets it came. */
export interface Packet {
  /** Sequence number of its last packet: the reply begins with the next one. */
  readonly sequence: number;
  readonly payload: Buffer;
}

/**
 * Assembles payloads from chunks that may be cut anywhere. A payload that lies within one chunk is a view of it. The
 * caller must read all payloads with `next` before the next `push`, so that at most one incomplete packet is kept.
 */
export class PacketReader {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  /** Where the unread bytes begin in the first chunk. */
  #at = 0;
  #length = 0;
  /** The earlier packets of a payload that takes several. */
  #parts: Buffer[] = [];
  #size = 0;

  /** @param limit most bytes of a payload; a longer one is refused as soon as its header has arrived */
  constructor(limit: number = MOST_IN_PAYLOAD) {
    this.#limit = limit;
  }

  /** How many bytes of an incomplete packet are kept. */
  get buffered(): number {
    return this.#length + this.#size;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    keepChunk(this.#chunks, chunk);
    this.#length += chunk.length;
  }

  /** The next payload; undefined if it is not complete yet. @throws PacketTooLargeError for one above the limit */
  next(): Packet | undefined {
    while (this.#length >= HEADER) {
      const size = this.#byte(0) | (this.#byte(1) << 8) | (this.#byte(2) << 16);
      if (this.#size + size > this.#limit) {
        const length = this.#size + size;
        throw new PacketTooLargeError(`a packet of ${length} bytes, where ${this.#limit} are taken at most`);
      }
      if (this.#length < HEADER + size) return undefined;
      const sequence = this.#byte(3);
      this.#drop(HEADER);
      const part = this.#take(size);
      if (size < MOST_IN_PACKET) return { sequence, payload: this.#whole(part) };
      this.#parts.push(part);
      this.#size += size;
    }
    return undefined;
  }

  /** Takes out all bytes that were not read, for when no packets follow but TLS, for instance. */
  rest(): Buffer {
    return this.#take(this.#length);
  }

  #whole(last: Buffer): Buffer {
    if (this.#parts.length === 0) return last;
    const payload = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#size = 0;
    return payload;
  }

  #byte(index: number): number {
    let at = this.#at + index;
    for (const chunk of this.#chunks) {
      if (at < chunk.length) return chunk[at]!;
      at -= chunk.length;
    }
    throw new WireError('read beyond the end');
  }

  #take(size: number): Buffer {
    const first = this.#chunks[0];
    if (first === undefined || size === 0) return Buffer.alloc(0);
    const inFirst = first.length - this.#at;
    const taken = size <= inFirst ? first.subarray(this.#at, this.#at + size) : this.#gather(size);
    this.#drop(size);
    return taken;
  }

  #gather(size: number): Buffer {
    const [first, ...others] = this.#chunks;
    return Buffer.concat([first!.subarray(this.#at), ...others], size);
  }

  #drop(size: number): void {
    this.#length -= size;
    let at = this.#at + size;
    let gone = 0;
    for (const chunk of this.#chunks) {
      if (at < chunk.length) break;
      at -= chunk.length;
      gone++;
    }
    if (gone > 0) this.#chunks.splice(0, gone);
    this.#at = at;
  }
}

/** The bytes to send for a payload, split into as many packets as it needs. */
export function packet(payload: Buffer, sequence: number): Buffer {
  const count = Math.floor(payload.length / MOST_IN_PACKET) + 1;
  const bytes = Buffer.allocUnsafe(payload.length + count * HEADER);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const from = index * MOST_IN_PACKET;
    const size = Math.min(payload.length - from, MOST_IN_PACKET);
    at = bytes.writeUIntLE(size, at, 3);
    bytes[at++] = (sequence + index) & 0xff;
    at += payload.copy(bytes, at, from, from + size);
  }
  return bytes;
}

/** The reverse of `packet`: the payload without the headers. */
export function payloadOf(bytes: Buffer): Buffer {
  if (bytes.length < HEADER + MOST_IN_PACKET) return bytes.subarray(HEADER);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += HEADER + MOST_IN_PACKET) {
    parts.push(bytes.subarray(at + HEADER, at + HEADER + MOST_IN_PACKET));
  }
  return Buffer.concat(parts);
}
