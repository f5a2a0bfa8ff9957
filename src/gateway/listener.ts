import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { placeText, type Place } from './addresses.js';
import { GatewayListenError } from './failures.js';

/** After how long (ms) of silence TCP keepalive checks whether a client is still there. */
const SILENT_FOR = 60_000;

/**
 * Listens on an address, replacing a socket that a killed process has left behind.
 * @param welcome called for each client; `isLocal` if it came by the UNIX socket
 * @throws GatewayListenError
 */
export async function listenAt(place: Place, welcome: (socket: Socket, isLocal: boolean) => void): Promise<Server> {
  const isLocal = place.socketPath !== undefined;
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: SILENT_FOR, allowHalfOpen: false },
    (socket) => welcome(socket, isLocal),
  );
  try {
    await listening(server, place);
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    if (cause.code === 'EADDRINUSE' && isOtherFile(place))
      throw new GatewayListenError(placeText(place), Object.assign(new Error('not a socket'), { code: 'ENOTSOCK' }));
    if (cause.code !== 'EADDRINUSE' || !(await isLeftBehind(place)))
      throw new GatewayListenError(placeText(place), cause);
    unlinkSync(place.socketPath!);
    await listening(server, place).catch((again: NodeJS.ErrnoException) => {
      throw new GatewayListenError(placeText(place), again);
    });
  }
  return server;
}

function listening(server: Server, { host, port, socketPath }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const begun = (): void => {
      server.off('error', reject);
      resolve();
    };
    // As with a server's, every user of the machine may connect to the socket, and then has to log in.
    if (socketPath === undefined) server.listen({ host, port }, begun);
    else server.listen({ path: socketPath, readableAll: true, writableAll: true }, begun);
  });
}

/** Whether the path is that of a file other than a socket, which must not be replaced. */
const isOtherFile = ({ socketPath }: Place): boolean =>
  socketPath !== undefined && lstatSync(socketPath, { throwIfNoEntry: false })?.isSocket() === false;

/** Whether a socket was left behind by a process that was killed: nobody listens on it. */
function isLeftBehind({ socketPath }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    if (socketPath === undefined) return resolve(false);
    const trial = connect(socketPath, () => {
      trial.destroy();
      resolve(false);
    });
    trial.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
  });
}
