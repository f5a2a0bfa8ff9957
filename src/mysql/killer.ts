import type { Errands } from '../pool/index.js';
import { Killer, KillingPool, type KillableSession, type KillingSession } from '../session/index.js';
import { drop, quit, type MysqlConnection } from './driver.js';
import { runOwn } from './own-commands.js';
import { sessionOf, type Session } from './session.js';

/** Whoever stops for a pool what nobody waits for any more, over connections of the pool itself. */
export const killerFor = (
  pool: Errands<MysqlConnection>,
  open: (signal: AbortSignal) => Promise<MysqlConnection>,
): Killer => new Killer(new KillingPool({ pool, open, sessionOn, quit, drop: (connection) => drop(connection) }));

/** A session as something to be stopped. */
export function killable({ connection, server, isRunning }: Session): KillableSession {
  return { id: connection.threadId!, server, isRunning };
}

function sessionOn(connection: MysqlConnection): KillingSession {
  const session = sessionOf(connection);
  return { id: connection.threadId!, server: session.server, run: (sql) => runOwn(session, sql) };
}
