import { internals, isBusy, isClosing, type MysqlConnection } from './driver.js';

// How often (ms) connections that hold the process are looked at. To let go of each the moment it has its answer, and
// take hold of it again with the next command, would cost more than the rest of a loan.
const ROUND = 100;

const holding = new Set<MysqlConnection>();

/** Has the connection hold the process until it has been found with nothing to do: an idle pool lets a process end. */
export function keepProcessAlive(connection: MysqlConnection): void {
  if (holding.has(connection)) return;
  if (holding.size === 0) setTimeout(look, ROUND).unref();
  holding.add(connection);
  internals(connection).stream.ref?.();
}

/** A connection that is being opened does not hold the process: whoever waits for it does, or the time limit of the dial. */
export function letProcessEnd(connection: MysqlConnection): void {
  const { stream, connectTimeout } = internals(connection);
  stream.unref?.();
  // Its own limit, which whoever makes connections in a way of their own may have set.
  connectTimeout?.unref();
}

function look(): void {
  for (const connection of holding) {
    const { stream } = internals(connection);
    // One that is being closed waits for the server to hang up.
    if (!stream.destroyed && (isBusy(connection) || isClosing(connection))) continue;
    holding.delete(connection);
    stream.unref?.();
  }
  if (holding.size > 0) setTimeout(look, ROUND).unref();
}
