import { after, describe } from 'node:test';
import { ForeignServer } from './foreign-server.js';
import type { ServerAddress } from './foreign-server.js';
import { startServer } from './start-server.js';
import { SERVER_KINDS } from './test-server.js';
import type { ServerKind, TestServer } from './test-server.js';

const VARIABLES: Record<ServerKind, string> = { mariadb: 'MYSQLPOOL_SHARED_MARIADB', mysql: 'MYSQLPOOL_SHARED_MYSQL' };
const servers = new Map<ServerKind, Promise<TestServer>>();

/**
 * The server that the test run has started for all test files: use it, but do not stop it or change its globals.
 * In a file that is run by hand the first call starts one, which is stopped after the file's last test.
 */
export function sharedServer(kind: ServerKind): Promise<TestServer> {
  let server = servers.get(kind);
  if (!server) {
    const text = process.env[VARIABLES[kind]];
    server = text ? Promise.resolve(sharedBy(text)) : startServer(kind);
    servers.set(kind, server);
  }
  return server;
}

// Registered while the file is loaded, when it means: after every test of this file.
after(async () => {
  for (const server of servers.values()) await (await server.catch(() => undefined))?.[Symbol.asyncDispose]();
});

/** The same tests on a server of each kind: `define` is called once a kind, inside a `describe` that names it. */
export function eachServer(
  name: string,
  define: (kind: ServerKind, getServer: () => Promise<TestServer>) => void,
): void {
  for (const kind of SERVER_KINDS) describe(`${name} (${kind})`, () => define(kind, () => sharedServer(kind)));
}

/** The variables that make a server the shared one of every process that gets them. */
export function shareServer(server: TestServer): Record<string, string> {
  const { kind, version, host, port, user, password, adminUser, adminPassword } = server;
  const address: ServerAddress = {
    kind,
    version,
    host,
    port,
    socketPath: socketOf(server),
    user,
    password,
    adminUser,
    adminPassword,
  };
  return { [VARIABLES[kind]]: JSON.stringify(address) };
}

function sharedBy(text: string): TestServer {
  return new ForeignServer(
    JSON.parse(text) as ServerAddress,
    'all test files share it; start your own with startOwnServer',
  );
}

function socketOf(server: TestServer): string | undefined {
  try {
    return server.socketPath;
  } catch {
    return undefined;
  }
}
