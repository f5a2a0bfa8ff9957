import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../pool/index.js';
import { MonitorListenError } from './errors.js';
import { Gate } from './gate.js';
import type { Listening } from './options.js';
import type { ReportSource } from './report-source.js';
import { ReportStreams } from './report-streams.js';
import { RequestHandler } from './request-handler.js';

// How many HTTP connections are accepted at a time, those of pages, streams and programs together.
const MOST_CONNECTIONS = 100;

// The time limit (ms) for a request to arrive. It can be short, since requests have no body.
const REQUEST_LIMIT = 10_000;

/** A running monitor. @since 0.1.0 */
export interface Monitor {
  /** The address of the monitor, such as `http://127.0.0.1:9339/`; without the token. */
  readonly url: string;
  readonly port: number;
  /** Stops the monitor: all streams end, the pools are no longer watched, and the port is free again. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves the reports of a source by HTTP, and closes the source together with the server.
 * @param keepsAlive whether the server keeps the process alive
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
    // Only now that the server listens: otherwise a process that has nothing else to do would exit before.
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

/** Listens exclusively: in a cluster the port is not shared among the workers, since each has pools of its own. */
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
