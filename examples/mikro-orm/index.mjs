// node examples/mikro-orm/index.mjs mysql://user:password@host/database
import { createRequire } from 'node:module';
import { EntitySchema, MikroORM } from '@mikro-orm/mysql';
import { MysqlPoolDriver } from 'node-mysqlpool/mikro-orm';

const { version } = createRequire(import.meta.url)('@mikro-orm/core/package.json');

const Order = new EntitySchema({
  name: 'Order',
  tableName: 'example_mikro_orm_orders',
  properties: { id: { type: 'number', primary: true, autoincrement: true }, item: { type: 'string', length: 50 } },
});

const orm = await MikroORM.init({
  driver: MysqlPoolDriver, // instead of MySqlDriver
  clientUrl: process.argv[2] ?? process.env.DATABASE_URL,
  entities: [Order],
  pool: { max: 3 },
});

await orm.em.execute('DROP TABLE IF EXISTS example_mikro_orm_orders');
await orm.em.execute(
  'CREATE TABLE example_mikro_orm_orders (id INT AUTO_INCREMENT PRIMARY KEY, item VARCHAR(50) NOT NULL)',
);

let peak = 0;
async function work(n) {
  await orm.em.fork().transactional(async (em) => {
    await em.insert(Order, { item: `item ${n}` });
    const [{ count }] = await em.execute(
      'SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE DB = DATABASE()',
    );
    peak = Math.max(peak, Number(count));
  });
}
await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));

const rows = await orm.em.fork().count(Order);
await orm.em.execute('DROP TABLE example_mikro_orm_orders');
await orm.close();

const ok = peak === 3 && rows === 20;
console.log(`MikroORM ${version}: driver: MysqlPoolDriver; peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`);
process.exitCode = ok ? 0 : 1;
