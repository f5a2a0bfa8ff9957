import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import type { Row } from './test-server.js';

export interface Account {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

const TAKEN = ['ER_CON_COUNT_ERROR', 'ER_TOO_MANY_USER_CONNECTIONS', 'ER_USER_LIMIT_REACHED'];

/** Runs statements one after the other on a new connection. If the server has none left, it retries for up to 10 s. */
export async function queryOnce(account: Account, ...statements: readonly string[]): Promise<Row[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      const { host, port, user, password } = account;
      const connection = await createConnection({ host, port, user, password, connectTimeout: 10_000 });
      try {
        let rows: unknown;
        for (const sql of statements) [rows] = await connection.query(sql);
        return Array.isArray(rows) ? (rows as Row[]) : [];
      } finally {
        await connection.end().catch(() => connection.destroy());
      }
    } catch (error) {
      if (attempt >= 200 || !TAKEN.includes((error as { code?: string }).code ?? '')) throw error;
      await sleep(50);
    }
  }
}

/** Counts the connections of one user, or else of all users except this account and the server's own threads. */
export async function countConnections(account: Account, user?: string): Promise<number> {
  const who =
    user === undefined
      ? `USER NOT IN ('${account.user}', 'event_scheduler', 'system user')`
      : `USER = '${user.replaceAll(/['\\]/g, '\\$&')}'`;
  const [row] = await queryOnce(account, `SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE ${who}`);
  return Number(row?.['count']);
}
