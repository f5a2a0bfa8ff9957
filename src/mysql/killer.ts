import type { Errands } from '../pool/index.js';
import { Killer, KillingPool, type KillableSession, type KillingSession } from '../session/index.js';
import { drop, quit, type MysqlConnection } from './driver.js';
import { runOwn } from './own-commands.js';
import { sessionOf, type Session } from './session.js';

/**
 * Creates the killer of a pool: it stops statements that nobody waits for any more, using connections of the pool
 * itself.
 */
export const killerFor = (
  pool: Errands<MysqlConnection>,
  open: (signal: AbortSignal) => Promise<MysqlConnection>,
): Killer => new Killer(new KillingPool({ pool, open, sessionOn, quit, drop: (connection) => drop(connection) }));

/** A session as the killer sees it. */
export function killable({ connection, server, isRunning }: Session): KillableSession {
  return { id: connection.threadId!, server, isRunning };
}

function sessionOn(connection: MysqlConnection): KillingSession {
  const session = sessionOf(connection);
  return { id: connection.threadId!, server: session.server, run: (sql) => runOwn(session, sql) };
}
