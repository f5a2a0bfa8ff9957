import { setTimeout as sleep } from 'node:timers/promises';

const GIVE_UP_MS = 45_000;
const PAUSE_MS = 200;

/** Error codes of a database that is down or was lost, as opposed to errors of the statement itself. */
const DATABASE_GONE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ER_SERVER_SHUTDOWN',
  'PROTOCOL_CONNECTION_LOST',
  'MYSQL_COMMIT_UNKNOWN',
  'POOL_UNAVAILABLE',
]);

function isDatabaseGone(error: unknown): boolean {
  const { code, fatal } = error as { code?: string; fatal?: boolean };
  return fatal === true || (code !== undefined && DATABASE_GONE.has(code));
}

/**
 * Makes a function retry for up to 45 s while the database is down. Callers that wait for a connection simply keep
 * waiting in the pool; but a statement that was running when the server died must be repeated, and only the application
 * knows whether that is safe. Here it is: reading changes nothing, and saving is idempotent.
 */
export function persistent<A extends unknown[], R>(work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    const giveUpAt = performance.now() + GIVE_UP_MS;
    for (;;) {
      try {
        return await work(...args);
      } catch (error) {
        if (!isDatabaseGone(error) || performance.now() >= giveUpAt) throw error;
        await sleep(PAUSE_MS);
      }
    }
  };
}
