import { Capability, has } from './capabilities.js';
import type { Answer } from './answer.js';
import { AnswerRewriter, type Frame } from './answer-rewriter.js';
import type { AnswerKind } from './commands.js';
import { decodeError, type ErrorPacket } from './error-packet.js';
import { WireError } from './errors.js';
import { FieldReader } from './fields.js';
import { keepChunk } from './kept-chunks.js';
import { decodeEnd, decodeOk, type Ok } from './ok.js';
import { HEADER, MOST_IN_PACKET } from './packets.js';
import { Status } from './status.js';

const OK = 0x00;
const FILE = 0xfb;
const END = 0xfe;
const ERR = 0xff;

/** The most of a packet that must have come as a whole before it goes on: an OK, an ERR, the definition of a column. */
const MOST_IN_MESSAGE = 1024 * 1024;
/** A table has 4,096 columns at most. */
const MOST_COLUMNS = 65_535;
/** An OK, an id, two counts, a filler; then the warnings. */
const PREPARED_SIZE = 12;

// What the next packet is.
const NOTHING = 0;
const SIMPLE = 1;
const TEXT = 2;
const RESULT = 3;
const COLUMNS = 4;
const BEFORE_ROWS = 5;
const ROWS = 6;
const PREPARED = 7;
const PARAMETERS = 8;
const PREPARED_COLUMNS = 9;
const FIELDS = 10;

const FIRST: Readonly<Record<AnswerKind, number>> = {
  none: NOTHING,
  simple: SIMPLE,
  text: TEXT,
  query: RESULT,
  execute: RESULT,
  prepare: PREPARED,
  fetch: ROWS,
  fields: FIELDS,
};

/**
 * Walks the answers of a server and hands their bytes on at once: a chunk as it came where nothing in it must change,
 * with the ids, OKs and EOFs of the client's dialect where it must. It looks at the header and the first byte of each
 * row, and keeps back no more than a packet of which not enough has come: of rows their header, of others all, up to
 * 1 MB; and, for clients without DEPRECATE_EOF, the first 8 kB of rows (see `AnswerRewriter`).
 */
export class AnswerStream {
  /** An ERR that nobody asked for, such as that the server shuts down. Its bytes go nowhere. */
  onNotice?: (error: ErrorPacket) => void;
  readonly #capabilities: number;
  readonly #rewriter: AnswerRewriter;
  readonly #answers: Answer[] = [];
  #answer: Answer | undefined;
  #state = NOTHING;
  /** Definitions that are still to come. */
  #left = 0;
  #columns = 0;
  /** The next packet goes on with the payload of the last, which was as long as a packet can be. */
  #goesOn = false;
  /** Bytes of a row that are still to come, and are not looked at. */
  #skip = 0;
  /** What came of a packet, until `#need` bytes of it have come. */
  #held: Buffer[] = [];
  #heldSize = 0;
  #need = 0;
  #begun = false;
  /** While a chunk is walked, and for ever when it was no answer. */
  #isWalking = false;

  /** @param capabilities of the connection to the server; DEPRECATE_EOF must be among them */
  constructor(capabilities: number) {
    if (!has(capabilities, Capability.DEPRECATE_EOF)) {
      throw new WireError('the server is too old: it has no DEPRECATE_EOF (MySQL 5.7.5, MariaDB 10.2)');
    }
    this.#capabilities = capabilities;
    this.#rewriter = new AnswerRewriter(capabilities);
  }

  /** Answers that are expected and have not ended. */
  get pending(): number {
    return this.#answers.length;
  }

  /** Bytes that are kept back. */
  get held(): number {
    return this.#heldSize;
  }

  /** Whether bytes of the present answer have been handed out. */
  get begun(): boolean {
    return this.#begun;
  }

