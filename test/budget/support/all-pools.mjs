// Uses every entry point of the package in one process. Each wants more connections than the limit over all pools, and
// none is given that limit explicitly.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const load = createRequire(pathToFileURL(`${process.env.PROJECT}/package.json`));
const uri = process.env.DATABASE_URL;
const { hostname: host, port, username: user, password, pathname } = new URL(uri);
const connection = { host, port: Number(port), user, password, database: pathname.slice(1) };
const SIZE = 5;

const { configure, createPool } = load('node-mysqlpool');
if (process.env.LIMIT) configure({ MYSQLPOOL_MAX_TOTAL: Number(process.env.LIMIT) });

const own = createPool(uri, { maxSize: SIZE });
const { Kysely, MysqlDialect, CompiledQuery } = load('kysely');
const kysely = new Kysely({
  dialect: new MysqlDialect({ pool: load('node-mysqlpool/kysely').createPool(uri, { maxSize: SIZE }) }),
});
const { MysqlPoolClient } = load('node-mysqlpool/knex');
const knex = load('knex').knex({ client: MysqlPoolClient, connection, pool: { min: 0, max: SIZE } });
load('node-mysqlpool/sequelize');
const { Sequelize } = load('sequelize');
const sequelize = new Sequelize({
  ...connection,
  username: user,
  dialect: 'mysql',
  logging: false,
  pool: { max: SIZE },
});
const dropIn = load('node-mysqlpool/mysql2').createPool({ uri, connectionLimit: SIZE });

const SQL = 'SELECT SLEEP(0.01)';
const doors = [
  () => own.query(SQL),
  () => kysely.executeQuery(CompiledQuery.raw(SQL)),
  () => knex.raw(SQL),
  () => sequelize.query(SQL),
  () => dropIn.promise().query(SQL),
];
const work = Array.from({ length: 10 }, () => doors.map((ask) => ask())).flat();
const failures = (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected');
if (failures.length > 0) console.error(failures[0].reason);
console.log(JSON.stringify({ failed: failures.length }));
await Promise.all([own.close(), kysely.destroy(), knex.destroy(), sequelize.close(), dropIn.promise().end()]);
