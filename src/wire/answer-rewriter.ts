import type { Answer, Dialect } from './answer.js';
import { Capability, has } from './capabilities.js';
import { decodeEnd, encodeOk, type Ok } from './ok.js';
import { Outgoing } from './outgoing.js';
import { HEADER, MOST_IN_PACKET } from './packets.js';
import { Status } from './status.js';

const END = 0xfe;
const ERR = 0xff;
const EOF_SIZE = 5;

/** Bytes of rows that are searched for their end. Servers send less than 16 kB (`net_buffer_length`) in one write. */
const AHEAD = 8192;

/** The status flags that describe the session rather than one result. */
const OF_SESSION =
  Status.IN_TRANS | Status.AUTOCOMMIT | Status.NO_BACKSLASH_ESCAPES | Status.IN_TRANS_READONLY | Status.ANSI_QUOTES;

const OUT_PARAMS = Status.PS_OUT_PARAMS | Status.MORE_RESULTS;

/** A packet of which all bytes have arrived. */
export interface Frame {
  readonly data: Buffer;
  /** Offset of its header in `data`. */
  readonly at: number;
  /** Offset of its end. */
  readonly to: number;
  /** The first byte of its payload. */
  readonly first: number;
}

/**
 * Translates a server's answers, which always come with DEPRECATE_EOF, into the dialect of a client.
 *
 * A client without DEPRECATE_EOF expects an EOF between columns and rows, with the status of the running statement,
 * which the server sends only after the rows. If the rows end within 8 kB, the EOF is kept back until then and gets
 * that very status, as a server would send it; so PHP, which recognizes out parameters by that EOF, finds them.
 * Otherwise the EOF has only the flags that describe the session (in a transaction, autocommit, quotes). Its warnings
 * are always 0, whereas MySQL tells those from before the first row. No EOF has SESSION_STATE_CHANGED, as an EOF cannot
 * carry the changes.
 */
export class AnswerRewriter {
  readonly outgoing: Outgoing = new Outgoing();
  /** How many packets were added to this answer: the client's sequence numbers are ahead of the server's by that. */
  shift = 0;
  /** Sequence number of the latest packet, as the client gets it. */
  sequence = 0;
  /** The latest status that the server has sent. */
  status: number = Status.AUTOCOMMIT;
  /** Warnings of the latest prepared statement. */
  warnings = 0;
  readonly #capabilities: number;
  /** MariaDB's servers are told by the missing LONG_PASSWORD. */
  readonly #isMySql: boolean;

  constructor(capabilities: number) {
    this.#capabilities = capabilities;
    this.#isMySql = has(capabilities, Capability.LONG_PASSWORD);
  }

  /** Rewrites the sequence number of the packet at `at` to the client's. */
  shiftOne(data: Buffer, at: number): void {
    const sequence = (data[at + 3]! + this.shift) & 0xff;
    data[at + 3] = sequence;
    this.sequence = sequence;
  }

  /** Adds the EOF after the definitions of a prepared statement, the last of which is from `at` to `to`. */
  afterDefinitions(data: Buffer, at: number, to: number): void {
    this.#putEof(to, data[at + 3]! + 1, this.warnings, this.status & OF_SESSION);
    this.shift++;
  }

  /**
   * Adds the EOF between columns and rows, before the packet at `at`. Returns 0 when done; otherwise how many bytes
   * from `at` on it needs to know the status, and nothing has been added.
   */
  beforeRows(data: Buffer, at: number, answer: Answer): number {
    const first = data[at + HEADER]!;
    if (first === ERR && answer.asksForCursor === true) return 0;
    const status = this.#statusOfRows(data, at);
    if (status < 0) return -status;
    // With a cursor, the server's own packet takes the place of the EOF: the rows are fetched by later commands.
    const hasCursor = first === END && (status & Status.CURSOR_EXISTS) !== 0;
    if (hasCursor) return 0;
    this.#putEof(at, data[at + 3]! + this.shift, 0, status & ~Status.SESSION_STATE_CHANGED);
    this.shift++;
    return 0;
  }

  /**
   * The status that ends the rows from `from` on; if they do not end within AHEAD, the status of the session. Negative:
   * so many bytes from `from` on are needed to know it.
   */
  #statusOfRows(data: Buffer, from: number): number {
    let at = from;
    while (at - from + HEADER < AHEAD) {
      const seen = at - from + HEADER + 1;
      if (data.length - from < seen) return -seen;
      const length = data.readUIntLE(at, 3);
      const first = data[at + HEADER]!;
      if (length === 0 || first === ERR) break;
      if (first === END && length < MOST_IN_PACKET) {
        const size = at - from + HEADER + length;
        if (size > 2 * AHEAD) break;
        if (data.length - from < size) return -size;
        return decodeEnd(data, at + HEADER, from + size, this.#capabilities).status;
      }
      at += HEADER + length;
    }
    return this.status & OF_SESSION;
  }

  /** Rewrites an OK, or the OK or EOF that ends rows. */
  ok(frame: Frame, ok: Ok, dialect: Dialect): void {
    const { data, at, to, first } = frame;
    this.shiftOne(data, at);
    if (first === END && !dialect.deprecatesEof) {
      if (dialect.tracks) dialect.show?.(ok.change, true);
      this.#putEof(at, data[at + 3]!, ok.warnings, this.#statusOfEnd(ok.status));
      this.outgoing.leaveOut(at, to);
      return;
    }
    if (to - at === HEADER + EOF_SIZE) return;
    const isChanged = (ok.status & Status.SESSION_STATE_CHANGED) !== 0;
    if (!dialect.tracks) {
      if (isChanged) this.#putOk(frame, { ...ok, change: undefined }, Capability.PROTOCOL_41);
    } else {
      const change = dialect.show?.(ok.change, false);
      if (change !== ok.change) this.#putOk(frame, { ...ok, change }, this.#capabilities);
    }
  }

  /** For out parameters, MySQL sets PS_OUT_PARAMS and MORE_RESULTS only in the EOF before the row, not after it. */
  #statusOfEnd(status: number): number {
    const without = status & ~Status.SESSION_STATE_CHANGED;
    return this.#isMySql && (status & Status.PS_OUT_PARAMS) !== 0 ? without & ~OUT_PARAMS : without;
  }

  #putOk({ data, at, to, first }: Frame, ok: Ok, capabilities: number): void {
    const payload = encodeOk(ok, capabilities, first === END ? END : 0);
    const { outgoing } = this;
    const into = outgoing.putIn(at, HEADER + payload.length);
    const header = outgoing.bytes.writeUIntLE(payload.length, into, 3);
    outgoing.bytes[header] = data[at + 3]!;
    payload.copy(outgoing.bytes, header + 1);
    outgoing.leaveOut(at, to);
  }

  #putEof(at: number, sequence: number, warnings: number, status: number): void {
    const into = this.outgoing.putIn(at, HEADER + EOF_SIZE);
    const { bytes } = this.outgoing;
    bytes[into] = EOF_SIZE;
    bytes[into + 1] = 0;
    bytes[into + 2] = 0;
    bytes[into + 3] = sequence;
    this.sequence = sequence & 0xff;
    bytes[into + 4] = END;
    bytes.writeUInt16LE(warnings, into + 5);
    bytes.writeUInt16LE(status & 0xffff, into + 7);
  }
}