  /** In the order of the commands, before their answer can have come. One of kind `none` ends when those before it have. */
  expect(answer: Answer): void {
    this.#answers.push(answer);
    if (this.#answers.length === 1) this.#begin();
  }

  /**
   * @param chunk what came from the server; it may be changed in place
   * @param out is given what goes on to the client
   * @throws WireError for what is no answer: nothing that comes after it can be understood
   */
  push(chunk: Buffer, out: (bytes: Buffer) => void): void {
    const data = this.#heldSize === 0 ? chunk : this.#joined(chunk);
    if (data === undefined || data.length === 0) return;
    if (this.#isWalking) throw new WireError('what was walked before was no answer');
    this.#need = 0;
    this.#isWalking = true;
    this.#rewriter.outgoing.begin(data);
    const at = this.#walk(data, out);
    this.#isWalking = false;
    this.#flush(at, out);
    if (at === data.length) return;
    this.#held.push(at === 0 ? data : data.subarray(at));
    this.#heldSize = data.length - at;
  }

  /** What was kept back and what has come since, if that is enough. */
  #joined(chunk: Buffer): Buffer | undefined {
    keepChunk(this.#held, chunk);
    this.#heldSize += chunk.length;
    if (this.#heldSize < this.#need) return undefined;
    const data = Buffer.concat(this.#held, this.#heldSize);
    this.#held = [];
    this.#heldSize = 0;
    return data;
  }

  /** Answers how far it came; from there on more bytes are needed. */
  #walk(data: Buffer, out: (bytes: Buffer) => void): number {
    let at = 0;
    for (;;) {
      if (this.#skip > 0) at = this.#pass(data, at);
      if (this.#state === BEFORE_ROWS && at < data.length && !this.#beforeRows(data, at)) return at;
      if (this.#state === ROWS && !this.#goesOn) at = this.#rows(data, at);
      if (at === data.length) return at;
      const next = this.#goesOn ? this.#continue(data, at) : this.#packet(data, at, out);
      if (next === at) return at;
      at = next;
    }
  }

  #pass(data: Buffer, at: number): number {
    const size = Math.min(this.#skip, data.length - at);
    this.#skip -= size;
    return at + size;
  }

  /** Passes as many rows as it can; answers where it stopped. */
  #rows(data: Buffer, from: number): number {
    if (this.#answer!.row !== undefined && this.#answer!.to === undefined) return from;
    const { shift } = this.#rewriter;
    const end = data.length;
    let at = from;
    let last = -1;
    while (end - at > HEADER) {
      const length = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16);
      const first = data[at + HEADER]!;
      if (length === 0 || (first >= END && (first === ERR || length < MOST_IN_PACKET))) break;
      if (shift !== 0) data[at + 3]! += shift;
      last = at;
      at += HEADER + length;
      if (length === MOST_IN_PACKET) {
        this.#goesOn = true;
        break;
      }
    }
    if (last !== -1) this.#rewriter.sequence = data[last + 3]!;
    if (at <= end) return at;
    this.#skip = at - end;
    return end;
  }

  /** A packet that goes on with the row of the last. */
  #continue(data: Buffer, at: number): number {
    if (!this.#has(data, at, HEADER)) return at;
    const length = data.readUIntLE(at, 3);
    this.#rewriter.shiftOne(data, at);
    this.#goesOn = length === MOST_IN_PACKET;
    this.#skip = length;
    return at + HEADER;
  }

  /** Whether that many bytes have come; otherwise they are waited for. */
  #has(data: Buffer, at: number, size: number): boolean {
    if (data.length - at >= size) return true;
    this.#need = size;
    return false;
  }

  /** Puts the EOF before the rows; answers whether enough of them has come for that. */
  #beforeRows(data: Buffer, at: number): boolean {
    if (!this.#has(data, at, HEADER + 1)) return false;
    if (!this.#has(data, at, this.#rewriter.beforeRows(data, at, this.#answer!))) return false;
    this.#state = ROWS;
    return true;
  }

  /** Any packet but a row that is passed on: as a whole, or not yet. */
  #packet(data: Buffer, at: number, out: (bytes: Buffer) => void): number {
    if (!this.#has(data, at, HEADER + 1)) return at;
    const length = data.readUIntLE(at, 3);
    const first = data[at + HEADER]!;
    if (length === 0) throw new WireError('an empty packet in an answer');
    const most = this.#state === ROWS && first < END ? MOST_IN_PACKET - 1 : MOST_IN_MESSAGE;
    if (length > most)
      throw new WireError(`a message of ${length} bytes in an answer, where ${most} are taken at most`);
    if (!this.#has(data, at, HEADER + length)) return at;
    const to = at + HEADER + length;
    this.#read({ data, at, to, first }, out);
    return to;
  }

  #read(frame: Frame, out: (bytes: Buffer) => void): void {
    const { data, at, to, first } = frame;
    if (this.#state === NOTHING || (first === ERR && this.#isUnasked(data, at))) this.#notice(frame);
    else if (first === ERR) {
      this.#rewriter.shiftOne(data, at);
      this.#answer!.error(decodeError(data, at + HEADER, to));
      this.#finish(to, out);
    } else if (this.#state === RESULT) this.#result(frame, out);
    else if (this.#state === ROWS || this.#state === FIELDS) this.#rowOrEnd(frame, out);
    else if (this.#state === SIMPLE) this.#simple(frame, out);
    else if (this.#state === PREPARED) this.#prepared(frame, out);
    else if (this.#state === TEXT) this.#finish(to, out);
    else this.#definition(frame, out);
  }

  /** Whether the server says it of its own accord: an answer begins with number 1, whenever its command went out. */
  #isUnasked(data: Buffer, at: number): boolean {
    const { sequence, shift } = this.#rewriter;
    return data[at + 3] === 0 && sequence === 0 && shift === 0;
  }

  #notice({ data, at, to, first }: Frame): void {
    if (first !== ERR) throw new WireError(`an answer to no command, which begins with 0x${first.toString(16)}`);
    this.#rewriter.outgoing.drop(to);
    this.onNotice?.(decodeError(data, at + HEADER, to));
  }

  /** The first packet of a result. */
  #result(frame: Frame, out: (bytes: Buffer) => void): void {
    const { data, at, to, first } = frame;
    if (first === OK) {
      this.#ok(frame, decodeOk(data, at + HEADER, to, this.#capabilities), out);
      return;
    }
    this.#rewriter.shiftOne(data, at);
    if (first === FILE) {
      this.#answer!.file?.(this.#rewriter.shift);
      return;
    }
    const fields = new FieldReader(data, at + HEADER, to);
    const count = fields.integer();
    if (count > MOST_COLUMNS || fields.left > 0) throw new WireError('no count of columns where a result begins');
    this.#left = Number(count);
    this.#state = COLUMNS;
    this.#answer!.columns?.(this.#left);
  }

  #simple(frame: Frame, out: (bytes: Buffer) => void): void {
    const { data, at, to, first } = frame;
    if (first !== OK && first !== END) throw new WireError(`0x${first.toString(16)} where an OK must be`);
    this.#ok(frame, decodeEnd(data, at + HEADER, to, this.#capabilities), out);
  }

  #rowOrEnd(frame: Frame, out: (bytes: Buffer) => void): void {
    const { data, at, to, first } = frame;
    if (first === END) this.#ok(frame, decodeEnd(data, at + HEADER, to, this.#capabilities), out);
    else if (this.#state === FIELDS) this.#rewriter.shiftOne(data, at);
    else this.#answer!.row!(data.subarray(at + HEADER, to));
  }

  /** An OK, or what ends rows: another result follows it, or nothing. */
  #ok(frame: Frame, ok: Ok, out: (bytes: Buffer) => void): void {
    const answer = this.#answer!;
    this.#rewriter.status = ok.status;
    answer.ok(ok);
    if (answer.to !== undefined) this.#rewriter.ok(frame, ok, answer.to);
    if ((ok.status & Status.MORE_RESULTS) !== 0 && FIRST[answer.kind] === RESULT) this.#state = RESULT;
    else this.#finish(frame.to, out);
  }

  #prepared({ data, at, to, first }: Frame, out: (bytes: Buffer) => void): void {
    if (first !== OK || to - at < HEADER + PREPARED_SIZE) throw new WireError('no answer to a PREPARE');
    const from = at + HEADER;
    const id = data.readUInt32LE(from + 1);
    const columns = data.readUInt16LE(from + 5);
    const parameters = data.readUInt16LE(from + 7);
    const shown = this.#answer!.prepared?.({ id, columns, parameters }) ?? id;
    if (shown !== id) data.writeUInt32LE(shown, from + 1);
    this.#rewriter.warnings = data.readUInt16LE(from + 10);
    this.#left = parameters;
    this.#columns = columns;
    this.#state = PARAMETERS;
    if (parameters === 0) this.#beginColumns(to, out);
  }

  #beginColumns(to: number, out: (bytes: Buffer) => void): void {
    this.#left = this.#columns;
    this.#state = PREPARED_COLUMNS;
    if (this.#left === 0) this.#finish(to, out);
  }

  /** The definition of a column or a parameter. */
  #definition({ data, at, to }: Frame, out: (bytes: Buffer) => void): void {
    this.#rewriter.shiftOne(data, at);
    if (--this.#left > 0) return;
    const isOld = this.#answer!.to?.deprecatesEof === false;
    if (this.#state === COLUMNS) {
      this.#state = isOld ? BEFORE_ROWS : ROWS;
      return;
    }
    if (isOld) this.#rewriter.afterDefinitions(data, at, to);
    if (this.#state === PARAMETERS) this.#beginColumns(to, out);
    else this.#finish(to, out);
  }

  /** The answer has ended at `to`. */
  #finish(to: number, out: (bytes: Buffer) => void): void {
    this.#flush(to, out);
    this.#answers.shift();
    this.#answer!.end();
    this.#begin();
  }

  #begin(): void {
    while (this.#answers[0]?.kind === 'none') this.#answers.shift()!.end();
    const answer = this.#answers[0];
    this.#answer = answer;
    this.#state = answer === undefined ? NOTHING : FIRST[answer.kind];
    this.#rewriter.shift = this.#rewriter.sequence = 0;
    this.#begun = false;
  }

  /** What goes to a client goes on, up to `to`; the rest goes nowhere. */
  #flush(to: number, out: (bytes: Buffer) => void): void {
    const { outgoing } = this.#rewriter;
    if (this.#answer?.to === undefined) outgoing.drop(to);
    else if (outgoing.flush(to, out)) this.#begun = true;
  }
}
