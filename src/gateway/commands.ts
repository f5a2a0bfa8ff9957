import { MOST_IN_PACKET, packet, PacketReader } from '../wire/index.js';
import { OUT_OF_ORDER } from './errors.js';
import { ServerError } from './own-answer.js';

/** How many bytes of commands sent ahead are kept before the client's socket is paused. */
const AHEAD = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Assembles a client's commands from chunks that may be cut anywhere, and gives them out one at a time, header
 * included. A chunk that is exactly one command is passed on without being copied.
 */
export class Commands {
  readonly #largest: number;
  /** Undefined until a chunk arrives that is not exactly one command. */
  #reader: PacketReader | undefined;
  #whole: Buffer | undefined;
  #buffered = 0;
  #reply = 1;

  /** @param largest most bytes of a command; a larger one is a WireError */
  constructor(largest: number) {
    this.#largest = largest;
  }

  push(chunk: Buffer): void {
    const isWhole = this.#buffered === 0 && this.#whole === undefined && chunk.length >= 5;
    if (isWhole && chunk.readUIntLE(0, 3) === chunk.length - 4 && chunk.length < MOST_IN_PACKET) {
      this.#whole = chunk;
      return;
    }
    const reader = (this.#reader ??= new PacketReader(this.#largest));
    if (this.#whole !== undefined) {
      reader.push(this.#whole);
      this.#buffered += this.#whole.length;
      this.#whole = undefined;
    }
    reader.push(chunk);
    this.#buffered += chunk.length;
  }

  /** Whether so much is buffered that no more should be read from the client for now. */
  get isAhead(): boolean {
    return this.#buffered > AHEAD;
  }

  /** The sequence number with which the answer to the latest command begins. */
  get reply(): number {
    return this.#reply;
  }

  /**
   * The next command with its header; undefined if it is not complete yet.
   * @throws WireError for one that is too large, ServerError for wrong sequence numbers
   */
  next(): Buffer | undefined {
    const whole = this.#whole;
    if (whole !== undefined) {
      this.#whole = undefined;
      this.#checkOrder(whole[3]!, 0);
      return whole;
    }
    const reader = this.#reader;
    if (reader === undefined || this.#buffered === 0) return undefined;
    const next = reader.next();
    if (next === undefined) return undefined;
    this.#buffered = reader.buffered;
    this.#checkOrder(next.sequence, Math.floor(next.payload.length / MOST_IN_PACKET));
    // Packed anew from the whole payload: its packets are numbered from 0.
    return packet(next.payload, 0);
  }

  /** Takes out all bytes that were not read, as they are no commands: a file, or packets of a login. */
  rest(): Buffer {
    const whole = this.#whole;
    this.#whole = undefined;
    this.#buffered = 0;
    return whole ?? this.#reader?.rest() ?? NOTHING;
  }

  /** Refuses wrong sequence numbers here: the server would close the backend over them, which other clients need. */
  #checkOrder(sequence: number, before: number): void {
    this.#reply = (before + 1) & 0xff;
    if (sequence !== (before & 0xff)) throw new ServerError(OUT_OF_ORDER);
  }
}
