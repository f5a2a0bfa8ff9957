import { setTimeout as sleep } from 'node:timers/promises';

const GIVE_UP_MS = 45_000;
const PAUSE_MS = 200;

/** Codes that mean the database has gone away, or is not there yet, rather than that it disliked the statement. */
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
 * Makes a function try again, for up to 45 s, while the database is away. The pool alone lets those wait who have
 * no connection yet; but who was in the middle of a statement when the server died can only say it again, and only the
 * application knows whether that is harmless. Here it is: reading changes nothing, and saving twice saves once.
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
