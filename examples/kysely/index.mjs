// node examples/kysely/index.mjs mysql://user:password@host/database
import { readFileSync } from 'node:fs';
import { Kysely, MysqlDialect, sql } from 'kysely';
import { createPool } from 'node-mysqlpool/kysely';

const { version } = JSON.parse(readFileSync(new URL('../../node_modules/kysely/package.json', import.meta.url)));

const pool = createPool(process.argv[2] ?? process.env.DATABASE_URL, {
  name: 'shop',
  maxSize: 3,
  acquireTimeout: 5_000,
});
const db = new Kysely({ dialect: new MysqlDialect({ pool }) });

await db.schema.dropTable('example_kysely_orders').ifExists().execute();
await db.schema
  .createTable('example_kysely_orders')
  .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
  .addColumn('item', 'varchar(50)', (column) => column.notNull())
  .execute();

let peak = 0;
async function work(n) {
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('example_kysely_orders')
      .values({ item: `item ${n}` })
      .execute();
    const { rows } = await sql`
      SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE DB = DATABASE()`.execute(trx);
    peak = Math.max(peak, Number(rows[0].count));
  });
}
await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));

let rows = 0;
for await (const row of db.selectFrom('example_kysely_orders').selectAll().stream()) if (row.item) rows++;
await db.schema.dropTable('example_kysely_orders').execute();
await db.destroy(); // closes the pool

const ok = peak === 3 && rows === 20;
console.log(`Kysely ${version}: new MysqlDialect({ pool }); peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`);
process.exitCode = ok ? 0 : 1;
