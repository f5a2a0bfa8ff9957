import type { TestContext } from 'node:test';
import { randomBytes } from 'node:crypto';
import { Command, decodeError, isError, type Packet } from '#internal/wire/index.js';
import { until } from '../../support/until.js';
import type { WireClient } from '../../support/wire-client.js';
import type { TestServer } from '../../support/servers/index.js';

/** The server, as seen by a new account with its own database, so that no other test uses the account. */
export async function ownAccount(
  t: TestContext,
  server: TestServer,
  limit = '',
): Promise<TestServer & { database: string }> {
  const user = `gw_${randomBytes(5).toString('hex')}`;
  await server.admin(
    `CREATE USER '${user}'@'%' IDENTIFIED BY 'secret' ${limit}`,
    `CREATE DATABASE ${user}`,
    `GRANT ALL ON ${user}.* TO '${user}'@'%'`,
    `CREATE TABLE ${user}.t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB`,
    `INSERT INTO ${user}.t VALUES (1, 0), (2, 0)`,
  );
  t.after(async () => {
    // Open sessions lock the tables, and the gateway that holds them is closed only after this.
    for (const { id } of await runningOf(account)) await server.admin(`KILL ${id}`).catch(() => undefined);
    await server.admin(`DROP USER IF EXISTS '${user}'@'%'`, `DROP DATABASE IF EXISTS ${user}`);
  });
  const account = new Proxy(server, {
    get: (target, name) => {
      if (name === 'user' || name === 'database') return user;
      if (name === 'password') return 'secret';
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as TestServer & { database: string };
  return account;
}

/** The user's sessions on the server, with their running statements. */
export async function runningOf(server: TestServer): Promise<{ id: number; info: string | null }[]> {
  const sql = `SELECT ID AS id, INFO AS info FROM information_schema.PROCESSLIST WHERE USER = '${server.user}'`;
  const rows = await server.admin(sql);
  return rows.map(({ id, info }) => ({ id: Number(id), info: info as string | null }));
}

/** Resolves when the server runs a statement that matches for the user, or (`isRunning` false) no longer runs one. */
export const runs = (server: TestServer, text: RegExp, isRunning = true): Promise<unknown> =>
  until(async () => (await runningOf(server)).some(({ info }) => text.test(info ?? '')) === isRunning);

export const packetOf = (command: number, body: string | Buffer = ''): Buffer =>
  Buffer.concat([Buffer.of(command), typeof body === 'string' ? Buffer.from(body) : body]);

export const framed = (payload: Buffer, sequence = 0): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, payload]);
};

export const queryFrame = (sql: string): Buffer => framed(packetOf(Command.QUERY, sql));

/** The error number that an answer ends with; 0 for none. */
export function errnoIn(packets: readonly Packet[]): number {
  const last = packets.at(-1)!.payload;
  return isError(last) ? decodeError(last).errno : 0;
}

export const errnoOf = async (client: WireClient, sql: string): Promise<number> => errnoIn(await client.query(sql));

/** Reads until the connection is closed. Resolves with the number of the last error, or 0 for none. */
export async function lastWord(client: WireClient): Promise<number> {
  let last = 0;
  try {
    for (;;) {
      const { payload } = await client.next();
      last = isError(payload) ? decodeError(payload).errno : last;
    }
  } catch {
    return last;
  }
}
