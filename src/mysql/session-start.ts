import type { OpenContext } from '../pool/index.js';
import { errnoOf, isLost, SessionVariables } from '../session/index.js';
import { charsetOf, internals, type MysqlConnection } from './driver.js';
import { runOwn } from './own-commands.js';
import type { ServerFacts } from './server-facts.js';
import { Session, type OkPacket, type SessionHost } from './session.js';

const UNKNOWN_COLLATION = 1273;

/** What a connector is told about the pool it works for. */
export interface ConnectorPool {
  readonly name: string;
  /** Called once, with the first connection. */
  onServerFacts(facts: ServerFacts): void;
  /** See `SessionHost.killer`. */
  readonly killer: SessionHost['killer'];
}

/** Begins to watch a connection that the server has just greeted. Its losses are told to `context`, once. */
export function watchSession(
  connection: MysqlConnection,
  version: string,
  database: string | undefined,
  pool: ConnectorPool,
  context: Pick<OpenContext, 'lost' | 'unfit'>,
): Session {
  const lost = once(context.lost);
  const host: SessionHost = {
    pool: pool.name,
    lost,
    unfit: once(context.unfit),
    killer: pool.killer,
  };
  const charset = charsetOf(internals(connection).config.charsetNumber);
  const variables = new SessionVariables(/mariadb/i.test(version), charset);
  // Before the session looks: what is added from then on goes when the connection is given back.
  connection.on('error', lost);
  for (const event of ['end', 'close']) internals(connection).stream.on(event, () => lost(closedByServer()));
  return new Session(connection, variables, host, database ?? '');
}

/** One round trip: has the server tell of changes from now on, and takes the session as it is for a clean one. */
export async function beginSession(session: Session): Promise<void> {
  try {
    session.begin(await setUp(session));
  } catch (error) {
    if (isLost(error)) throw error;
    warnOnce(
      `the server does not take the set-up of its sessions (${(error as Error).message}); connections that were changed are replaced`,
    );
  }
}

/** mysql2 may be configured with a collation that only other servers know; the server has taken its own one then. */
async function setUp(session: Session): Promise<OkPacket> {
  try {
    return await runOwn(session, session.variables.setUp());
  } catch (error) {
    if (errnoOf(error) !== UNKNOWN_COLLATION) throw error;
    session.variables.forgetCollation();
    return runOwn(session, session.variables.setUp());
  }
}

export function closedByServer(): Error {
  return Object.assign(new Error('Connection lost: The server closed the connection.'), {
    code: 'PROTOCOL_CONNECTION_LOST',
    fatal: true,
  });
}

/** mysql2 needs it again only for changeUser; it must not be printed along with the connection. */
export function hidePassword(connection: MysqlConnection): void {
  const { config } = internals(connection);
  if (config.password !== undefined) Object.defineProperty(config, 'password', { enumerable: false });
}

/** Resolves when the server has hung up after a good-bye: it counts a client that hangs up first as aborted. */
export function hungUp(connection: MysqlConnection): Promise<void> {
  return new Promise<void>((resolve) => {
    const { stream } = internals(connection);
    if (stream.destroyed) resolve();
    stream.on('end', () => resolve());
    stream.on('close', () => resolve());
  });
}

function once<T>(fn: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (isDone) return;
    isDone = true;
    fn(value);
  };
}

const warned = new Set<string>();

function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  process.emitWarning(text, { type: 'MysqlPoolWarning', code: 'MYSQLPOOL_UNTRACKED_SESSION' });
}
