import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { MysqlPool, Transaction } from 'node-mysqlpool';
import type { TestServer } from '../support/servers/index.js';
import { databaseFor, poolOn, type Rows } from './support.js';

export const LOST = { code: 'MYSQL_TRANSACTION_LOST' };

export const ids = async (pool: MysqlPool): Promise<unknown[]> =>
  (await pool.query<Rows>('SELECT id FROM t WHERE id > 10 ORDER BY id'))[0].map((row) => row['id'] as unknown);
export const add = (to: Transaction | MysqlPool, id: number): Promise<unknown> =>
  to.query('INSERT INTO t VALUES (?, ?)', [id, 'x']);
export const caught = (work: Promise<unknown>): Promise<{ code?: string; errno?: number; message: string }> =>
  work.then(
    () => assert.fail('it succeeded'),
    (error: Error) => error,
  );

export async function poolWithTwo(t: TestContext, server: TestServer): Promise<MysqlPool> {
  const database = await databaseFor(t, server);
  const pool = poolOn(t, database.url, { maxSize: 3 });
  await pool.query("INSERT INTO t VALUES (1, ''), (2, '')");
  return pool;
}
