import type * as knexModule from 'knex';
import type * as oursModule from 'node-mysqlpool/knex';
import { addressOf } from '../address.js';
import { CHANGE, TABLE, type OpenDoor, type TableRow } from './door.js';
import { ours } from './ours.js';

export const open: OpenDoor = ({ isStock, url, size }) => {
  const { knex } = require('knex') as typeof knexModule;
  const client = isStock ? 'mysql2' : (require(ours('knex')) as typeof oursModule).MysqlPoolClient;
  const db = knex({ client, connection: { ...addressOf(url) }, pool: { min: 0, max: size } });
  return {
    one: (id) => db<TableRow>(TABLE).where({ id }).first(),
    transaction: (id) =>
      db.transaction(async (trx) => {
        await trx(TABLE).where({ id }).first();
        await trx.raw(CHANGE, [id, id]);
      }),
    all: () => db<TableRow>(TABLE).select(),
  };
};
