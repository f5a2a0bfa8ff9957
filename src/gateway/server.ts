import { connect, type Socket } from 'node:net';
import { decodeError, decodeGreeting, type Greeting } from '../wire/index.js';
import { ServerError } from './own-answer.js';
import { PacketSocket } from './packet-socket.js';
import type { ServerTls } from './tls.js';

/** The address of the server behind the gateway. */
export interface ServerAddress {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** The path of a UNIX socket, instead of `host` and `port`. */
  readonly socketPath?: string | undefined;
  /** TLS towards the server; undefined for no TLS. */
  readonly tls?: ServerTls | undefined;
}

/** The address as it is shown in messages. */
export const addressOf = ({ host, port, socketPath }: ServerAddress): string =>
  socketPath ?? `${host ?? '127.0.0.1'}:${port ?? 3306}`;

/** Connects and reads the greeting. @throws ServerError if the server sends an error instead, as a full one does */
export async function greetedBy(
  server: ServerAddress,
  signal: AbortSignal,
): Promise<{ readonly packets: PacketSocket; readonly greeting: Greeting }> {
  const socket = dial(server);
  const abort = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort);
  try {
    const packets = new PacketSocket(socket);
    const payload = await packets.read();
    if (payload[0] === 0xff) throw new ServerError(decodeError(payload));
    return { packets, greeting: decodeGreeting(payload) };
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function dial({ host = '127.0.0.1', port = 3306, socketPath }: ServerAddress): Socket {
  const socket = socketPath === undefined ? connect({ host, port }) : connect(socketPath);
  socket.setNoDelay(true);
  return socket;
}
