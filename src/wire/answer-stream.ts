// oxlint-disable max-lines-per-function, complexity -- INTERIM
import { Capability } from './capabilities.js';
import type { AnswerKind } from './commands.js';
import { decodeError, encodeError, type ErrorPacket } from './error-packet.js';
import { WireError } from './errors.js';
import { FieldReader } from './fields.js';
import { decodeEof, decodeOk, encodeEof, encodeOk, type Ok } from './ok.js';
import { packet } from './packets.js';
import type { SessionChange } from './session-change.js';
import { Status } from './status.js';

export interface Dialect {
  readonly deprecatesEof: boolean;
  readonly tracks: boolean;
  show?(change: SessionChange): SessionChange | undefined;
}
export interface Answer {
  readonly kind: AnswerKind;
  readonly to: Dialect | undefined;
  ok(ok: Ok): void;
  error(error: ErrorPacket): void;
  prepared?(reply: { id: number; columns: number; parameters: number }): number;
  row?(payload: Buffer): void;
  columns?(count: number): void;
  file?(): void;
  end(): void;
}
type State = 'first' | 'columns' | 'rows' | 'definitions' | 'fields';

/** INTERIM */
export class AnswerStream {
  readonly #capabilities: number;
  readonly #queue: Answer[] = [];
  #kept: Buffer | undefined;
  #state: State = 'first';
  #left = 0;
  #left2 = 0;
  #remaining = 0;
  #isContinued = false;
  #shift = 0;
  #sequence = 0;
  begun = false;
  onNotice: ((error: ErrorPacket) => void) | undefined;
  constructor(capabilities: number) {
    this.#capabilities = capabilities;
  }
  get pending(): number {
    return this.#queue.length;
  }
  expect(answer: Answer): void {
    this.#queue.push(answer);
    if (this.#queue.length === 1) this.#start();
  }
  #start(): void {
    this.#state = 'first';
    this.#shift = 0;
    this.begun = false;
  }
  interrupt(error: ErrorPacket): Buffer | undefined {
    if (this.#remaining > 0) return undefined;
    return packet(encodeError(error), (this.#sequence + 1) & 0xff);
  }
  push(chunk: Buffer, out: (bytes: Buffer) => void): void {
    const bytes = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#kept = undefined;
    let at = 0;
    let from = 0;
    const flush = (to: number): void => {
      if (to > from) {
        this.begun = true;
        out(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
      }
      from = to;
    };
    while (at < bytes.length) {
      const answer = this.#queue[0];
      if (this.#remaining > 0) {
        const take = Math.min(this.#remaining, bytes.length - at);
        this.#remaining -= take;
        at += take;
        continue;
      }
      if (bytes.length - at < 5) break;
      const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
      const first = bytes[at + 4]!;
      if (answer === undefined) {
        if (bytes.length - at < 4 + length) break;
        if (first !== 0xff) throw new WireError('an answer that nobody has asked for');
        this.onNotice?.(decodeError(bytes, at + 4, at + 4 + length));
        return;
      }
      const isData =
        this.#isContinued ||
        this.#state === 'columns' ||
        this.#state === 'definitions' ||
        (this.#state === 'rows' && first !== 0xff && !(first === 0xfe && length < 0xffffff)) ||
        (this.#state === 'fields' && first !== 0xff && first !== 0xfe);
      if (isData) {
        const { to } = answer;
        if (to === undefined) {
          if (bytes.length - at < 4 + length) break;
          if (this.#state === 'rows') answer.row?.(bytes.subarray(at + 4, at + 4 + length));
          at += 4 + length;
          from = at;
        } else {
          this.#sequence = (bytes[at + 3]! + this.#shift) & 0xff;
          bytes[at + 3] = this.#sequence;
          this.#remaining = length;
          at += 4;
        }
        this.#isContinued = length === 0xffffff;
        if (this.#isContinued) continue;
        if (this.#state === 'columns' && --this.#left === 0) {
          this.#state = 'rows';
          if (to !== undefined && !to.deprecatesEof) {
            // the EOF comes after this definition
            if (bytes.length - at < this.#remaining) {
              // wait for the whole definition
              at -= 4;
              bytes[at + 3] = (bytes[at + 3]! - this.#shift) & 0xff;
              this.#remaining = 0;
              this.#left = 1;
              this.#state = 'columns';
              break;
            }
            at += this.#remaining;
            this.#remaining = 0;
            flush(at);
            this.#sequence++;
            this.#shift++;
            out(packet(encodeEof(0, 2), this.#sequence & 0xff));
          }
        } else if (this.#state === 'definitions' && --this.#left === 0) {
          if (bytes.length - at < this.#remaining) {
            at -= 4;
            bytes[at + 3] = (bytes[at + 3]! - this.#shift) & 0xff;
            this.#remaining = 0;
            this.#left = 1;
            break;
          }
          at += this.#remaining;
          this.#remaining = 0;
          if (to !== undefined) flush(at);
          this.#eof(answer, out);
          this.#left = this.#left2;
          this.#left2 = 0;
          if (this.#left === 0) this.#end(answer);
        }
        continue;
      }
      if (bytes.length - at < 4 + length) break;
      // A packet that is looked at as a whole.
      if (answer.to !== undefined) flush(at);
      const begins = at + 4;
      const ends = begins + length;
      this.#sequence = (bytes[at + 3]! + this.#shift) & 0xff;
      at = ends;
      this.#whole(answer, bytes, begins, ends, out);
      from = at;
    }
    if (this.#queue[0]?.to === undefined && this.#remaining === 0 && this.#queue.length > 0) from = Math.max(from, at);
    if (this.#remaining > 0 || from < at) flush(at);
    if (at < bytes.length) this.#kept = Buffer.from(bytes.subarray(at));
  }
  #eof(answer: Answer, out: (bytes: Buffer) => void): void {
    if (answer.to === undefined || answer.to.deprecatesEof) return;
    this.#sequence = (this.#sequence + 1) & 0xff;
    this.#shift++;
    out(packet(encodeEof(0, 2), this.#sequence));
  }
  #end(answer: Answer): void {
    this.#queue.shift();
    this.#start();
    answer.end();
  }
  #whole(answer: Answer, bytes: Buffer, begins: number, ends: number, out: (bytes: Buffer) => void): void {
    const first = bytes[begins]!;
    const { to } = answer;
    const raw = (): void => {
      if (to !== undefined) {
        this.begun = true;
        out(packet(Buffer.from(bytes.subarray(begins, ends)), this.#sequence));
      }
    };
    if (answer.kind === 'text' && first !== 0xff) {
      raw();
      return this.#end(answer);
    }
    if (first === 0xff) {
      answer.error(decodeError(bytes, begins, ends));
      raw();
      return this.#end(answer);
    }
    if (this.#state === 'first' && answer.kind === 'prepare') {
      const parameters = bytes.readUInt16LE(begins + 7);
      const columns = bytes.readUInt16LE(begins + 5);
      const id = bytes.readUInt32LE(begins + 1);
      bytes.writeUInt32LE(answer.prepared?.({ id, columns, parameters }) ?? id, begins + 1);
      raw();
      this.#left = parameters;
      this.#left2 = columns;
      if (this.#left === 0) {
        this.#left = columns;
        this.#left2 = 0;
      }
      this.#state = 'definitions';
      if (this.#left === 0) this.#end(answer);
      return;
    }
    if (this.#state === 'first' && answer.kind === 'fetch') {
      this.#state = 'rows';
      if (first !== 0xfe) {
        raw();
        return;
      }
    }
    if (this.#state === 'first' && answer.kind === 'fields' && first !== 0xfe) {
      this.#state = 'fields';
      raw();
      return;
    }
    if (this.#state === 'first' && first === 0xfb && answer.kind === 'query') {
      raw();
      answer.file?.();
      this.#sequence = 0;
      return;
    }
    if (first === 0 || first === 0xfe) {
      const isShort = first === 0xfe && ends - begins === 5;
      const ok = isShort ? decodeEof(bytes, begins, ends) : decodeOk(bytes, begins, ends, this.#capabilities);
      answer.ok(ok);
      if (to !== undefined) {
        this.begun = true;
        const isEof = first === 0xfe && !to.deprecatesEof;
        const change = ok.change === undefined ? undefined : to.show?.(ok.change);
        const capabilities = to.tracks ? Capability.SESSION_TRACK : 0;
        const payload = isEof
          ? encodeEof(ok.warnings, ok.status & ~Status.SESSION_STATE_CHANGED)
          : encodeOk({ ...ok, change }, capabilities, first === 0 ? 0 : 0xfe);
        out(packet(payload, this.#sequence));
      }
      if ((ok.status & Status.MORE_RESULTS) !== 0) {
        this.#state = 'first';
        return;
      }
      return this.#end(answer);
    }
    // Columns.
    const count = Number(new FieldReader(bytes, begins, ends).integer());
    answer.columns?.(count);
    raw();
    this.#left = count;
    this.#state = 'columns';
  }
}
