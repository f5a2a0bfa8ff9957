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

// Overrides the options that the user has set for their own statements. mysql2 would generate and compile a parser
// function for each shape of result; for statements that run once or twice, a new process gets its first answer sooner
// without.
const PLAIN = { rowsAsArray: false, nestTables: false, namedPlaceholders: false, typeCast: true, disableEval: true };

/** Runs a statement for the pool itself, which the session does not track. */
export function runOwn(session: Session, sql: string): Promise<OkPacket> {
  return asPromise((done) => session.own(() => session.connection.query({ sql, ...PLAIN }, done)));
}

/** Runs a statement that the session tracks, but does not attribute to its borrower. */
export function runWatched(session: Session, sql: string): Promise<OkPacket> {
  return asPromise((done) => session.unnoted(() => session.connection.query({ sql, ...PLAIN }, done)));
}

/** Sends COM_RESET_CONNECTION. mysql2 then forgets its prepared statements, which the server has dropped. */
export function resetSession(session: Session): Promise<void> {
  return asPromise((done) => session.own(() => session.connection.reset(done)));
}

export function pingServer(connection: MysqlConnection): Promise<void> {
  return asPromise((done) => {
    const ping = pingOf(connection, done);
    if (ping !== undefined) internals(connection).addCommand(asQuery(connection, ping));
  });
}
