import type { AnswerKind } from './commands.js';
import type { ErrorPacket } from './error-packet.js';
import type { Ok } from './ok.js';
import type { SessionChange } from './session-change.js';

/** What a client agreed on in its login, as far as answers look different for it. */
export interface Dialect {
  /** DEPRECATE_EOF: rows end with an OK, and nothing stands between columns and rows. */
  readonly deprecatesEof: boolean;
  /** SESSION_TRACK: an OK may carry what the trackers tell. */
  readonly tracks: boolean;
  /**
   * What of it the client is to see, where it tracks: the same object for all of it; undefined for nothing. It is asked
   * for every OK.
   * @param isEof the client has an EOF for it, which ends rows without DEPRECATE_EOF and cannot carry a change
   * @default nothing
   */
  show?(change: SessionChange | undefined, isEof: boolean): SessionChange | undefined;
}

/**
 * An answer that is expected, and whom it is told to. For each one `end` is called last, after the call of `out` with its
 * last byte, and before anything of the next answer is told.
 */
export interface Answer {
  readonly kind: AnswerKind;
  /** The client that has it; undefined when the bytes go nowhere, as for a question of our own. */
  readonly to: Dialect | undefined;
  /**
   * An EXECUTE whose flags ask for a cursor. Clients without DEPRECATE_EOF get no EOF before an error then, as from the
   * servers.
   */
  readonly asksForCursor?: boolean;
  /** Each OK, and each OK or EOF that ends rows; its status has MORE_RESULTS when another result follows. */
  ok(ok: Ok): void;
  /** Also in the middle of rows. It is the last that an answer says. */
  error(error: ErrorPacket): void;
  /** A statement was prepared. Answers the id that the client is told instead. */
  prepared?(reply: PreparedReply): number;
  /** A row, as a view that is good only during the call. Only where `to` is undefined. */
  row?(payload: Buffer): void;
  /** How many columns a result has, before its rows. */
  columns?(count: number): void;
  /**
   * LOCAL INFILE was asked for: the client's packets go to the server until an empty one.
   * @param ahead by how much the sequence bytes of the client are ahead of what the server expects: 0, but where rows came
   * before in the same answer and the client has no DEPRECATE_EOF
   */
  file?(ahead: number): void;
  end(): void;
}

/** What a server says of a statement that it has prepared. */
export interface PreparedReply {
  readonly id: number;
  readonly columns: number;
  readonly parameters: number;
}
