import type { EventEmitter } from 'node:events';
import { createPool as createMariadbPool, type PoolConfig } from 'mariadb';
import {
  createConnection,
  createPool as createMysql2Pool,
  type PoolConnection,
  type RowDataPacket,
} from 'mysql2/promise';
import { createPool } from 'node-mysqlpool';
import { addressOf } from '../address.js';
import { bunSql } from './bun-sql.js';

export type Answer = readonly Readonly<Record<string, unknown>>[];

/** A borrowed connection to a real server. */
export interface Loan {
  query(sql: string): Promise<Answer>;
  release(): unknown;
  /** Ends the loan and closes the connection. */
  destroy(): unknown;
}

/** A pool of connections to a real server. */
export interface Driver {
  /** Runs one statement with the pool's own method for that. `task` is the number of the borrower, from 0. */
  query(sql: string, task: number): Promise<Answer>;
  acquire(): Promise<Loan>;
}

export interface DriverOptions {
  readonly url: string;
  readonly size: number;
  /** The time-out, in ms, of an acquire, of opening a connection, and of a statement on a loan. */
  readonly limit?: number;
}

export type DriverFactory = (options: DriverOptions) => Driver | Promise<Driver>;

/** Our pool with default options. */
function ours({ url, size, limit }: DriverOptions): Driver {
  const limits = limit === undefined ? {} : { acquireTimeout: limit, connectTimeout: limit };
  const pool = createPool(url, { maxSize: size, ...limits });
  return {
    query: async (sql) => (await pool.query<RowDataPacket[]>(sql))[0],
    acquire: async () => {
      const lease = await pool.acquire();
      const ask = (sql: string): string | { sql: string; timeout: number } =>
        limit === undefined ? sql : { sql, timeout: limit };
      return {
        query: async (sql) => (await lease.query<RowDataPacket[]>(ask(sql)))[0],
        release: () => lease.release(),
        destroy: () => lease.destroy(),
      };
    },
  };
}

const loanOf = (connection: PoolConnection, limit: number | undefined): Loan => ({
  query: async (sql) =>
    (await connection.query<RowDataPacket[]>(limit === undefined ? { sql } : { sql, timeout: limit }))[0],
  release: () => connection.release(),
  destroy: () => connection.destroy(),
});

const mysql2 =
  (resetOnRelease: boolean): DriverFactory =>
  ({ url, size, limit }) => {
    const connectTimeout = limit === undefined ? {} : { connectTimeout: limit };
    const pool = createMysql2Pool({ ...addressOf(url), connectionLimit: size, resetOnRelease, ...connectTimeout });
    return {
      query: async (sql) => (await pool.query<RowDataPacket[]>(sql))[0],
      acquire: async () => loanOf(await pool.getConnection(), limit),
    };
  };

const mariadb =
  (resetAfterUse: boolean): DriverFactory =>
  ({ url, size, limit }) => {
    const limits = limit === undefined ? {} : { acquireTimeout: limit, connectTimeout: limit, socketTimeout: limit };
    const config: PoolConfig = { ...addressOf(url), connectionLimit: size, resetAfterUse, ...limits };
    const pool = createMariadbPool({ ...config, allowPublicKeyRetrieval: true });
    // The pool emits failed connections as 'error' events, even if no caller waits for one.
    (pool as unknown as EventEmitter).on('error', () => undefined);
    return {
      query: (sql) => pool.query<Answer>(sql),
      acquire: async () => {
        const connection = await pool.getConnection();
        return {
          query: (sql) => connection.query<Answer>(sql),
          release: () => connection.release(),
          destroy: () => connection.destroy(),
        };
      },
    };
  };

/** No pool: each borrower has its own connection. */
async function bare({ url, size }: DriverOptions): Promise<Driver> {
  const connections = await Promise.all(Array.from({ length: size }, () => createConnection(addressOf(url))));
  return {
    query: async (sql, task) => (await connections[task]!.query<RowDataPacket[]>(sql))[0],
    acquire: () => Promise.reject(new Error('there is nothing to be borrowed')),
  };
}

export const BARE = 'bare connections';
export const WITH_RESET = 'mysql2, reset';
export const MARIADB_RESET = 'mariadb, reset';
export const BUN_SQL = 'Bun.SQL';

/** Pools of connections to a real server, by name, ours first. */
export const DRIVERS: Readonly<Record<string, DriverFactory>> = {
  mysqlpool: ours,
  mysql2: mysql2(false),
  [WITH_RESET]: mysql2(true),
  mariadb: mariadb(false),
  [MARIADB_RESET]: mariadb(true),
  [BARE]: bare,
  [BUN_SQL]: bunSql,
};
