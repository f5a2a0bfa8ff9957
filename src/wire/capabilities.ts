/** What a client and a server agree on in the login: 32 bits, as unsigned numbers. */
export const Capability = {
  /** MariaDB takes its absence for a server of its own kind, with capabilities of its own. */
  LONG_PASSWORD: 0x0000_0001,
  /** The rows that an UPDATE matched are counted, not those that it changed. It cannot be changed after the login. */
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

/** Whether `capabilities` have this one. */
export function has(capabilities: number, one: number): boolean {
  return (capabilities & one) !== 0;
}

/** Several capabilities as one number, which stays unsigned. */
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
 * What a relay offers its clients: what it can give whichever server is behind it. SSL and LOCAL_FILES are added where
 * they are to be had. Compression, query attributes, optional metadata and MariaDB's own extensions are not in it: they
 * change the bytes of every packet, and every client does without.
 */
export const OFFERED: number = together(
  ...BOTH,
  Capability.FOUND_ROWS,
  Capability.IGNORE_SPACE,
  Capability.INTERACTIVE,
);

/** What a relay asks of every server, as far as it is offered; FOUND_ROWS and LOCAL_FILES are added for clients that have them. */
export const ASKED: number = together(...BOTH);
