/** What stands between the clients of a program and the server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Gateway } from '#internal/gateway/gateway.js';
import { startProxy } from '#support/proxy.js';
import type { Address } from './play.js';

export const ROADS = ['gateway', 'relay', 'direct'] as const;
export type RoadName = (typeof ROADS)[number];

/** Opened for one program, so that none finds what another left. */
export interface Road extends AsyncDisposable {
  readonly address: Address;
}

export type OpenRoad = (server: Address, clients: number) => Promise<Road>;

const FEWEST_BACKENDS = 3;

/** Changes nothing: a difference there is one of the programs themselves. */
export const straight: OpenRoad = (address) =>
  Promise.resolve({ address, [Symbol.asyncDispose]: () => Promise.resolve() });

export const throughRelay: OpenRoad = async (server) => {
  const proxy = await startProxy({ target: server });
  const address = { ...server, host: proxy.host, port: proxy.port };
  return { address, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
};

/** @param GatewayClass of the code that is tried: the gateway's own, or one with a planted fault */
export function throughGateway(GatewayClass: typeof Gateway): OpenRoad {
  return async (server, clients) => {
    const users = usersFile(server);
    const gateway = new GatewayClass({
      server: { host: server.host, port: server.port },
      listen: [{ host: '127.0.0.1', port: 0 }],
      mode: 'rotate',
      // All clients may be pinned at once, another backend be reset, and there is one to rotate to then: who waits takes another's warnings.
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

/** With the password written down, no key has to be made for each gateway. */
function usersFile({ user, password }: Address): string {
  const file = join(mkdtempSync(join(tmpdir(), 'mysqlpool-users-')), 'users.json');
  writeFileSync(file, JSON.stringify({ [user]: password }), { mode: 0o600 });
  return file;
}
