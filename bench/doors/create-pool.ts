import type { RowDataPacket } from 'mysql2';
import type * as oursModule from 'node-mysqlpool';
import { ALL, CHANGE, ONE, type OpenDoor, type TableRow } from './door.js';
import { open as openMysql2 } from './mysql2.js';
import { ours } from './ours.js';

/** Our own API; the stock subject is mysql2's. */
export const open: OpenDoor = (options) => {
  if (options.isStock) return openMysql2(options);
  const { createPool } = require(ours('.')) as typeof oursModule;
  const pool = createPool(options.url, { maxSize: options.size });
  return {
    one: async (id) => (await pool.query<RowDataPacket[]>(ONE, [id]))[0][0] as TableRow | undefined,
    transaction: (id) =>
      pool.transaction(async (tx) => {
        await tx.query(ONE, [id]);
        await tx.query(CHANGE, [id, id]);
      }),
    all: async () => (await pool.query<RowDataPacket[]>(ALL))[0] as TableRow[],
  };
};
