import type * as sequelizeModule from 'sequelize';
import type { Transaction } from 'sequelize';
import { addressOf } from '../address.js';
import { ALL, CHANGE, ONE, type OpenDoor, type TableRow } from './door.js';
import { ours } from './ours.js';

export const open: OpenDoor = ({ isStock, url, size }) => {
  if (!isStock) require(ours('sequelize'));
  const { QueryTypes, Sequelize } = require('sequelize') as typeof sequelizeModule;
  const { host, port, user, password, database } = addressOf(url);
  const sequelize = new Sequelize(database, user, password, {
    dialect: 'mysql', host, port, pool: { max: size }, logging: false,
  }); // prettier-ignore
  const select = (sql: string, replacements: unknown[], transaction: Transaction | null = null): Promise<TableRow[]> =>
    sequelize.query<TableRow>(sql, { type: QueryTypes.SELECT, replacements, transaction });
  return {
    one: async (id) => (await select(ONE, [id]))[0],
    transaction: (id) =>
      sequelize.transaction(async (transaction) => {
        await select(ONE, [id], transaction);
        await sequelize.query(CHANGE, { type: QueryTypes.UPDATE, replacements: [id, id], transaction });
      }),
    all: () => select(ALL, []),
  };
};
