import type { TestContext } from 'node:test';
import { freshDatabase, type TestServer } from '../../support/servers/index.js';
import type { OrmOptions } from './orm-driver.js';

const TABLES = [
  'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(50)) ENGINE=InnoDB',
  'CREATE TABLE many (n INT PRIMARY KEY) ENGINE=InnoDB',
  `INSERT INTO many VALUES ${Array.from({ length: 1_000 }, (_, n) => `(${n})`).join(',')}`,
];

/** Options for opening an ORM that differ from the usual ones. */
export type OrmLimits = Partial<Pick<OrmOptions, 'maxSize' | 'acquireTimeout'>>;

/**
 * A new database with the tables of the suite, and the options to open an ORM on it. What uses the database must be
 * closed by `closeFirst`: a database in which a transaction is open cannot be dropped.
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

/** The server's count of connections that use a database. */
export async function connectionsTo(server: TestServer, database: string): Promise<number> {
  const [row] = await server.admin(`SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE DB = '${database}'`);
  return Number(row?.['n']);
}
