/** Builds answers by hand, as servers send them, and records how the stream handles them. */
import {
  ASKED,
  AnswerStream,
  Status,
  encodeEof,
  encodeError,
  encodeOk,
  packet,
  type AnswerKind,
  type Dialect,
  type ErrorPacket,
  type Ok,
  type SessionChange,
} from '#internal/wire/index.js';
import { Listener } from './listener.js';

export const NEW: Dialect = { deprecatesEof: true, tracks: false };
export const OLD: Dialect = { deprecatesEof: false, tracks: false };
export const NONE = Buffer.alloc(0);
export const END = 0xfe;

export const NO_CHANGE: SessionChange = {
  schema: null,
  variables: {},
  isStateChanged: false,
  transactionState: undefined,
  transactionText: undefined,
};

export const aboutOk = (more: Partial<Ok> = {}): Ok => ({
  affectedRows: 0,
  insertId: 0,
  status: Status.AUTOCOMMIT,
  warnings: 0,
  info: NONE,
  change: undefined,
  ...more,
});
export const ok = (sequence: number, more: Partial<Ok> = {}, header: 0 | 0xfe = 0): Buffer =>
  packet(encodeOk(aboutOk(more), ASKED, header), sequence);
export const eof = (sequence: number, status: number = Status.AUTOCOMMIT): Buffer =>
  packet(encodeEof(0, status), sequence);
export const failure: ErrorPacket = { errno: 1053, sqlState: '08S01', message: 'Server shutdown in progress' };
export const error = (sequence: number): Buffer => packet(encodeError(failure), sequence);
export const definition = (sequence: number): Buffer => packet(Buffer.from('\u0003def'), sequence);
export const row = (sequence: number, text: string): Buffer =>
  packet(Buffer.concat([Buffer.of(text.length), Buffer.from(text)]), sequence);
/** A result with one column; the rows begin with sequence number 3. */
export const result = (rows: readonly string[], more: Partial<Ok> = {}): Buffer =>
  Buffer.concat([
    packet(Buffer.of(1), 1),
    definition(2),
    ...rows.map((text, index) => row(index + 3, text)),
    ok(rows.length + 3, more, END),
  ]);

/** Feeds an answer stream, and records the bytes it passes on and the callbacks it makes, in order. */
export class Scene {
  readonly stream: AnswerStream;
  readonly log: string[] = [];
  readonly out: Buffer[] = [];

  constructor(capabilities: number = ASKED) {
    this.stream = new AnswerStream(capabilities);
    this.stream.onNotice = ({ errno }) => this.log.push(`notice ${errno}`);
  }

  expect(
    name: string,
    kind: AnswerKind,
    to: Dialect | undefined,
    more: ConstructorParameters<typeof Listener>[2] = {},
  ): void {
    const listener = new Listener(kind, to, more);
    listener.told.push = (...lines: string[]) => this.log.push(...lines.map((line) => `${name} ${line}`));
    this.stream.expect(listener);
  }

  push(...chunks: readonly Buffer[]): void {
    for (const chunk of chunks) {
      this.stream.push(chunk, (bytes) => {
        this.log.push(`out ${bytes.length}`);
        this.out.push(bytes);
      });
    }
  }

  get bytes(): Buffer {
    return Buffer.concat(this.out);
  }
}
