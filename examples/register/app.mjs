// An application with six ORMs, each with a pool of 20. Nothing in it knows of node-mysqlpool.
import { EntitySchema, MikroORM } from '@mikro-orm/mysql';
import { drizzle } from 'drizzle-orm/mysql2';
import knexModule from 'knex';
import { CompiledQuery, Kysely, MysqlDialect } from 'kysely';
import { createPool } from 'mysql2';
import { Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';

const url = new URL(process.env.DATABASE_URL);
const [host, port, database] = [url.hostname, Number(url.port), url.pathname.slice(1)];
const [user, password] = [url.username, decodeURIComponent(url.password)];
const address = { host, port, user, password, database };

const typeorm = await new DataSource({ type: 'mysql', ...address, username: user, poolSize: 20 }).initialize();
const knex = knexModule({ client: 'mysql2', connection: address, pool: { min: 0, max: 20 } });
const drizzled = drizzle({ connection: { ...address, connectionLimit: 20 } });
const kysely = new Kysely({ dialect: new MysqlDialect({ pool: createPool({ ...address, connectionLimit: 20 }) }) });
const sequelize = new Sequelize({ ...address, username: user, dialect: 'mysql', logging: false, pool: { max: 20 } });
const Thing = new EntitySchema({ name: 'Thing', properties: { id: { type: 'number', primary: true } } });
const mikro = await MikroORM.init({ entities: [Thing], ...address, dbName: database, pool: { min: 0, max: 20 } });

const SQL = `SELECT SLEEP(0.005) AS slept,
  (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE()) AS connections_counted`;
const queries = [
  () => typeorm.query(SQL),
  () => knex.raw(SQL),
  () => drizzled.execute(SQL),
  () => kysely.executeQuery(CompiledQuery.raw(SQL)),
  () => sequelize.query(SQL),
  () => mikro.em.getConnection().execute(SQL),
];
const work = queries.flatMap((query) => Array.from({ length: 40 }, query));
const results = await Promise.allSettled(work);
const failed = results.filter(({ status }) => status === 'rejected').length;
const answers = JSON.stringify(
  results.map(({ value }) => value),
  (_, value) => (typeof value === 'bigint' ? Number(value) : value),
);
const peak = Math.max(...[...answers.matchAll(/"connections_counted":"?(\d+)/g)].map(([, count]) => Number(count)));

await Promise.all([typeorm.destroy(), knex.destroy(), kysely.destroy(), sequelize.close(), mikro.close()]);
await drizzled.$client.promise().end();
console.log(JSON.stringify({ queries: work.length, failed, peak }));
