import { asQuery } from './as-query.js';
import { internals, type MysqlConnection } from './driver.js';
import type { OkPacket } from './ok-packet.js';
import { pingOf } from './reset-connection.js';
import type { Session } from './session.js';

type Callback = (error: unknown, result?: unknown) => void;

function asPromise<T>(send: (done: Callback) => unknown): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    send((error, result) => {
      if (error) reject(error as Error);
      else resolve(result as T);
    });
  });
}

// Whatever the pool's user has set for statements of their own. mysql2 would write and compile a function for each kind of
// answer, which is asked for once or twice: a fresh process has its first answer sooner without.
const PLAIN = { rowsAsArray: false, nestTables: false, namedPlaceholders: false, typeCast: true, disableEval: true };

/** Runs a statement of the pool's own, which the session does not watch. */
export function runOwn(session: Session, sql: string): Promise<OkPacket> {
  return asPromise((done) => session.own(() => session.connection.query({ sql, ...PLAIN }, done)));
}

/** Runs a statement that the session watches, but does not take for its borrower's. */
export function runWatched(session: Session, sql: string): Promise<OkPacket> {
  return asPromise((done) => session.unnoted(() => session.connection.query({ sql, ...PLAIN }, done)));
}

/** COM_RESET_CONNECTION. mysql2 forgets its prepared statements with it: the server has dropped them. */
export function resetSession(session: Session): Promise<void> {
  return asPromise((done) => session.own(() => session.connection.reset(done)));
}

export function pingServer(connection: MysqlConnection): Promise<void> {
  return asPromise((done) => {
    const ping = pingOf(connection, done);
    if (ping !== undefined) internals(connection).addCommand(asQuery(connection, ping));
  });
}
