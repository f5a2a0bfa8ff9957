import { startProxy } from '#support/proxy.js';
import { startOwnServer, startServer, type ServerOptions, type TestServer } from '#support/servers/index.js';
import type { Request } from './arguments.js';
import { startGateway } from './gateway-process.js';

/** What stands between the clients and a server. */
export interface Way extends AsyncDisposable {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The authority that vouches for it; undefined when it has no TLS. */
  readonly ca: string | undefined;
}

const nothing = (): Promise<void> => Promise.resolve();

function direct(server: TestServer): Way {
  const { host, port, tlsCa: ca } = server;
  return { name: 'direct', host, port, ca, [Symbol.asyncDispose]: nothing };
}

/** The gateway in that mode, a relay of bytes, or what is at HOST:PORT already. */
async function wayThrough(name: string, server: TestServer, ca: string | undefined, listsUsers: boolean): Promise<Way> {
  if (name === 'relay') {
    const proxy = await startProxy({ target: server });
    const { host, port } = proxy;
    return { name, host, port, ca: server.tlsCa, [Symbol.asyncDispose]: () => proxy.close() };
  }
  const [host, port] = name.split(':');
  if (port === undefined) return startGateway(name, server, listsUsers);
  return { name, host: host!, port: Number(port), ca, [Symbol.asyncDispose]: nothing };
}

/**
 * Does the work with every server that is asked for and every way to it, the direct one first.
 * @param listsUsers the gateway lets in nobody but `LISTED`
 */
export async function withWays(
  request: Request,
  options: ServerOptions,
  work: (server: TestServer, ways: readonly Way[]) => Promise<void>,
  listsUsers = false,
): Promise<void> {
  const isGiven = request.through.some((way) => way.includes(':'));
  for (const kind of request.servers) {
    await using server = isGiven ? await startServer(kind) : await startOwnServer(kind, options);
    const ways: Way[] = [direct(server)];
    try {
      for (const name of request.through) ways.push(await wayThrough(name, server, request.ca, listsUsers));
      await work(server, ways);
    } finally {
      for (const way of ways) await way[Symbol.asyncDispose]();
    }
  }
}
