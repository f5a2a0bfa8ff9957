// node examples/sequelize/index.mjs mysql://user:password@host/database
import 'node-mysqlpool/sequelize'; // the line that is new
import { DataTypes, QueryTypes, Sequelize } from 'sequelize';

const sequelize = new Sequelize(process.argv[2] ?? process.env.DATABASE_URL, {
  dialect: 'mysql',
  pool: { max: 3, acquire: 5_000 },
  logging: false,
});

const Order = sequelize.define(
  'Order',
  { item: { type: DataTypes.STRING(50), allowNull: false } },
  { tableName: 'example_sequelize_orders', timestamps: false },
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
console.log(
  `Sequelize ${Sequelize.version}: import 'node-mysqlpool/sequelize'; peak ${peak} of 3 connections; ${ok ? 'ok' : 'FAILED'}`,
);
process.exitCode = ok ? 0 : 1;
