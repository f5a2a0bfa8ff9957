import { after, describe } from 'node:test';
import { serverFromVariables } from './shared-variables.js';
import { startServer } from './start-server.js';
import { SERVER_KINDS } from './test-server.js';
import type { ServerKind, TestServer } from './test-server.js';

const servers = new Map<ServerKind, Promise<TestServer>>();

/**
 * The server that the test run has started for all test files: do not stop it or change its global variables. In a test
 * file that is run alone, the first call starts a server, which is stopped after the file's last test.
 */
export function sharedServer(kind: ServerKind): Promise<TestServer> {
  let server = servers.get(kind);
  if (!server) {
    const given = serverFromVariables(kind);
    server = given ? Promise.resolve(given) : startServer(kind);
    servers.set(kind, server);
  }
  return server;
}

// Registered at the top level, so that it runs after the last test of the file.
after(async () => {
  for (const server of servers.values()) await (await server.catch(() => undefined))?.[Symbol.asyncDispose]();
});

/**
 * Runs the same tests on a server of each kind: `define` is called once per kind, in a `describe` that names the kind.
 */
export function eachServer(
  name: string,
  define: (kind: ServerKind, getServer: () => Promise<TestServer>) => void,
): void {
  for (const kind of SERVER_KINDS) describe(`${name} (${kind})`, () => define(kind, () => sharedServer(kind)));
}
