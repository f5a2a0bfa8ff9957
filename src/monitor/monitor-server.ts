import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../pool/index.js';
import { MonitorListenError } from './errors.js';
import { Gate } from './gate.js';
import type { Listening } from './options.js';
import type { ReportSource } from './report-source.js';
import { ReportStreams } from './report-streams.js';
import { RequestHandler } from './request-handler.js';

// Pages, streams and programs together.
const MOST_CONNECTIONS = 100;

// A request has no body worth waiting for.
const REQUEST_LIMIT = 10_000;

/** A running monitor. @since 0.1.0 */
export interface Monitor {
  /** Where it listens, such as `http://127.0.0.1:9339/`; without the token. */
  readonly url: string;
  readonly port: number;
  /** Stops it: every stream ends, nothing is watched any more, and the port is free. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves the reports of a source by HTTP, and closes the source with the server.
 * @param keepsAlive whether the process lives on for it
 * @throws MonitorListenError
 */
export async function serve(source: ReportSource, listening: Listening, keepsAlive: boolean): Promise<Monitor> {
  const { host, token } = listening;
  const server = createServer({ requestTimeout: REQUEST_LIMIT, headersTimeout: REQUEST_LIMIT });
  server.maxConnections = MOST_CONNECTIONS;
  const streams = new ReportStreams(source, systemClock);
  let port: number;
  try {
    port = await listen(server, listening);
  } catch (error) {
    source.close();
    throw new MonitorListenError(host, listening.port, error as NodeJS.ErrnoException);
  }
  const handler = new RequestHandler(source, streams, new Gate(host, port, token));
  server.on('request', (request, response) => void handler.handle(request, response));
  server.on('error', (error) => process.emitWarning(`monitor: ${error.message}`, 'MysqlPoolWarning'));
  if (!keepsAlive) {
    // Not before it listens, or a process that has nothing else to do would end instead.
    server.unref();
    server.on('connection', (socket: Socket) => socket.unref());
  }
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    source.close();
    streams.close();
    return (closed ??= closeServer(server));
  };
  const url = `http://${host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host}:${port}/`;
  return { url, port, close, [Symbol.asyncDispose]: close };
}

/** Not shared among the processes of a cluster: each has pools of its own. */
function listen(server: Server, { host, port }: Listening): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port, exclusive: true }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
