/** The capability flags that a client and a server agree on in the login: 32 bits, as unsigned numbers. */
export const Capability = {
  /** MariaDB's servers do not offer it: its clients then look for MariaDB's own, extended capabilities. */
  LONG_PASSWORD: 0x0000_0001,
  /** Affected rows of an UPDATE are those that it matched, not those that it changed. Fixed by the login. */
  FOUND_ROWS: 0x0000_0002,
  LONG_FLAG: 0x0000_0004,
  CONNECT_WITH_DB: 0x0000_0008,
  NO_SCHEMA: 0x0000_0010,
  COMPRESS: 0x0000_0020,
  ODBC: 0x0000_0040,
  LOCAL_FILES: 0x0000_0080,
  IGNORE_SPACE: 0x0000_0100,
  PROTOCOL_41: 0x0000_0200,
  INTERACTIVE: 0x0000_0400,
  SSL: 0x0000_0800,
  IGNORE_SIGPIPE: 0x0000_1000,
  TRANSACTIONS: 0x0000_2000,
  RESERVED: 0x0000_4000,
  SECURE_CONNECTION: 0x0000_8000,
  MULTI_STATEMENTS: 0x0001_0000,
  MULTI_RESULTS: 0x0002_0000,
  PS_MULTI_RESULTS: 0x0004_0000,
  PLUGIN_AUTH: 0x0008_0000,
  CONNECT_ATTRS: 0x0010_0000,
  PLUGIN_AUTH_LENENC: 0x0020_0000,
  CAN_HANDLE_EXPIRED_PASSWORDS: 0x0040_0000,
  SESSION_TRACK: 0x0080_0000,
  DEPRECATE_EOF: 0x0100_0000,
  OPTIONAL_RESULTSET_METADATA: 0x0200_0000,
  ZSTD: 0x0400_0000,
  QUERY_ATTRIBUTES: 0x0800_0000,
  MFA: 0x1000_0000,
  REMEMBER_OPTIONS: 0x8000_0000,
} as const;

/** Whether `capabilities` include this one. */
export function has(capabilities: number, one: number): boolean {
  return (capabilities & one) !== 0;
}

/** Combines capabilities into one number; unlike `|` alone, it keeps it unsigned. */
export function together(...capabilities: readonly number[]): number {
  // oxlint-disable-next-line unicorn/no-array-reduce
  return capabilities.reduce((all, one) => (all | one) >>> 0, 0);
}

const BOTH = [
  Capability.LONG_PASSWORD,
  Capability.LONG_FLAG,
  Capability.CONNECT_WITH_DB,
  Capability.PROTOCOL_41,
  Capability.TRANSACTIONS,
  Capability.SECURE_CONNECTION,
  Capability.MULTI_STATEMENTS,
  Capability.MULTI_RESULTS,
  Capability.PS_MULTI_RESULTS,
  Capability.PLUGIN_AUTH,
  Capability.CONNECT_ATTRS,
  Capability.PLUGIN_AUTH_LENENC,
  Capability.SESSION_TRACK,
  Capability.DEPRECATE_EOF,
] as const;

/**
 * The capabilities that a relay offers its clients, whichever server is behind it. SSL and LOCAL_FILES are added where
 * they are available. Compression, query attributes, optional metadata and MariaDB's extensions are left out: they
 * change the bytes of every packet, and every client works without them.
 */
export const OFFERED: number = together(
  ...BOTH,
  Capability.FOUND_ROWS,
  Capability.IGNORE_SPACE,
  Capability.INTERACTIVE,
);

/** The capabilities that a relay asks a server for. FOUND_ROWS and LOCAL_FILES are added for clients that have them. */
export const ASKED: number = together(...BOTH);
