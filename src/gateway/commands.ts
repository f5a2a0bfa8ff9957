import { packet, PacketReader } from '../wire/index.js';
import { OUT_OF_ORDER } from './errors.js';
import { ServerError } from './own-answer.js';

/** So much of what a client sends ahead is kept before it is no longer read, in bytes. */
const AHEAD = 64 * 1024;
/** A packet that is as long as it can be goes on in the next. */
const MOST_IN_PACKET = 0xff_ff_ff;
const NOTHING = Buffer.alloc(0);

/**
 * A client's commands, whole and one at a time, out of chunks cut anywhere. What came in one piece goes on as that piece:
 * header included, not copied.
 */
export class Commands {
  readonly #largest: number;
  /** Undefined until something has come that is not one whole command. */
  #reader: PacketReader | undefined;
  #whole: Buffer | undefined;
  #buffered = 0;
  #reply = 1;

  /** @param largest bytes of one command; a larger one is a WireError */
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

  /** Whether so much lies here that no more is to be read for now. */
  get isAhead(): boolean {
    return this.#buffered > AHEAD;
  }

  /** The number of the first packet that answers the last command. */
  get reply(): number {
    return this.#reply;
  }

  /**
   * The next command with its header; undefined: it is not whole yet.
   * @throws WireError, and a ServerError when it is not numbered as a command is
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
    // A command begins to count anew, however many packets it takes.
    return packet(next.payload, 0);
  }

  /** What has come and was not read: it is something else than commands. */
  rest(): Buffer {
    const whole = this.#whole;
    this.#whole = undefined;
    this.#buffered = 0;
    return whole ?? this.#reader?.rest() ?? NOTHING;
  }

  /** The server would close a connection over it, which may be another client's in a moment. */
  #checkOrder(sequence: number, before: number): void {
    this.#reply = (before + 1) & 0xff;
    if (sequence !== (before & 0xff)) throw new ServerError(OUT_OF_ORDER);
  }
}
