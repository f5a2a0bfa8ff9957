import { once } from 'node:events';
import { promisify } from 'node:util';
import { Sequelize as Sequelize7 } from '@sequelize/core';
import { MikroORM } from '@mikro-orm/mysql';
import { knex as knexFactory } from 'knex';
import { CompiledQuery, Kysely, MysqlDialect } from 'kysely';
import type { Connection } from 'mysql2';
import type { Connection as PromiseConnection } from 'mysql2/promise';
import { createPool } from 'node-mysqlpool';
import { createPool as createDrizzlePool } from 'node-mysqlpool/drizzle';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { createPool as createKyselyPool } from 'node-mysqlpool/kysely';
import * as mysql2 from 'node-mysqlpool/mysql2';
import * as promises from 'node-mysqlpool/mysql2/promise';
import { MysqlPoolDriver } from 'node-mysqlpool/mikro-orm';
import { PrismaMysqlPool } from 'node-mysqlpool/prisma';
import 'node-mysqlpool/sequelize';
import { MySqlPoolDialect } from 'node-mysqlpool/sequelize7';
import { closeAll, configure, connections } from 'node-mysqlpool/settings';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { Sequelize } from 'sequelize';
import { DataSource } from 'typeorm';

/** Where a door leads, and what is to be checked there. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly ssl: { readonly ca: string; readonly verifyIdentity: boolean };
}

/** Runs a statement on a new connection, and closes that. */
type Door = (place: Place) => Promise<unknown>;

const SQL = 'SELECT 1';

async function closing(work: Promise<unknown>, close: () => unknown): Promise<void> {
  try {
    await work;
  } finally {
    await close();
  }
}

const urlOf = ({ host, port, user, password, ssl }: Place): string =>
  `mysql://${user}:${password}@${host}:${port}/?ssl=${encodeURIComponent(JSON.stringify(ssl))}`;

async function single(connection: Connection): Promise<void> {
  await once(connection, 'connect');
  await promisify<string, unknown>(connection.query.bind(connection))(SQL);
  connection.end();
}

async function singlePromise(opening: Promise<PromiseConnection>): Promise<void> {
  const connection = await opening;
  await connection.query(SQL);
  await connection.end();
}

/** All ways to a connection that this package opens itself, in this process. */
export const DOORS: Readonly<Record<string, Door>> = {
  createPool: async (place) => {
    await using pool = createPool(place);
    await pool.query(SQL);
  },
  'createPool with a URL': async (place) => {
    await using pool = createPool(urlOf(place));
    await pool.query(SQL);
  },
  settings: (place) => {
    const { host: HOST, port: PORT, user: USER, password: PASSWORD, ssl } = place;
    const OPTIONS = { ssl: { ca: ssl.ca }, ...(ssl.verifyIdentity && { ssl_mode: 'VERIFY_IDENTITY' }) };
    configure({ DATABASES: { default: { HOST, PORT, USER, PASSWORD, OPTIONS } } });
    return closing(connections.default.query(SQL), () => closeAll({ timeout: 0 }));
  },
  "mysql2's createPool": (place) => {
    const pool = mysql2.createPool(place);
    return closing(pool.promise().query(SQL), () => pool.promise().end());
  },
  "mysql2's createPool with promises": (place) => {
    const pool = promises.createPool(place);
    return closing(pool.query(SQL), () => pool.end());
  },
  "mysql2's createPoolCluster": (place) => {
    const cluster = promises.createPoolCluster();
    cluster.add('one', place);
    return closing(cluster.of('one').query(SQL), () => cluster.end());
  },
  "mysql2's createConnection": (place) => single(mysql2.createConnection(place)),
  "mysql2's createConnection with a URL": (place) => single(mysql2.createConnection(urlOf(place))),
  "mysql2's connect": (place) => single(mysql2.connect(place)),
  "mysql2's createConnectionPromise": (place) => singlePromise(mysql2.createConnectionPromise(place)),
  "mysql2's createConnection with promises": (place) => singlePromise(promises.createConnection(place)),
  "TypeORM's createConnection": (place) => single(mysqlpool.createConnection(place)),
  TypeORM: async ({ user: username, ...place }) => {
    const source = new DataSource({ type: 'mysql', driver: mysqlpool, username, database: 'mysql', ...place });
    await source.initialize();
    return closing(source.query(SQL), () => source.destroy());
  },
  Knex: (connection) => {
    const knex = knexFactory({ client: MysqlPoolClient, connection });
    return closing(Promise.resolve(knex.raw(SQL)), () => knex.destroy());
  },
  'Sequelize 6': ({ host, port, user: username, password, ssl }) => {
    const options = { dialect: 'mysql', host, port, username, password, logging: false } as const;
    const sequelize = new Sequelize({ ...options, dialectOptions: { ssl } });
    return closing(sequelize.query(SQL), () => sequelize.close());
  },
  'Sequelize 7': ({ ssl, ...place }) => {
    // A copy, as it freezes what it is given.
    const sequelize = new Sequelize7({ dialect: MySqlPoolDialect, logging: false, ...place, ssl: { ...ssl } });
    return closing(sequelize.query(SQL), () => sequelize.close());
  },
  Kysely: (place) => {
    const db = new Kysely<object>({ dialect: new MysqlDialect({ pool: createKyselyPool(place) }) });
    return closing(db.executeQuery(CompiledQuery.raw(SQL)), () => db.destroy());
  },
  MikroORM: async ({ ssl, ...place }) => {
    const options = {
      driver: MysqlPoolDriver,
      dbName: 'mysql',
      connect: false,
      discovery: { warnWhenNoEntities: false },
    };
    const orm = await MikroORM.init({ ...options, ...place, driverOptions: { connection: { ssl } } });
    return closing(orm.em.getConnection().execute(SQL), () => orm.close(true));
  },
  Drizzle: (place) => {
    const pool = createDrizzlePool(place).promise();
    return closing(pool.query(SQL), () => pool.end());
  },
  Prisma: async (place) => {
    const adapter = await new PrismaMysqlPool(place).connect();
    return closing(adapter.executeScript(SQL), () => adapter.dispose());
  },
};
