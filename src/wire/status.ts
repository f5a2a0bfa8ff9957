/** The status of a session, 16 bits in every OK and EOF. */
export const Status = {
  IN_TRANS: 0x0001,
  AUTOCOMMIT: 0x0002,
  /** Another result follows this one. */
  MORE_RESULTS: 0x0008,
  NO_GOOD_INDEX: 0x0010,
  NO_INDEX: 0x0020,
  /** The rows wait in a cursor: they are to be fetched. */
  CURSOR_EXISTS: 0x0040,
  /** The cursor has no more rows. */
  LAST_ROW_SENT: 0x0080,
  DB_DROPPED: 0x0100,
  NO_BACKSLASH_ESCAPES: 0x0200,
  METADATA_CHANGED: 0x0400,
  QUERY_WAS_SLOW: 0x0800,
  /** Out parameters of a procedure. */
  PS_OUT_PARAMS: 0x1000,
  IN_TRANS_READONLY: 0x2000,
  /** Trackers follow in this OK. */
  SESSION_STATE_CHANGED: 0x4000,
  /** Of MariaDB. */
  ANSI_QUOTES: 0x8000,
} as const;
