/** The commands of the protocol: the first byte of a client's payload. */
export const Command = {
  QUIT: 0x01,
  INIT_DB: 0x02,
  QUERY: 0x03,
  FIELD_LIST: 0x04,
  CREATE_DB: 0x05,
  DROP_DB: 0x06,
  REFRESH: 0x07,
  SHUTDOWN: 0x08,
  STATISTICS: 0x09,
  PROCESS_INFO: 0x0a,
  PROCESS_KILL: 0x0c,
  DEBUG: 0x0d,
  PING: 0x0e,
  CHANGE_USER: 0x11,
  BINLOG_DUMP: 0x12,
  TABLE_DUMP: 0x13,
  REGISTER_REPLICA: 0x15,
  STMT_PREPARE: 0x16,
  STMT_EXECUTE: 0x17,
  STMT_SEND_LONG_DATA: 0x18,
  STMT_CLOSE: 0x19,
  STMT_RESET: 0x1a,
  SET_OPTION: 0x1b,
  STMT_FETCH: 0x1c,
  BINLOG_DUMP_GTID: 0x1e,
  RESET_CONNECTION: 0x1f,
  CLONE: 0x20,
  /** Only on MariaDB, and there only for clients with MariaDB's extended capabilities. */
  STMT_BULK_EXECUTE: 0xfa,
} as const;

/**
 * The form of the answer to a command: results with text rows (`query`) or binary rows (`execute`), rows without
 * columns (`fetch`), a prepared statement (`prepare`), column definitions up to an EOF (`fields`), plain text (`text`),
 * one OK, ERR or EOF (`simple`), or nothing (`none`).
 */
export type AnswerKind = 'query' | 'prepare' | 'execute' | 'fetch' | 'simple' | 'fields' | 'text' | 'none';

const KINDS: ReadonlyMap<number, AnswerKind> = new Map<number, AnswerKind>([
  [Command.QUIT, 'none'],
  [Command.QUERY, 'query'],
  [Command.FIELD_LIST, 'fields'],
  [Command.STATISTICS, 'text'],
  [Command.PROCESS_INFO, 'query'],
  [Command.STMT_PREPARE, 'prepare'],
  [Command.STMT_EXECUTE, 'execute'],
  [Command.STMT_SEND_LONG_DATA, 'none'],
  [Command.STMT_CLOSE, 'none'],
  [Command.STMT_FETCH, 'fetch'],
  [Command.STMT_BULK_EXECUTE, 'execute'],
]);

/** The form of the answer to a command. A server answers an unknown command with an ERR, which is `simple`. */
export function answerOf(command: number): AnswerKind {
  return KINDS.get(command) ?? 'simple';
}
