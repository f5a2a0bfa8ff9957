import type { TestContext } from 'node:test';
import type { RowDataPacket } from 'mysql2';
import { createPool, type Pool, type PoolOptions } from 'node-mysqlpool/mysql2';
import {
  createPool as createPromisePool,
  type Pool as PromisePool,
  type PoolConnection as PromiseConnection,
} from 'node-mysqlpool/mysql2/promise';
import type { PoolConnection } from 'mysql2';
import type { TestServer } from '../support/servers/index.js';

export type Rows = RowDataPacket[];

/** A pool with mysql2's callback API, closed after the test. */
export function poolOn(t: TestContext, source: TestServer | string, options: PoolOptions = {}): Pool {
  const pool = createPool({ uri: typeof source === 'string' ? source : source.url(), ...options });
  t.after(() => pool.mysqlpool.close({ timeout: 0 }));
  return pool;
}

/** A pool with mysql2's promise API, closed after the test. */
export function promisePoolOn(t: TestContext, source: TestServer | string, options: PoolOptions = {}): PromisePool {
  const pool = createPromisePool({ uri: typeof source === 'string' ? source : source.url(), ...options });
  t.after(() => pool.pool.mysqlpool.close({ timeout: 0 }));
  return pool;
}

/** `getConnection` with a callback, as a promise of its connection. */
export function take(pool: Pick<Pool, 'getConnection'>): Promise<PoolConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
  });
}

/** The first row of a statement's result, by the callback API. */
export function first(on: Pool | PoolConnection, sql: string, values: unknown[] = []): Promise<RowDataPacket> {
  return new Promise((resolve, reject) => {
    on.query<Rows>(sql, values, (error, rows) => (error ? reject(error) : resolve(rows[0]!)));
  });
}

/** The first row of a statement's result, by the promise API. */
export async function firstOf(on: PromisePool | PromiseConnection, sql: string): Promise<RowDataPacket> {
  const [rows] = await on.query<Rows>(sql);
  return rows[0]!;
}
