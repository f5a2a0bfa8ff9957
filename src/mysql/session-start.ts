import { once, warnOnce, type OpenContext } from '../pool/index.js';
import {
  effectOf,
  errnoOf,
  isLost,
  isTurnedAway,
  serverWord,
  SessionVariables,
  versionIn,
  type SessionBounds,
} from '../session/index.js';
import { charsetOf, internals, watchParting, watchRowEnds, type MysqlConnection } from './driver.js';
import type { FleetSessions } from './fleet-sessions.js';
import type { LockPool } from './named-locks.js';
import { runOwn } from './own-commands.js';
import type { ServerFacts } from './server-facts.js';
import { askArrival, askLimit, askStart, type Arrival } from './server-identity.js';
import type { OkPacket } from './ok-packet.js';
import { findSession, Session, type SessionHost } from './session.js';

const UNKNOWN_COLLATION = 1273;

const NOTHING = Promise.resolve(undefined);

/** What a connector knows about the pool it works for. */
export interface ConnectorPool {
  readonly name: string;
  readonly maxSize: number;
  /** Called once, with the first connection. */
  onServerFacts(facts: ServerFacts): void;
  /** See `SessionHost.callerHere`. */
  readonly callerHere?: SessionHost['callerHere'];
  /** Called with the session of each connection, once it is set up. */
  readonly onSession?: (session: Session) => void;
  /** For the management of named locks: the statistics and events of the pool. */
  readonly locking?: LockPool;
  /** What the fleet requires of the sessions, if the pool is in a fleet. */
  readonly fleet?: FleetSessions | undefined;
}

/** Starts to track a connection whose login has just succeeded. Its loss is reported to `context`, once. */
export function watchSession(
  connection: MysqlConnection,
  version: string,
  database: string | undefined,
  pool: Pick<SessionHost, 'killer' | 'effects' | 'locks' | 'callerHere' | 'slots'> &
    Pick<ConnectorPool, 'name' | 'fleet'>,
  context: Pick<OpenContext, 'lost' | 'unfit'>,
): Session {
  const inside = internals(connection);
  const lost = once((cause: unknown) => {
    findSession(connection)?.gate.lose(cause);
    context.lost(cause);
  });
  const host: SessionHost = {
    pool: pool.name,
    server: isMariaDb(version) ? 'mariadb' : 'mysql',
    version: versionIn(version),
    lost,
    unfit: once(context.unfit),
    killer: pool.killer,
    effects: pool.effects,
    locks: pool.locks,
    callerHere: pool.callerHere,
    slots: pool.slots,
  };
  const charset = charsetOf(inside.config.charsetNumber);
  const variables = new SessionVariables(isMariaDb(version), charset, pool.fleet && boundsFor(pool.fleet));
  // Added before the session records the connection's own listeners; those added later are removed on return.
  connection.on('error', lost);
  const ended = (): void => lost(lossOf(connection));
  for (const event of ['end', 'close']) inside.stream.on(event, ended);
  const session = new Session(connection, variables, host, database ?? '');
  if (isMariaDb(version)) session.rowsCame = watchRowEnds(connection, () => session.state.markStateChanged());
  if (pool.fleet !== undefined) watchParting(connection);
  return session;
}

/** The server counts idle time in whole seconds, and takes 0 for no limit. */
const boundsFor = ({ lease, statementLimit }: FleetSessions): SessionBounds => ({
  waitTimeout: Math.max(1, Math.floor(lease / 1000)),
  statementTime: statementLimit,
});

/** Why a connection was lost, as far as the driver knows. */
export function lossOf(connection: MysqlConnection): unknown {
  const { _fatalError, _protocolError } = internals(connection);
  return _fatalError ?? _protocolError ?? closedByServer();
}

const isMariaDb = (version: string): boolean => /mariadb/i.test(version);

/**
 * Sets up a new session in one round trip: turns session tracking on, records the clean state, and asks for the
 * identity of the server and the user. Further questions go out in the same write. Rejects if the server closes the
 * connection in reply.
 * @param askMore sends further questions of the pool
 */
