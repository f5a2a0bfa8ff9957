import type { Socket } from 'node:net';

/** So long (ms) whoever was told good-bye has to read it, and to close. */
const WITHIN = 5_000;

/**
 * Ends a connection whose other side may still be sending: what comes is dropped, as bytes that nobody reads would have
 * the system reset the connection before the last word was read. It is closed before long, whatever the other side does.
 * Nobody may listen to its data any more.
 */
export function part(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), WITHIN);
  socket.once('close', () => clearTimeout(timer));
}
