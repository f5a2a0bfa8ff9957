import { decodeTextRow, type AnswerKind, type Dialect, type Answer, type PreparedReply } from '#internal/wire/index.js';

/** Records what an answer reports, one line per callback. */
export class Listener implements Answer {
  readonly told: string[] = [];
  readonly kind: AnswerKind;
  readonly to: Dialect | undefined;
  readonly asksForCursor: boolean;
  readonly prepared: (reply: PreparedReply) => number;
  readonly row?: (payload: Buffer) => void;

  /** @param id the id that the client gets in place of the server's id of a prepared statement */
  constructor(kind: AnswerKind, to: Dialect | undefined, { asksForCursor = false, id = 0, rows = false } = {}) {
    this.kind = kind;
    this.to = to;
    this.asksForCursor = asksForCursor;
    this.prepared = (reply) => {
      this.told.push(`prepared ${reply.columns} ${reply.parameters}`);
      return id === 0 ? reply.id : id;
    };
    if (rows) this.row = (payload) => this.told.push(`row ${decodeTextRow(payload).map(String).join()}`);
  }

  ok: Answer['ok'] = ({ affectedRows, insertId, status, warnings, info, change }) => {
    const seen = change === undefined ? '' : ` ${JSON.stringify(change)}`;
    this.told.push(`ok ${affectedRows} ${insertId} ${status.toString(16)} ${warnings} ${info.toString()}${seen}`);
  };

  error: Answer['error'] = ({ errno, sqlState, message }) => this.told.push(`error ${errno} ${sqlState} ${message}`);

  columns: (count: number) => void = (count) => this.told.push(`columns ${count}`);

  file: (ahead: number) => void = (ahead) => this.told.push(`file ${ahead}`);

  end(): void {
    this.told.push('end');
  }
}
