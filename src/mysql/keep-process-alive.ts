import { internals, isBusy, isClosing, type MysqlConnection } from './driver.js';

// How often (ms) connections that keep the process alive are checked. Calling unref after every answer and ref before
// every command would cost more than the rest of a loan.
const ROUND = 100;

const holding = new Set<MysqlConnection>();

/** Keeps the process alive until the connection is found to have nothing to do: an idle pool must not keep it alive. */
export function keepProcessAlive(connection: MysqlConnection): void {
  if (holding.has(connection)) return;
  if (holding.size === 0) setTimeout(look, ROUND).unref();
  holding.add(connection);
  internals(connection).stream.ref?.();
}

/**
 * A connection that is being opened does not keep the process alive; its waiter does, or the time limit of the dial.
 */
export function letProcessEnd(connection: MysqlConnection): void {
  const { stream, connectTimeout } = internals(connection);
  stream.unref?.();
  // The connection's own `connectTimeout`, which a creator may have set.
  connectTimeout?.unref();
}

function look(): void {
  for (const connection of holding) {
    const { stream } = internals(connection);
    // A connection that is being closed still waits for the server to hang up.
    if (!stream.destroyed && (isBusy(connection) || isClosing(connection))) continue;
    holding.delete(connection);
    stream.unref?.();
  }
  if (holding.size > 0) setTimeout(look, ROUND).unref();
}
