import type { MysqlConnection } from 'node-mysqlpool';
import type { RowDataPacket } from 'mysql2';
import type { MysqlConnector } from '#internal/mysql/connector.js';
import type { Driver, Login } from './server-bench.js';

/** Drives a connector whose connections are mysql2's. */
export const mysql2Driver = (make: (login: Login) => MysqlConnector): Driver<MysqlConnection> => ({
  make: (login) => {
    const connector = make(login);
    connector.serve({ name: 'conformance', maxSize: 2, onServerFacts: () => undefined });
    return connector;
  },
  // With a callback, which every class of mysql2 connections supports.
  run: (connection, sql) =>
    new Promise((resolve, reject) => {
      connection.query(sql, (error, rows) => {
        if (error) reject(error);
        else resolve(Array.isArray(rows) && rows.length > 0 ? Object.values(rows[0] as RowDataPacket)[0] : undefined);
      });
    }),
  idOf: ({ threadId }) => threadId!,
});
