import type { TestContext } from 'node:test';
import type { RowDataPacket } from 'mysql2';
import type { DatabaseSettings } from 'node-mysqlpool/settings';
import type { MysqlLease, MysqlPool } from '#internal/api/index.js';
import { freshDatabase } from '../../support/servers/index.js';
import type { TestServer } from '../../support/servers/index.js';

/** A new database with an empty table `t (id)`, as an entry of DATABASES. */
export async function databaseFor(t: TestContext, server: TestServer): Promise<DatabaseSettings & { NAME: string }> {
  const database = await freshDatabase(server);
  t.after(() => database[Symbol.asyncDispose]());
  await server.admin(`CREATE TABLE ${database.name}.t (id INT PRIMARY KEY) ENGINE=InnoDB`);
  const { user, password, host, port } = server;
  return { ENGINE: 'mysqlpool', NAME: database.name, USER: user, PASSWORD: password, HOST: host, PORT: String(port) };
}

/** The server's count of connections that use one of these databases. */
export async function counted(server: TestServer, ...names: string[]): Promise<number> {
  const list = names.map((name) => `'${name}'`).join();
  const rows = await server.admin(`SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE DB IN (${list})`);
  return Number(rows[0]?.['n']);
}

/** Counts repeatedly until `work` is done; resolves with the highest count. */
export async function peakDuring(count: () => Promise<number>, work: Promise<unknown>): Promise<number> {
  let done = false;
  const finished = work.finally(() => (done = true));
  let peak = 0;
  do peak = Math.max(peak, await count());
  while (!done);
  await finished;
  return peak;
}

/** The first row of a result. */
export async function one(from: MysqlPool | MysqlLease, sql: string): Promise<RowDataPacket> {
  const [rows] = await from.query<RowDataPacket[]>(sql);
  return rows[0]!;
}
