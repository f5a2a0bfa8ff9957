import { ForeignServer } from './foreign-server.js';
import type { ServerAddress } from './foreign-server.js';
import type { ServerKind, TestServer } from './test-server.js';

const VARIABLES: Record<ServerKind, string> = { mariadb: 'MYSQLPOOL_SHARED_MARIADB', mysql: 'MYSQLPOOL_SHARED_MYSQL' };

/** Environment variables that make processes use this server as their shared one. */
export function shareServer(server: TestServer): Record<string, string> {
  const { kind, version, host, port, user, password, adminUser, adminPassword } = server;
  const socketPath = socketOf(server);
  const address: ServerAddress = { kind, version, host, port, socketPath, user, password, adminUser, adminPassword };
  return { [VARIABLES[kind]]: JSON.stringify(address) };
}

/** The shared server that another process has started, if there is one. */
export function serverFromVariables(kind: ServerKind): TestServer | undefined {
  const text = process.env[VARIABLES[kind]];
  if (!text) return undefined;
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
