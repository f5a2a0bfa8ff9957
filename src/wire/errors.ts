/**
 * The other side has sent bytes that are not MySQL's protocol, or a packet that is too long. Nothing after them can be
 * understood, so the connection must be closed.
 */
export class WireError extends Error {
  readonly code = 'MYSQLPOOL_WIRE';
  override readonly name: string = 'WireError';
}

/** A packet is longer than the reader accepts. */
export class PacketTooLargeError extends WireError {
  override readonly name = 'PacketTooLargeError';
}
