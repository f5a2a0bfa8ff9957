// node examples/drizzle/index.mjs mysql://user:password@host/database
import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/mysql2';
import { createPool } from 'node-mysqlpool/drizzle';

const { version } = JSON.parse(readFileSync(new URL('../../node_modules/drizzle-orm/package.json', import.meta.url)));

const orders = mysqlTable('example_drizzle_orders', {
  id: int().primaryKey().autoincrement(),
  item: varchar({ length: 50 }).notNull(),
});

const pool = createPool({ uri: process.argv[2] ?? process.env.DATABASE_URL, maxSize: 3, acquireTimeout: 5_000 });
const db = drizzle({ client: pool });

await db.execute(sql`DROP TABLE IF EXISTS ${orders}`);
await db.execute(sql`CREATE TABLE ${orders} (id INT AUTO_INCREMENT PRIMARY KEY, item VARCHAR(50) NOT NULL)`);

let peak = 0;
async function work(n) {
  await db.transaction(async (tx) => {
    await tx.insert(orders).values({ item: `item ${n}` });
    const [[{ count }]] = await tx.execute(
      sql`SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE DB = DATABASE()`,
    );
    peak = Math.max(peak, Number(count));
  });
}
await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));

let rows = 0;
for await (const row of db.select().from(orders).iterator()) if (row.item) rows++;
await db.execute(sql`DROP TABLE ${orders}`);
await pool.promise().end();

const ok = peak === 3 && rows === 20;
console.log(`Drizzle ${version}: drizzle({ client: pool }); peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`);
process.exitCode = ok ? 0 : 1;
