import { PacketTooLargeError, WireError } from './errors.js';
import { keepChunk } from './kept-chunks.js';

/** What a packet can carry at most; one that carries exactly that goes on in the next. */
export const MOST_IN_PACKET = 0xffffff;
export const HEADER = 4;

/** The most that a server takes at all (`max_allowed_packet`). */
const MOST_IN_PAYLOAD = 1024 * 1024 * 1024;

/** One payload as it was meant, however many packets it took. */
export interface Packet {
  /** Of its last packet: what answers it has the next one. */
  readonly sequence: number;
  readonly payload: Buffer;
}

/**
 * Makes whole packets of chunks that are cut anywhere. A payload is a view of the chunk where it lies in one. Who pushes
 * reads them all before the next push, so that at most one unfinished packet is kept.
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

  /** @param limit bytes of one payload; what is announced to be longer is a WireError before it has come */
  constructor(limit: number = MOST_IN_PAYLOAD) {
    this.#limit = limit;
  }

  /** Bytes that wait for the rest of their packet. */
  get buffered(): number {
    return this.#length + this.#size;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    keepChunk(this.#chunks, chunk);
    this.#length += chunk.length;
  }

  /** The next payload; undefined when it has not come as a whole. */
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

  /** What has come and was not read, as when the bytes from here on are TLS. */
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

/** A payload as bytes to send, in as many packets as it takes. */
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

/** The payload of what `packet` has made. */
export function payloadOf(bytes: Buffer): Buffer {
  if (bytes.length < HEADER + MOST_IN_PACKET) return bytes.subarray(HEADER);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += HEADER + MOST_IN_PACKET) {
    parts.push(bytes.subarray(at + HEADER, at + HEADER + MOST_IN_PACKET));
  }
  return Buffer.concat(parts);
}
