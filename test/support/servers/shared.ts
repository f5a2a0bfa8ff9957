import { after, describe } from 'node:test';
import { serverFromVariables } from './shared-variables.js';
import { startServer } from './start-server.js';
import { SERVER_KINDS } from './test-server.js';
import type { ServerKind, TestServer } from './test-server.js';

const servers = new Map<ServerKind, Promise<TestServer>>();

/**
 * The server that the test run has started for all test files: use it, but do not stop it or change its globals.
 * In a file that is run by hand the first call starts one, which is stopped after the file's last test.
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
