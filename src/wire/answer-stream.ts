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

/** Largest packet (bytes) of those that are read as a whole before they are passed on: OK, ERR, definitions. */
const MOST_IN_MESSAGE = 1024 * 1024;
/** Far more than any server sends: a table has 4,096 columns at most. */
const MOST_COLUMNS = 65_535;
/** Bytes of the first reply to a PREPARE: OK, statement id, number of columns and of parameters, filler, warnings. */
const PREPARED_SIZE = 12;

// States: what the next packet is.
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
 * Parses a server's answers as they arrive and passes their bytes on at once: unchanged chunks as they came, otherwise
 * with the statement ids, OKs and EOFs that the client's dialect requires. Of each row it reads only the header and the
 * first byte. It keeps back only an incomplete packet (of a row, its header; of others, all of it, up to 1 MB), and for
 * clients without DEPRECATE_EOF up to 16 kB at the beginning of the rows (see `AnswerRewriter`).
 */
export class AnswerStream {
  /** Called for an ERR that answers no command, such as the notice of a shutdown. Its bytes are not passed on. */
  onNotice?: (error: ErrorPacket) => void;
  readonly #capabilities: number;
  readonly #rewriter: AnswerRewriter;
  readonly #answers: Answer[] = [];
  #answer: Answer | undefined;
  #state = NOTHING;
  /** Column or parameter definitions that are still to come. */
  #left = 0;
  #columns = 0;
  /** The next packet continues the payload of the previous one, which had the maximum length. */
  #goesOn = false;
  /** Bytes of a row that are still to come and need not be read. */
  #skip = 0;
  /** The beginning of a packet, kept back until `#need` bytes of it have arrived. */
  #held: Buffer[] = [];
  #heldSize = 0;
  #need = 0;
  #begun = false;
  /** True while a chunk is parsed, and for good after an invalid answer: nothing can be parsed after it. */
  #isWalking = false;

  /** @param capabilities of the connection to the server; DEPRECATE_EOF must be among them */
  constructor(capabilities: number) {
    if (!has(capabilities, Capability.DEPRECATE_EOF)) {
      throw new WireError('the server is too old: it has no DEPRECATE_EOF (MySQL 5.7.5, MariaDB 10.2)');
    }
    this.#capabilities = capabilities;
    this.#rewriter = new AnswerRewriter(capabilities);
  }

  /** How many answers are expected and have not ended. */
  get pending(): number {
    return this.#answers.length;
  }

  /** How many bytes are kept back. */
  get held(): number {
    return this.#heldSize;
  }

  /** Whether bytes of the current answer have been passed on to the client. */
  get begun(): boolean {
    return this.#begun;
  }

  /**
   * Announces the answer to a command: in the order of the commands, and before it can arrive. An answer of kind `none`
   * ends when those before it have ended.
   */
  expect(answer: Answer): void {
    this.#answers.push(answer);
    if (this.#answers.length === 1) this.#begin();
  }

  /**
   * @param chunk bytes from the server; they may be changed in place
   * @param out called with the bytes for the client
   * @throws WireError for bytes that are no valid answer; the stream cannot be used after it
   */
  push(chunk: Buffer, out: (bytes: Buffer) => void): void {
    const data = this.#heldSize === 0 ? chunk : this.#joined(chunk);
    if (data === undefined || data.length === 0) return;
    if (this.#isWalking) throw new WireError('bytes after an invalid answer');
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

  /** Appends `chunk` to the bytes that were kept back, and returns all of them once they are enough. */
  #joined(chunk: Buffer): Buffer | undefined {
    keepChunk(this.#held, chunk);
    this.#heldSize += chunk.length;
    if (this.#heldSize < this.#need) return undefined;
    const data = Buffer.concat(this.#held, this.#heldSize);
    this.#held = [];
    this.#heldSize = 0;
    return data;
  }

  /** Parses `data`. Returns the offset from which on more bytes are needed. */
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

  /** Passes rows on without reading them. Returns the offset where it stopped. */
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

  /** A packet that continues the row of the previous packet. */
  #continue(data: Buffer, at: number): number {
    if (!this.#has(data, at, HEADER)) return at;
    const length = data.readUIntLE(at, 3);
    this.#rewriter.shiftOne(data, at);
    this.#goesOn = length === MOST_IN_PACKET;
    this.#skip = length;
    return at + HEADER;
  }

  /** Whether `size` bytes from `at` on have arrived; if not, `push` waits until they have. */
  #has(data: Buffer, at: number, size: number): boolean {
    if (data.length - at >= size) return true;
    this.#need = size;
    return false;
  }

  /** Adds the EOF before the rows. Returns whether enough of the rows has arrived for that. */
  #beforeRows(data: Buffer, at: number): boolean {
    if (!this.#has(data, at, HEADER + 1)) return false;
    if (!this.#has(data, at, this.#rewriter.beforeRows(data, at, this.#answer!))) return false;
    this.#state = ROWS;
    return true;
  }

  /** Reads any packet but a row that is only passed on, once it is complete. */
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

  /** Whether an ERR answers no command: it has sequence number 0, while an answer begins with 1. */
  #isUnasked(data: Buffer, at: number): boolean {
    const { sequence, shift } = this.#rewriter;
    return data[at + 3] === 0 && sequence === 0 && shift === 0;
  }

  #notice({ data, at, to, first }: Frame): void {
    if (first !== ERR) throw new WireError(`an answer to no command, which begins with 0x${first.toString(16)}`);
    this.#rewriter.outgoing.drop(to);
    this.onNotice?.(decodeError(data, at + HEADER, to));
  }

  /** The first packet of a result: an OK, a request for a file, or the number of columns. */
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

  /** An OK, or the OK or EOF that ends rows. Either another result follows, or the answer has ended. */
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

  /** Passes the bytes up to `to` on to the client; those of an answer to the gateway's own commands are dropped. */
  #flush(to: number, out: (bytes: Buffer) => void): void {
    const { outgoing } = this.#rewriter;
    if (this.#answer?.to === undefined) outgoing.drop(to);
    else if (outgoing.flush(to, out)) this.#begun = true;
  }
}
