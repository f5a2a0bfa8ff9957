import { randomBytes } from 'node:crypto';
import type { TestServer } from './test-server.js';

export interface FreshDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

/**
 * Creates a database with a unique name, so that test files do not disturb each other. It is dropped on dispose.
 * @param tables statements to run in the new database, on the same connection, since connecting takes the most time
 */
export async function freshDatabase(server: TestServer, ...tables: readonly string[]): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await server.admin(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`, `USE ${name}`, ...tables);
  return {
    name,
    url: server.url(name),
    async [Symbol.asyncDispose]() {
      // A failed test may have left a transaction open, which DROP would wait for: up to a year, by default.
      await server.admin('SET SESSION lock_wait_timeout = 20', `DROP DATABASE IF EXISTS ${name}`);
    },
  };
}
