import type * as ormModule from 'drizzle-orm';
import type * as coreModule from 'drizzle-orm/mysql-core';
import type * as drizzleModule from 'drizzle-orm/mysql2';
import type * as mysql2Module from 'mysql2';
import type * as oursModule from 'node-mysqlpool/drizzle';
import { TABLE, type OpenDoor } from './door.js';
import { ours } from './ours.js';

export const open: OpenDoor = ({ isStock, url, size }) => {
  const { drizzle } = require('drizzle-orm/mysql2') as typeof drizzleModule;
  const { int, mysqlTable, varchar } = require('drizzle-orm/mysql-core') as typeof coreModule;
  const { eq } = require('drizzle-orm') as typeof ormModule;
  const options = { uri: url, supportBigNumbers: true, connectionLimit: size };
  const client = isStock
    ? (require('mysql2') as typeof mysql2Module).createPool(options)
    : (require(ours('drizzle')) as typeof oursModule).createPool(options);
  const db = drizzle({ client });
  const rows = mysqlTable(TABLE, { id: int().primaryKey(), name: varchar({ length: 60 }), n: int() });
  return {
    one: async (id) => (await db.select().from(rows).where(eq(rows.id, id)))[0],
    transaction: (id) =>
      db.transaction(async (tx) => {
        await tx.select().from(rows).where(eq(rows.id, id));
        await tx.update(rows).set({ n: id }).where(eq(rows.id, id));
      }),
    all: () => db.select().from(rows),
  };
};
