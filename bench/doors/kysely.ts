import type * as kyselyModule from 'kysely';
import type * as mysql2Module from 'mysql2';
import type * as oursModule from 'node-mysqlpool/kysely';
import { TABLE, type OpenDoor } from './door.js';
import { ours } from './ours.js';

interface Tables {
  [TABLE]: { id: number; name: string; n: number };
}

export const open: OpenDoor = ({ isStock, url, size }) => {
  const { Kysely, MysqlDialect } = require('kysely') as typeof kyselyModule;
  const pool = isStock
    ? (require('mysql2') as typeof mysql2Module).createPool({ uri: url, connectionLimit: size })
    : (require(ours('kysely')) as typeof oursModule).createPool(url, { maxSize: size });
  const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool }) });
  return {
    one: (id) => db.selectFrom(TABLE).selectAll().where('id', '=', id).executeTakeFirst(),
    transaction: (id) =>
      db.transaction().execute(async (trx) => {
        await trx.selectFrom(TABLE).selectAll().where('id', '=', id).executeTakeFirst();
        await trx.updateTable(TABLE).set({ n: id }).where('id', '=', id).execute();
      }),
    all: () => db.selectFrom(TABLE).selectAll().execute(),
  };
};
