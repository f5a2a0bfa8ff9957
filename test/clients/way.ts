import { startProxy } from '#support/proxy.js';
import type { TestServer } from '#support/servers/index.js';
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

export function direct(server: TestServer): Way {
  const { host, port, tlsCa: ca } = server;
  return { name: 'direct', host, port, ca, [Symbol.asyncDispose]: nothing };
}

/** The gateway in that mode, a relay of bytes, or what is at HOST:PORT already. */
export async function wayThrough(name: string, server: TestServer, ca: string | undefined): Promise<Way> {
  if (name === 'relay') {
    const proxy = await startProxy({ target: server });
    const { host, port } = proxy;
    return { name, host, port, ca: server.tlsCa, [Symbol.asyncDispose]: () => proxy.close() };
  }
  const [host, port] = name.split(':');
  if (port === undefined) return startGateway(name, server);
  return { name, host: host!, port: Number(port), ca, [Symbol.asyncDispose]: nothing };
}
