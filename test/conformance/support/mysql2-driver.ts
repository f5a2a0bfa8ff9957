import type { MysqlConnection } from 'node-mysqlpool';
import type { RowDataPacket } from 'mysql2';
import type { MysqlConnector } from '#internal/mysql/connector.js';
import type { Driver, Login } from './server-bench.js';

/** A connector whose connections are mysql2's. */
export const mysql2Driver = (make: (login: Login) => MysqlConnector): Driver<MysqlConnection> => ({
  make: (login) => {
    const connector = make(login);
    connector.serve({ name: 'conformance', maxSize: 2, onServerFacts: () => undefined });
    return connector;
  },
  // By callback, which every class of connections has.
  run: (connection, sql) =>
    new Promise((resolve, reject) => {
      connection.query(sql, (error, rows) => {
        if (error) reject(error);
        else resolve(Array.isArray(rows) && rows.length > 0 ? Object.values(rows[0] as RowDataPacket)[0] : undefined);
      });
    }),
  idOf: ({ threadId }) => threadId!,
});
