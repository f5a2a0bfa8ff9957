import type { Answer, Dialect } from './answer.js';
import { Capability, has } from './capabilities.js';
import { decodeEnd, encodeOk, type Ok } from './ok.js';
import { Outgoing } from './outgoing.js';
import { HEADER, MOST_IN_PACKET } from './packets.js';
import { Status } from './status.js';

const END = 0xfe;
const ERR = 0xff;
const EOF_SIZE = 5;

/** How far ahead the end of rows is looked for. Servers send what is less than 16 kB (`net_buffer_length`) in one go. */
const AHEAD = 8192;

/** Of a status, what holds for the session rather than for a result. */
const OF_SESSION =
  Status.IN_TRANS | Status.AUTOCOMMIT | Status.NO_BACKSLASH_ESCAPES | Status.IN_TRANS_READONLY | Status.ANSI_QUOTES;

const OUT_PARAMS = Status.PS_OUT_PARAMS | Status.MORE_RESULTS;

/** A packet that has come as a whole. */
export interface Frame {
  readonly data: Buffer;
  /** Where its header is. */
  readonly at: number;
  readonly to: number;
  /** The first byte of its payload. */
  readonly first: number;
}

/**
 * Puts answers into the dialect of a client.
 *
 * Without DEPRECATE_EOF an EOF follows the columns, and its status is that of the running statement, which is told only
 * behind the rows. Where the rows end within 8 kB, the EOF waits for that and has the same status, as it has from the
 * servers; out parameters (which PHP tells by that EOF) are among them. Behind it come more rows than that: it has what
 * is known of the session (in a transaction, autocommit, quotes). It never has warnings; MySQL's has those that came up
 * before the first row. SESSION_STATE_CHANGED is never in an EOF: nothing could follow it there.
 */
export class AnswerRewriter {
  readonly outgoing: Outgoing = new Outgoing();
  /** By how much the client's sequence is ahead in this answer. */
  shift = 0;
  /** Of the last packet, as the client has it. */
  sequence = 0;
  /** The last that the server told. */
  status: number = Status.AUTOCOMMIT;
  /** Of the statement that was prepared last. */
  warnings = 0;
  readonly #capabilities: number;
  /** Only MariaDB's servers do not have LONG_PASSWORD. */
  readonly #isMySql: boolean;

  constructor(capabilities: number) {
    this.#capabilities = capabilities;
    this.#isMySql = has(capabilities, Capability.LONG_PASSWORD);
  }

  shiftOne(data: Buffer, at: number): void {
    const sequence = (data[at + 3]! + this.shift) & 0xff;
    data[at + 3] = sequence;
    this.sequence = sequence;
  }

  /** The EOF behind the definitions of a prepared statement, of which the last is at `at`. */
  afterDefinitions(data: Buffer, at: number, to: number): void {
    this.#putEof(to, data[at + 3]! + 1, this.warnings, this.status & OF_SESSION);
    this.shift++;
  }

  /**
   * The EOF between columns and rows, before the packet at `at`. Answers how many bytes are needed from there on to know
   * its status; 0 when it is done.
   */
  beforeRows(data: Buffer, at: number, answer: Answer): number {
    const first = data[at + HEADER]!;
    if (first === ERR && answer.asksForCursor === true) return 0;
    const status = this.#statusOfRows(data, at);
    if (status < 0) return -status;
    // A cursor has its EOF already: rows are yet to be fetched.
    const hasCursor = first === END && (status & Status.CURSOR_EXISTS) !== 0;
    if (hasCursor) return 0;
    this.#putEof(at, data[at + 3]! + this.shift, 0, status & ~Status.SESSION_STATE_CHANGED);
    this.shift++;
    return 0;
  }

  /** The status at the end of the rows from `from` on, or of the session; or how many bytes are needed, as a negative number. */
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

  /** An OK, or an OK or EOF that ends rows. */
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

  /** MySQL says of out parameters only in the EOF before them that they are some and that an OK follows. */
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
