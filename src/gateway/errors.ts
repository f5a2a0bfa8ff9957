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

/** Errors with the numbers and texts of MySQL and MariaDB. */
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

/** ER_MALFORMED_PACKET: the server could not read the command, and has taken nothing of it. */
export const MALFORMED = 1835;
/** ER_WRONG_ARGUMENTS: likewise, for too few values, or long data for a parameter that does not exist. */
export const WRONG_ARGUMENTS = 1210;

/** The error for a client whose command could not be run. */
export function errorFor(error: unknown): ErrorPacket {
  const server = serverErrorIn(error);
  if (server !== undefined) return { errno: server.errno, sqlState: server.sqlState, message: server.message };
  // The client has waited for a session that could not be opened, rather than for one in use.
  if (error instanceof AcquireTimeoutError && isUnreachable(error))
    return { errno: 2003, sqlState: 'HY000', message: error.message };
  if (error instanceof AcquireTimeoutError || error instanceof QueueFullError)
    return { errno: 1040, sqlState: '08004', message: error.message };
  if (error instanceof NeedsNew)
    return {
      errno: 1105,
      sqlState: 'HY000',
      message: `no session can be brought into this client's state: ${error.message}`,
    };
  if (error instanceof PoolClosedError) return SHUTDOWN;
  if (error instanceof PacketTooLargeError) return TOO_LARGE;
  if (error instanceof WireError)
    return { errno: MALFORMED, sqlState: '08S01', message: `Malformed communication packet (${error.message})` };
  if (error instanceof PoolUnavailableError || error instanceof ConnectError)
    return { errno: 2003, sqlState: 'HY000', message: error.message };
  return lostError(error);
}

/** The error for a login that got no permit. @param within how long (ms) it has waited */
export const noRoomFor = (whom: string, within: number, { limit, held, of }: Denial): ServerError =>
  new ServerError({
    ...TOO_MANY,
    message: `${whom}: no connection within ${within} ms (waiting for ${limit}, ${held}/${of})`,
  });

/** Whether the server could not be reached. One that is full has answered, with a ServerError. */
const isUnreachable = ({ phase, cause }: AcquireTimeoutError): boolean =>
  phase === 'connecting' && cause !== undefined && !(cause instanceof ServerError);

/** The error for a client whose backend was lost during its command. */
export function lostError(cause: unknown): ErrorPacket {
  const server = serverErrorIn(cause);
  if (server !== undefined) return { errno: server.errno, sqlState: server.sqlState, message: server.message };
  const message = `Lost connection to MySQL server during query (${messageOf(cause)})`;
  return { errno: 2013, sqlState: 'HY000', message };
}

/** The server's error among the causes of the engine's error. */
function serverErrorIn(error: unknown): ServerError | undefined {
  for (let depth = 0, at = error; depth < 5 && at instanceof Error; depth++) {
    if (at instanceof ServerError) return at;
    // The engine's message tells more: that the server is full or unreachable, for how long, and the counts.
    if (at instanceof AcquireTimeoutError) return undefined;
    at = at.cause;
  }
  return undefined;
}
