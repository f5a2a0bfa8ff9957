import type { TestContext } from 'node:test';
import { freshDatabase, type TestServer } from '../../support/servers/index.js';
import type { OrmOptions } from './orm-driver.js';

const NUMBERS = Array.from({ length: 1_000 }, (_, n) => `(${n})`).join(',');

/** A database of the test's own with the tables of the suite, and how to open it. */
export async function databaseFor(
  t: TestContext,
  server: TestServer,
  limits: Partial<Pick<OrmOptions, 'maxSize' | 'acquireTimeout'>> = {},
): Promise<OrmOptions> {
  const { name, url, ...database } = await freshDatabase(server);
  t.after(() => database[Symbol.asyncDispose]());
  await server.admin(`CREATE TABLE ${name}.t (id INT PRIMARY KEY, v VARCHAR(50)) ENGINE=InnoDB`);
  await server.admin(`CREATE TABLE ${name}.many (n INT PRIMARY KEY) ENGINE=InnoDB`);
  await server.admin(`INSERT INTO ${name}.many VALUES ${NUMBERS}`);
  const { kind, host, port, user, password } = server;
  return { kind, url, host, port, user, password, database: name, maxSize: 3, acquireTimeout: 5_000, ...limits };
}

/** How many connections the server counts to a database. */
export async function connectionsTo(server: TestServer, database: string): Promise<number> {
  const [row] = await server.admin(`SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE DB = '${database}'`);
  return Number(row?.['n']);
}
