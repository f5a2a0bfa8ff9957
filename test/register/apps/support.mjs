// Code of an application: nothing here knows of node-mysqlpool.
import { EntitySchema, MikroORM } from '@mikro-orm/mysql';
import { drizzle } from 'drizzle-orm/mysql2';
import knexModule from 'knex';
import { CompiledQuery, Kysely, MysqlDialect } from 'kysely';
import { createPool } from 'mysql2';
import { Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';

const url = new URL(process.env.DATABASE_URL);

export const address = {
  host: url.hostname,
  port: Number(url.port),
  user: url.username,
  password: decodeURIComponent(url.password),
  database: url.pathname.slice(1),
};

/** Opens each ORM with its own pool. Resolves with one function per ORM, which runs a query. */
export async function openSix(size) {
  const { user: username, database: dbName, ...others } = address;
  const typeorm = await new DataSource({ type: 'mysql', ...address, username, poolSize: size }).initialize();
  const knex = knexModule({ client: 'mysql2', connection: address, pool: { min: 0, max: size } });
  const drizzled = drizzle({ connection: { ...address, connectionLimit: size } });
  const kysely = new Kysely({ dialect: new MysqlDialect({ pool: createPool({ ...address, connectionLimit: size }) }) });
  const sequelize = new Sequelize({ ...address, username, dialect: 'mysql', logging: false, pool: { max: size } });
  const Thing = new EntitySchema({ name: 'Thing', properties: { id: { type: 'number', primary: true } } });
  const mikro = await MikroORM.init({
    entities: [Thing],
    ...others,
    user: username,
    dbName,
    pool: { min: 0, max: size },
  });
  const orms = {
    typeorm: (sql) => typeorm.query(sql),
    knex: (sql) => knex.raw(sql),
    drizzle: (sql) => drizzled.execute(sql),
    kysely: (sql) => kysely.executeQuery(CompiledQuery.raw(sql)),
    sequelize: (sql) => sequelize.query(sql),
    mikroOrm: (sql) => mikro.em.getConnection().execute(sql),
  };
  const closeAll = () =>
    Promise.all([
      typeorm.destroy(),
      knex.destroy(),
      drizzled.$client.promise().end(),
      kysely.destroy(),
      sequelize.close(),
      mikro.close(),
    ]);
  return { orms, closeAll };
}

/** How many of the promises were rejected; the first error is printed. */
export async function settle(work) {
  const failures = (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected');
  if (failures.length > 0) console.error(failures[0].reason);
  return failures.length;
}