export async function beginSession(
  session: Session,
  version: string,
  fleet?: FleetSessions,
  askMore?: () => void,
): Promise<void> {
  const { state, host } = session;
  const isMaria = isMariaDb(version);
  const ask = (): Promise<Arrival | undefined> => askArrival(session, isMaria);
  const sent = session.together(() => {
    const questions = [
      runOwn(session, state.variables.setUp()),
      ask(),
      askStart(session, isMaria),
      fleet === undefined ? NOTHING : askLimit(session),
      host.slots?.claim(session) ?? NOTHING,
    ] as const;
    askMore?.();
    return questions;
  });
  const [answer, arrival, start, limit, claimed] = await Promise.allSettled(sent);
  if (arrival.status === 'fulfilled' && arrival.value !== undefined) {
    const { server } = arrival.value;
    session.rowsCame?.();
    state.identity = arrival.value;
    state.startsIn(arrival.value.schema);
    // Both parts are needed to identify the server.
    if (server !== undefined && start.status === 'fulfilled' && start.value !== undefined)
      session.server = serverWord(server, start.value);
    state.hasOwnStart = !isDoneAgain(arrival.value.initConnect);
  }
  await takeUp(session, answer, arrival);
  if (claimed.status === 'rejected') throw claimed.reason;
  if (claimed.value === false && !(await host.slots!.wait(session))) throw host.slots!.fullError(host.pool);
  if (limit.status === 'rejected' && isLost(limit.reason)) throw limit.reason;
  // A proxy in front of the server may not support the question; no limit is known then.
  const accountLimit = limit.status === 'fulfilled' ? (limit.value ?? 0) : 0;
  session.isLostByReset = isMaria && accountLimit > 0 && host.slots === undefined;
  fleet?.admitted(accountLimit);
}

/** Records the state after the set-up as the clean state. */
async function takeUp(
  session: Session,
  answer: PromiseSettledResult<OkPacket>,
  arrival: PromiseSettledResult<unknown>,
): Promise<void> {
  try {
    session.begin(answer.status === 'fulfilled' ? answer.value : await setUpInspite(session, answer.reason));
  } catch (error) {
    if (isLost(error) || isTurnedAway(error)) throw error;
    // The server has given the reason, and has closed the connection.
    if (arrival.status === 'rejected' && isLost(arrival.reason)) throw error;
    warnUntracked(
      session.host.pool,
      `the server does not take the set-up of its sessions (${(error as Error).message})`,
    );
    return;
  }
  if (!session.state.isTracked)
    warnUntracked(session.host.pool, 'the server, or what stands before it, does not tell what changes in a session');
}

/** Whether a reset and our own set-up recreate the state that `init_connect` leaves in a new session. */
function isDoneAgain(initConnect: string): boolean {
  if (initConnect.trim() === '') return true;
  const { kind } = effectOf(initConnect, { several: true });
  return kind === 'read' || kind === 'set';
}

/**
 * mysql2 may be configured with a collation that this server does not know; the server has then used its default
 * collation.
 */
async function setUpInspite(session: Session, error: unknown): Promise<OkPacket> {
  if (errnoOf(error) !== UNKNOWN_COLLATION) throw error;
  session.state.variables.forgetCollation();
  return runOwn(session, session.state.variables.setUp());
}

export function closedByServer(): Error {
  return Object.assign(new Error('Connection lost: The server closed the connection.'), {
    code: 'PROTOCOL_CONNECTION_LOST',
    fatal: true,
  });
}

/**
 * Resolves once the server has closed the connection after COM_QUIT. The server would count a client that closes first
 * as aborted.
 */
export function hungUp(connection: MysqlConnection): Promise<void> {
  return new Promise<void>((resolve) => {
    const { stream } = internals(connection);
    if (stream.destroyed) resolve();
    stream.on('end', () => resolve());
    stream.on('close', () => resolve());
  });
}

function warnUntracked(pool: string, why: string): void {
  const message = `${pool}: ${why}; connections that did more than read are replaced`;
  warnOnce('MYSQLPOOL_UNTRACKED_SESSION', message, pool);
}
