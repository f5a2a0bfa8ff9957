import type * as mikroOrmModule from '@mikro-orm/mysql';
import type * as oursModule from 'node-mysqlpool/mikro-orm';
import { addressOf } from '../address.js';
import { ALL, CHANGE, ONE, TABLE, type OpenDoor, type TableRow } from './door.js';
import { ours } from './ours.js';

export const open: OpenDoor = async ({ isStock, url, size }) => {
  const { EntitySchema, MikroORM, MySqlDriver } = require('@mikro-orm/mysql') as typeof mikroOrmModule;
  const driver = isStock ? MySqlDriver : (require(ours('mikro-orm')) as typeof oursModule).MysqlPoolDriver;
  const { database: dbName, ...address } = addressOf(url);
  const entity = new EntitySchema<TableRow>({
    name: 'BenchRow',
    tableName: TABLE,
    properties: { id: { type: 'number', primary: true } },
  });
  const orm = await MikroORM.init({ driver, entities: [entity], dbName, ...address, pool: { min: 0, max: size } });
  return {
    one: async (id) => (await orm.em.fork().execute<TableRow[]>(ONE, [id]))[0],
    transaction: (id) =>
      orm.em.fork().transactional(async (em) => {
        await em.execute(ONE, [id]);
        await em.execute(CHANGE, [id, id], 'run');
      }),
    all: () => orm.em.fork().execute<TableRow[]>(ALL),
  };
};
