import { internals, isBusy } from '../mysql/driver.js';
import type { MysqlConnection } from '../api/index.js';
import { letAwait } from '../mysql/connect-hook.js';
import { InitRecorder } from '../mysql/init-recorder.js';
import { pingServer } from '../mysql/own-commands.js';

// An upper bound of rounds to wait: a listener that awaits its statements sends each one after the previous answer.
const MOST_ROUNDS = 100;

/**
 * Runs `listen`, the `connection` listeners, on a new connection, and waits until all commands that they send have been
 * answered.
 * @returns the recorded statements, to be repeated after the session was reset
 */
export async function runInitListeners(
  pool: string,
  connection: MysqlConnection,
  listen: () => void,
): Promise<InitRecorder> {
  const said = new InitRecorder(pool, connection);
  const endAwait = letAwait(connection);
  try {
    listen();
    if (isBusy(connection)) await settled(connection);
  } finally {
    endAwait();
    said.end();
  }
  return said;
}

async function settled(connection: MysqlConnection): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (isBusy(connection)) await pingServer(connection);
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (!isBusy(connection) || internals(connection).stream.destroyed) return;
  }
}
