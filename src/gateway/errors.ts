import {
  AcquireTimeoutError,
  ConnectError,
  messageOf,
  type Denial,
  PoolClosedError,
  PoolUnavailableError,
  QueueFullError,
} from '../pool/index.js';
import { PacketTooLargeError, WireError, type ErrorPacket } from '../wire/index.js';
import { NeedsNew } from './carrying.js';
import { ServerError } from './own-answer.js';

/** The server's own words, as MySQL and MariaDB have them. */
export const TOO_MANY: ErrorPacket = { errno: 1040, sqlState: '08004', message: 'Too many connections' };
export const NO_DATABASE: ErrorPacket = { errno: 1046, sqlState: '3D000', message: 'No database selected' };
export const SHUTDOWN: ErrorPacket = { errno: 1053, sqlState: '08S01', message: 'Server shutdown in progress' };
export const IDLE: ErrorPacket = {
  errno: 4031,
  sqlState: 'HY000',
  message: 'The client was disconnected by the server because of inactivity.',
};
export const TOO_LARGE: ErrorPacket = {
  errno: 1153,
  sqlState: '08S01',
  message: "Got a packet bigger than 'max_allowed_packet' bytes",
};
export const TOO_MANY_STATEMENTS: ErrorPacket = {
  errno: 1461,
  sqlState: '42000',
  message: "Can't create more than max_prepared_stmt_count statements (current value: 16382)",
};
export const OUT_OF_ORDER: ErrorPacket = { errno: 1156, sqlState: '08S01', message: 'Got packets out of order' };
export const INTERRUPTED: ErrorPacket = { errno: 1317, sqlState: '70100', message: 'Query execution was interrupted' };
export const KILLED: ErrorPacket = { errno: 1927, sqlState: '70100', message: 'Connection was killed' };

/** The number of the error for a command that could not be read, and of which nothing was taken. */
export const MALFORMED = 1835;
/** Likewise, where values are too few, or data was sent for a parameter that there is not. */
export const WRONG_ARGUMENTS = 1210;

/** What a client is told when its command could not be run. */
export function errorFor(error: unknown): ErrorPacket {
  const server = serverErrorIn(error);
  if (server !== undefined) return { errno: server.errno, sqlState: server.sqlState, message: server.message };
  // Nobody has the sessions that are missing: the server cannot be reached.
  if (error instanceof AcquireTimeoutError && isUnreachable(error))
    return { errno: 2003, sqlState: 'HY000', message: error.message };
  if (error instanceof AcquireTimeoutError || error instanceof QueueFullError)
    return { errno: 1040, sqlState: '08004', message: error.message };
  if (error instanceof NeedsNew)
    return { errno: 1105, sqlState: 'HY000', message: `no session can become what this one is: ${error.message}` };
  if (error instanceof PoolClosedError) return SHUTDOWN;
  if (error instanceof PacketTooLargeError) return TOO_LARGE;
  if (error instanceof WireError)
    return { errno: MALFORMED, sqlState: '08S01', message: `Malformed communication packet (${error.message})` };
  if (error instanceof PoolUnavailableError || error instanceof ConnectError)
    return { errno: 2003, sqlState: 'HY000', message: error.message };
  return lostError(error);
}

/** Nobody has let go of what one more connection needs. @param within how long (ms) that was waited for */
export const noRoomFor = (whom: string, within: number, { limit, held, of }: Denial): ServerError =>
  new ServerError({
    ...TOO_MANY,
    message: `${whom}: no connection within ${within} ms (waiting for ${limit}, ${held}/${of})`,
  });

/** A server that is full has said so itself. */
const isUnreachable = ({ phase, cause }: AcquireTimeoutError): boolean =>
  phase === 'connecting' && cause !== undefined && !(cause instanceof ServerError);

/** The server was lost under a command. */
export function lostError(cause: unknown): ErrorPacket {
  const server = serverErrorIn(cause);
  if (server !== undefined) return { errno: server.errno, sqlState: server.sqlState, message: server.message };
  const message = `Lost connection to MySQL server during query (${messageOf(cause)})`;
  return { errno: 2013, sqlState: 'HY000', message };
}

/** The server's refusal, behind what the engine made of it. */
function serverErrorIn(error: unknown): ServerError | undefined {
  for (let depth = 0, at = error; depth < 5 && at instanceof Error; depth++) {
    if (at instanceof ServerError) return at;
    // While the server has no room, or cannot be reached, the engine's message says more.
    if (at instanceof AcquireTimeoutError) return undefined;
    at = at.cause;
  }
  return undefined;
}
