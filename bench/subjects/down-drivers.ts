import { createPool as createGenericPool } from 'generic-pool';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { Pool as TarnPool } from 'tarn';
import { DRIVERS, type Driver, type DriverFactory, type DriverOptions, type Loan } from './driver.js';

/** Opens a mysql2 connection for a generic pool. */
function open({ url, limit = 0 }: DriverOptions): Promise<Connection> {
  return createConnection({ uri: url, connectTimeout: limit }).then((connection) => {
    // Without a listener a lost connection would end the process.
    connection.on('error', () => undefined);
    return connection;
  });
}

function loanOf(connection: Connection, limit: number, release: () => void, destroy: () => void): Loan {
  return {
    query: async (sql) => (await connection.query<RowDataPacket[]>({ sql, timeout: limit }))[0],
    release,
    destroy,
  };
}

const noQuery = (): Promise<never> => Promise.reject(new Error('borrow a connection'));

/** tarn with mysql2 connections. As in Knex, a connection whose statement failed is marked and not lent again. */
function tarn(options: DriverOptions): Driver {
  const { size, limit = 0 } = options;
  const spoiled = new WeakSet<Connection>();
  const pool = new TarnPool<Connection>({
    min: 0,
    max: size,
    acquireTimeoutMillis: limit,
    createTimeoutMillis: limit,
    create: () => open(options),
    validate: (connection) => !spoiled.has(connection),
    destroy: (connection) => connection.destroy(),
  });
  return {
    query: noQuery,
    acquire: async () => {
      const connection = await pool.acquire().promise;
      const back = (): void => void pool.release(connection);
      return loanOf(connection, limit, back, () => {
        spoiled.add(connection);
        back();
      });
    },
  };
}

/** generic-pool with mysql2 connections, each of which is pinged before it is lent. */
function genericPool(options: DriverOptions): Driver {
  const { size, limit = 0 } = options;
  const alive = (connection: Connection): Promise<boolean> =>
    connection.query({ sql: 'SELECT 1', timeout: limit }).then(
      () => true,
      () => false,
    );
  const pool = createGenericPool<Connection>(
    { create: () => open(options), destroy: async (connection) => connection.destroy(), validate: alive },
    { max: size, acquireTimeoutMillis: limit, testOnBorrow: true },
  );
  pool.on('factoryCreateError', () => undefined);
  return {
    query: noQuery,
    acquire: async () => {
      const connection = await pool.acquire();
      return loanOf(
        connection,
        limit,
        () => void pool.release(connection),
        () => void pool.destroy(connection),
      );
    },
  };
}

/** The pools for the benchmark of an unreachable server, by name, ours first. */
export const DOWN_DRIVERS: Readonly<Record<string, DriverFactory>> = {
  mysqlpool: DRIVERS['mysqlpool']!,
  mysql2: DRIVERS['mysql2']!,
  mariadb: DRIVERS['mariadb']!,
  tarn,
  'generic-pool': genericPool,
};
