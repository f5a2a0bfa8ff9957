// node examples/typeorm/index.mjs mysql://user:password@host/database
import { readFileSync } from 'node:fs';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { DataSource, EntitySchema } from 'typeorm';

const { version } = JSON.parse(readFileSync(new URL('../../node_modules/typeorm/package.json', import.meta.url)));

const Order = new EntitySchema({
  name: 'Order',
  tableName: 'example_typeorm_orders',
  columns: { id: { type: 'int', primary: true, generated: true }, item: { type: 'varchar', length: 50 } },
});

const source = new DataSource({
  type: 'mysql',
  driver: mysqlpool, // the one line
  url: process.argv[2] ?? process.env.DATABASE_URL,
  poolSize: 3,
  acquireTimeout: 5_000,
  entities: [Order],
  synchronize: true,
});
await source.initialize();

let peak = 0;
async function work(n) {
  await source.transaction(async (manager) => {
    await manager.save(Order, { item: `item ${n}` });
    const [{ count }] = await manager.query(
      'SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE DB = DATABASE()',
    );
    peak = Math.max(peak, Number(count));
  });
}
await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));

const rows = await source.getRepository(Order).count();
await source.dropDatabase();
await source.destroy();

const ok = peak === 3 && rows === 20;
console.log(`TypeORM ${version}: driver: mysqlpool; peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`);
process.exitCode = ok ? 0 : 1;
