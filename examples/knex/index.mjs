// node examples/knex/index.mjs mysql://user:password@host/database
import { createRequire } from 'node:module';
import knexFactory from 'knex';
import { MysqlPoolClient } from 'node-mysqlpool/knex';

const { version } = createRequire(import.meta.url)('knex/package.json');

const knex = knexFactory({
  client: MysqlPoolClient, // instead of 'mysql2'
  connection: process.argv[2] ?? process.env.DATABASE_URL,
  pool: { max: 3 },
  acquireConnectionTimeout: 5_000,
});

await knex.schema.dropTableIfExists('example_knex_orders');
await knex.schema.createTable('example_knex_orders', (table) => {
  table.increments('id');
  table.string('item', 50).notNullable();
});

let peak = 0;
async function work(n) {
  await knex.transaction(async (trx) => {
    await trx('example_knex_orders').insert({ item: `item ${n}` });
    const [{ count }] = await trx('information_schema.PROCESSLIST').count({ count: '*' }).whereRaw('DB = DATABASE()');
    peak = Math.max(peak, Number(count));
  });
}
await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));

let rows = 0;
for await (const row of knex('example_knex_orders').stream()) if (row.item) rows++;
await knex.schema.dropTable('example_knex_orders');
await knex.destroy();

const ok = peak === 3 && rows === 20;
console.log(`Knex ${version}: client: MysqlPoolClient; peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`);
process.exitCode = ok ? 0 : 1;
