import type * as oursModule from 'node-mysqlpool/typeorm';
import type * as typeormModule from 'typeorm';
import { addressOf } from '../address.js';
import { ALL, CHANGE, ONE, type OpenDoor, type TableRow } from './door.js';
import { ours } from './ours.js';

export const open: OpenDoor = async ({ isStock, url, size }) => {
  const { DataSource } = require('typeorm') as typeof typeormModule;
  const driver = isStock ? {} : { driver: (require(ours('typeorm')) as typeof oursModule).mysqlpool };
  const { user: username, ...address } = addressOf(url);
  const source = new DataSource({ type: 'mysql', ...driver, ...address, username, poolSize: size });
  await source.initialize();
  return {
    one: async (id) => (await source.query<TableRow[]>(ONE, [id]))[0],
    transaction: (id) =>
      source.transaction(async (manager) => {
        await manager.query(ONE, [id]);
        await manager.query(CHANGE, [id, id]);
      }),
    all: () => source.query<TableRow[]>(ALL),
  };
};
