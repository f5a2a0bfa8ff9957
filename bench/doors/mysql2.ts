import type { RowDataPacket } from 'mysql2';
import type * as mysql2Module from 'mysql2/promise';
import { ALL, CHANGE, ONE, type OpenDoor, type TableRow } from './door.js';
import { ours } from './ours.js';

/** The drop-in: mysql2's promise API, from our package or from mysql2. */
export const open: OpenDoor = ({ isStock, url, size }) => {
  const name = isStock ? 'mysql2/promise' : ours('mysql2/promise');
  const { createPool } = require(name) as typeof mysql2Module;
  const pool = createPool({ uri: url, connectionLimit: size });
  return {
    one: async (id) => (await pool.query<RowDataPacket[]>(ONE, [id]))[0][0] as TableRow | undefined,
    transaction: async (id) => {
      const connection = await pool.getConnection();
      try {
        await connection.beginTransaction();
        await connection.query(ONE, [id]);
        await connection.query(CHANGE, [id, id]);
        await connection.commit();
      } catch (error) {
        await connection.rollback();
        throw error;
      } finally {
        connection.release();
      }
    },
    all: async () => (await pool.query<RowDataPacket[]>(ALL))[0] as TableRow[],
  };
};
