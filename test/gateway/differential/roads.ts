/** What programs are played through: a direct connection, a relay, or the gateway. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Gateway } from '#internal/gateway/gateway.js';
import { startProxy } from '#support/proxy.js';
import type { Address } from './play.js';

export const ROADS = ['gateway', 'relay', 'direct'] as const;
export type RoadName = (typeof ROADS)[number];

/** Opened for each program, so that no program finds state of an earlier one. */
export interface Road extends AsyncDisposable {
  readonly address: Address;
}

export type OpenRoad = (server: Address, clients: number) => Promise<Road>;

const FEWEST_BACKENDS = 3;

/** A direct connection: differences here show that a program itself is not deterministic. */
export const straight: OpenRoad = (address) =>
  Promise.resolve({ address, [Symbol.asyncDispose]: () => Promise.resolve() });

export const throughRelay: OpenRoad = async (server) => {
  const proxy = await startProxy({ target: server });
  const address = { ...server, host: proxy.host, port: proxy.port };
  return { address, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
};

/** @param GatewayClass the class to test: the real one, or one with a planted fault */
export function throughGateway(GatewayClass: typeof Gateway): OpenRoad {
  return async (server, clients) => {
    const users = usersFile(server);
    const gateway = new GatewayClass({
      server: { host: server.host, port: server.port },
      listen: [{ host: '127.0.0.1', port: 0 }],
      mode: 'rotate',
      // Enough backends even if all clients are pinned and one backend is being reset, so that there is always another
      // one to rotate to: a client that had to wait would make the gateway take a backend whose warnings another client
      // still needs.
      pool: { maxSize: Math.max(FEWEST_BACKENDS, clients + 2) },
      maxTotal: Infinity,
      fleet: undefined,
      maxClients: 100,
      clientIdleTimeout: 0,
      transactionIdleTimeout: 0,
      loginTimeout: 10_000,
      trustRoutines: false,
      tls: undefined,
      users,
    });
    await gateway.open();
    const port = Number(/\d+$/.exec(gateway.addresses[0]!)![0]);
    return {
      address: { ...server, host: '127.0.0.1', port },
      async [Symbol.asyncDispose]() {
        await gateway.close(0);
        rmSync(dirname(users), { recursive: true });
      },
    };
  };
}

/** With a users file, no RSA key has to be generated for each gateway. */
function usersFile({ user, password }: Address): string {
  const file = join(mkdtempSync(join(tmpdir(), 'mysqlpool-users-')), 'users.json');
  writeFileSync(file, JSON.stringify({ [user]: password }), { mode: 0o600 });
  return file;
}
