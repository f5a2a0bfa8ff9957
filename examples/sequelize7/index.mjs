// node examples/sequelize7/index.mjs mysql://user:password@host/database
import { createRequire } from 'node:module';
import { DataTypes, QueryTypes, Sequelize } from '@sequelize/core';
import { MySqlPoolDialect } from 'node-mysqlpool/sequelize7';

const { version } = createRequire(import.meta.url)('@sequelize/core/package.json');

const sequelize = new Sequelize({
  dialect: MySqlPoolDialect, // instead of MySqlDialect
  url: process.argv[2] ?? process.env.DATABASE_URL,
  pool: { max: 3, acquire: 5_000 },
});

const Order = sequelize.define(
  'Order',
  { item: { type: DataTypes.STRING(50), allowNull: false } },
  { tableName: 'example_sequelize7_orders', timestamps: false },
);
await Order.sync({ force: true });

let peak = 0;
async function work(n) {
  await sequelize.transaction(async (transaction) => {
    await Order.create({ item: `item ${n}` }, { transaction });
    const sql = 'SELECT COUNT(*) AS count FROM information_schema.PROCESSLIST WHERE DB = DATABASE()';
    const [{ count }] = await sequelize.query(sql, { type: QueryTypes.SELECT, transaction });
    peak = Math.max(peak, Number(count));
  });
}
await Promise.all(Array.from({ length: 20 }, (_, n) => work(n)));

const rows = await Order.count();
await Order.drop();
await sequelize.close();

const ok = peak === 3 && rows === 20;
console.log(`Sequelize ${version}: dialect: MySqlPoolDialect; peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`);
process.exitCode = ok ? 0 : 1;
