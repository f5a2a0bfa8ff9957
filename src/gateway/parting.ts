import type { Socket } from 'node:net';

/** How long (ms) the other side has to read the last packet and to close the connection. */
const WITHIN = 5_000;

/**
 * Closes a connection whose other side may still be sending. What it sends is read and dropped: unread bytes would make
 * the system reset the connection, possibly before the other side has read the last packet. The connection is destroyed
 * after WITHIN at the latest. The caller must have removed its `data` listeners.
 */
export function part(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), WITHIN);
  socket.once('close', () => clearTimeout(timer));
}
