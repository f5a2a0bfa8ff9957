import { randomBytes } from 'node:crypto';
import type { TestServer } from './test-server.js';

export interface FreshDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

/**
 * Creates a database with a name of its own, so that test files do not meet. It is dropped on dispose.
 * @param tables what is run in it first, on the same connection: most of what a database costs is the connections
 */
export async function freshDatabase(server: TestServer, ...tables: readonly string[]): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await server.admin(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`, `USE ${name}`, ...tables);
  return {
    name,
    url: server.url(name),
    async [Symbol.asyncDispose]() {
      // A test that has failed may have left a transaction open, for whose end the server would wait a year.
      await server.admin('SET SESSION lock_wait_timeout = 20', `DROP DATABASE IF EXISTS ${name}`);
    },
  };
}
