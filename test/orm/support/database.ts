import type { TestContext } from 'node:test';
import { freshDatabase, type TestServer } from '../../support/servers/index.js';
import type { OrmOptions } from './orm-driver.js';

const TABLES = [
  'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(50)) ENGINE=InnoDB',
  'CREATE TABLE many (n INT PRIMARY KEY) ENGINE=InnoDB',
  `INSERT INTO many VALUES ${Array.from({ length: 1_000 }, (_, n) => `(${n})`).join(',')}`,
];

/** How an ORM is opened, where it is not as usual. */
export type OrmLimits = Partial<Pick<OrmOptions, 'maxSize' | 'acquireTimeout'>>;

/**
 * A database of the test's own with the tables of the suite, and how to open it. Close what uses it by `closeFirst`: no
 * database can be dropped that somebody has a transaction open in.
 */
export async function databaseFor(
  t: TestContext,
  server: TestServer,
  limits: OrmLimits = {},
): Promise<OrmOptions & { closeFirst(close: () => unknown): void }> {
  const { name, url, ...database } = await freshDatabase(server, ...TABLES);
  const first: (() => unknown)[] = [];
  t.after(async () => {
    for (const close of first) await close();
    await database[Symbol.asyncDispose]();
  });
  const closeFirst = (close: () => unknown): void => void first.unshift(close);
  const { kind, host, port, user, password } = server;
  const address = { kind, url, host, port, user, password, database: name };
  return { ...address, maxSize: 3, acquireTimeout: 5_000, ...limits, closeFirst };
}

/** How many connections the server counts to a database. */
export async function connectionsTo(server: TestServer, database: string): Promise<number> {
  const [row] = await server.admin(`SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE DB = '${database}'`);
  return Number(row?.['n']);
}
