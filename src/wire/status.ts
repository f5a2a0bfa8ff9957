/** The status flags of a session, 16 bits in every OK and EOF. */
export const Status = {
  IN_TRANS: 0x0001,
  AUTOCOMMIT: 0x0002,
  /** Another result follows this one. */
  MORE_RESULTS: 0x0008,
  NO_GOOD_INDEX: 0x0010,
  NO_INDEX: 0x0020,
  /** A cursor is open: the rows are to be fetched. */
  CURSOR_EXISTS: 0x0040,
  /** The cursor has no more rows. */
  LAST_ROW_SENT: 0x0080,
  DB_DROPPED: 0x0100,
  NO_BACKSLASH_ESCAPES: 0x0200,
  METADATA_CHANGED: 0x0400,
  QUERY_WAS_SLOW: 0x0800,
  /** The row contains the out parameters of a procedure. */
  PS_OUT_PARAMS: 0x1000,
  IN_TRANS_READONLY: 0x2000,
  /** This OK carries what the session trackers report. */
  SESSION_STATE_CHANGED: 0x4000,
  /** Only on MariaDB. */
  ANSI_QUOTES: 0x8000,
} as const;
