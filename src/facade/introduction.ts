import { internals, isBusy } from '../mysql/driver.js';
import type { MysqlConnection } from '../api/index.js';
import { letAwait } from '../mysql/connect-hook.js';
import { InitRecorder } from '../mysql/init-recorder.js';
import { pingServer } from '../mysql/own-commands.js';

// A listener that awaits its statements one by one sends each when the last was answered.
const MOST_ROUNDS = 100;

/**
 * Runs `listen` on a new connection and waits until all that it sends has been answered.
 * @returns what listeners of `connection` told it to do: said again when its session had to be reset
 */
export async function introduce(pool: string, connection: MysqlConnection, listen: () => void): Promise<InitRecorder> {
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
