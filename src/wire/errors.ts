/**
 * Bytes that are not MySQL's protocol, or too many of them. Nothing that comes after them on the connection can be
 * understood, so that the only thing to do with it is to close it.
 */
export class WireError extends Error {
  readonly code = 'MYSQLPOOL_WIRE';
  override readonly name: string = 'WireError';
}

/** A packet is longer than what is taken. */
export class PacketTooLargeError extends WireError {
  override readonly name = 'PacketTooLargeError';
}
