// node examples/objection/index.mjs mysql://user:password@host/database
import { createRequire } from 'node:module';
import knexFactory from 'knex';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { Model } from 'objection';

const { version } = createRequire(import.meta.url)('objection/package.json');

const knex = knexFactory({
  client: MysqlPoolClient, // instead of 'mysql2'
  connection: process.argv[2] ?? process.env.DATABASE_URL,
  pool: { max: 3 },
});
Model.knex(knex);

class Order extends Model {
  static tableName = 'example_objection_orders';
}

await knex.schema.dropTableIfExists(Order.tableName);
await knex.schema.createTable(Order.tableName, (table) => {
  table.increments('id');
  table.string('item', 50).notNullable();
});

let peak = 0;
async function work(n) {
  await Order.transaction(async (trx) => {
    await Order.query(trx).insert({ item: `item ${n}` });
    const [{ count }] = await trx('information_schema.PROCESSLIST').count({ count: '*' }).whereRaw('DB = DATABASE()');
    peak = Math.max(peak, Number(count));
  });
}
await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));

const rows = await Order.query().resultSize();
await knex.schema.dropTable(Order.tableName);
await knex.destroy();

const ok = peak === 3 && rows === 20;
console.log(`Objection ${version}: client: MysqlPoolClient; peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`);
process.exitCode = ok ? 0 : 1;
