import type { AnswerKind } from './commands.js';
import type { ErrorPacket } from './error-packet.js';
import type { Ok } from './ok.js';
import type { SessionChange } from './session-change.js';

/** The capabilities of a client on which the form of its answers depends. */
export interface Dialect {
  /** DEPRECATE_EOF: an OK ends the rows, and there is no EOF between columns and rows. */
  readonly deprecatesEof: boolean;
  /** SESSION_TRACK: an OK may carry the changes that the session trackers report. */
  readonly tracks: boolean;
  /**
   * Which reported changes the client gets to see, if it has SESSION_TRACK. Called for every OK. Returns the same
   * object to show all of them, undefined to show none.
   * @param isEof whether the client gets an EOF instead of the OK, which cannot carry changes
   * @default shows none
   */
  show?(change: SessionChange | undefined, isEof: boolean): SessionChange | undefined;
}

/**
 * An expected answer to one command: the callbacks are told what comes. `end` is called last, after `out` was called
 * with the last byte, and before any callback of the next answer.
 */
export interface Answer {
  readonly kind: AnswerKind;
  /** The dialect of the client that gets the bytes; undefined if nobody gets them: the gateway's own commands. */
  readonly to: Dialect | undefined;
  /**
   * Whether the command is an EXECUTE that asks for a cursor. If it fails after the columns, a client without
   * DEPRECATE_EOF gets no EOF before the ERR, as from the servers.
   */
  readonly asksForCursor?: boolean;
  /** Called for each OK, and each OK or EOF that ends rows; the status has MORE_RESULTS when another result follows. */
  ok(ok: Ok): void;
  /** Called for an ERR, which may come in the middle of rows and always ends the answer. */
  error(error: ErrorPacket): void;
  /** A statement was prepared. Returns the statement id that the client is given instead of the server's. */
  prepared?(reply: PreparedReply): number;
  /** A row, as a view that is valid only during the call. Called only if `to` is undefined. */
  row?(payload: Buffer): void;
  /** The number of columns of a result, before its rows. */
  columns?(count: number): void;
  /**
   * The server asks for a file (LOCAL INFILE): the client's packets go to the server until an empty one.
   * @param ahead by how much the client's sequence numbers are ahead of those that the server expects: 0, unless rows
   *   came earlier in the same answer and the client has no DEPRECATE_EOF
   */
  file?(ahead: number): void;
  /** The answer has ended. */
  end(): void;
}

/** The server's reply to a PREPARE. */
export interface PreparedReply {
  readonly id: number;
  readonly columns: number;
  readonly parameters: number;
}
