import { SHORT, type Door, type OpenDoor, type Place } from './door.js';

// Each ORM is loaded when it is opened, as some are not installed here and some adapters change the ORM they are for.
// Imported by a name that the compiler does not look for, it has no types: what is used of it is written down.
// oxlint-disable-next-line typescript/no-explicit-any -- a dozen packages, and a word or two of each
const load = (name: string): Promise<any> => import(name);

interface Raw {
  raw(sql: string): PromiseLike<unknown>;
  destroy(): Promise<unknown>;
}

/** Options of ours among those of an ORM's pool. */
const within = (own: object | undefined): object => (own === undefined ? {} : { mysqlpool: own });

async function openKnex(client: unknown, place: Place, max: number, acquire: number, own?: object): Promise<OpenDoor> {
  const { default: knexFactory } = (await load('knex')) as { readonly default: (config: object) => Raw };
  const log = { warn: () => undefined };
  const knex = knexFactory({ client, connection: { ...place }, pool: { min: 0, max, ...within(own) }, acquireConnectionTimeout: acquire, log }); // prettier-ignore
  return { query: async (sql) => knex.raw(sql), close: () => knex.destroy() };
}

const knex: Door = {
  name: 'Knex',
  stock: (place, max, acquire) => openKnex('mysql2', place, max, acquire),
  ours: async (place, max, acquire, own) =>
    openKnex((await load('node-mysqlpool/knex')).MysqlPoolClient, place, max, acquire, own),
};

interface LucidDatabase {
  rawQuery(sql: string): Promise<unknown>;
  readonly manager: { closeAll(): Promise<void> };
}

async function openLucid(connection: Place, max: number, acquire: number, own?: object): Promise<OpenDoor> {
  const { Database } = (await load('@adonisjs/lucid/database')) as {
    readonly Database: new (config: object, logger: object, emitter: object) => LucidDatabase;
  };
  const nothing = (): void => undefined;
  const logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };
  const mysql = {
    client: 'mysql2',
    connection: { ...connection },
    pool: { min: 0, max, acquireTimeoutMillis: acquire, ...within(own) },
  };
  const config = { connection: 'mysql', connections: { mysql } };
  const db = new Database(config, logger, { emit: nothing, on: nothing, hasListeners: () => false });
  return { query: (sql) => db.rawQuery(sql), close: () => db.manager.closeAll() };
}

const lucid: Door = {
  name: 'Lucid',
  stock: openLucid,
  async ours(place, max, acquire, own) {
    await load('node-mysqlpool/knex/register');
    return openLucid(place, max, acquire, own);
  },
};

async function openSequelize(
  { host, port, user, password, database }: Place,
  max: number,
  acquire: number,
  own?: object,
): Promise<OpenDoor> {
  const { Sequelize } = await load('sequelize');
  const options = { dialect: 'mysql', host, port, logging: false, pool: { max, acquire, ...within(own) } };
  const sequelize = new Sequelize(database, user, password, options);
  return { query: (sql) => sequelize.query(sql), close: () => sequelize.close() };
}

const sequelize: Door = {
  name: 'Sequelize 6',
  stock: openSequelize,
  async ours(place, max, acquire, own) {
    await load('node-mysqlpool/sequelize');
    return openSequelize(place, max, acquire, own);
  },
};

async function openSequelize7(
  dialect: unknown,
  place: Place,
  max: number,
  acquire: number,
  own?: object,
): Promise<OpenDoor> {
  const { Sequelize } = await load('@sequelize/core');
  const made = new Sequelize({ dialect, ...place, logging: false, pool: { max, acquire, ...within(own) } });
  return { query: (sql) => made.query(sql), close: () => made.close() };
}

const sequelize7: Door = {
  name: 'Sequelize 7',
  stock: async (place, max, acquire) =>
    openSequelize7((await load('@sequelize/mysql')).MySqlDialect, place, max, acquire),
  ours: async (place, max, acquire, own) =>
    openSequelize7((await load('node-mysqlpool/sequelize7')).MySqlPoolDialect, place, max, acquire, own),
};

async function openMikroOrm(driver: unknown, place: Place, max: number, acquire: number): Promise<OpenDoor> {
  const { database: dbName, ...account } = place;
  const { EntitySchema, MikroORM } = await load('@mikro-orm/mysql');
  const thing = new EntitySchema({ name: 'Thing', properties: { id: { type: 'number', primary: true } } });
  const pool = { min: 0, max, acquireTimeoutMillis: acquire };
  const logger = (): void => undefined;
  const orm = await MikroORM.init({
    driver,
    entities: [thing],
    dbName,
    ...account,
    pool,
    logger,
    ensureDatabase: false,
  });
  return { query: (sql) => orm.em.fork().execute(sql), close: () => orm.close(true) };
}

const mikroOrm = (name: string): Door => ({
  name,
  stock: async (place, max, acquire) => openMikroOrm((await load('@mikro-orm/mysql')).MySqlDriver, place, max, acquire),
  async ours(place, max, acquire, own) {
    const { MysqlPoolDriver } = await load('node-mysqlpool/mikro-orm');
    return openMikroOrm(own === undefined ? MysqlPoolDriver : MysqlPoolDriver.with(own), place, max, acquire);
  },
});

async function openTypeOrm(
  driver: unknown,
  place: Place,
  max: number,
  acquire: number,
  extra?: object,
): Promise<OpenDoor> {
  const { user: username, ...rest } = place;
  const { DataSource } = await load('typeorm');
  const options = { driver, username, ...rest, poolSize: max, acquireTimeout: acquire, extra };
  const source = new DataSource({ type: 'mysql', ...options });
  return {
    // A program's first word to TypeORM.
    async query(sql) {
      if (!source.isInitialized) await source.initialize();
      return source.query(sql);
    },
    close: async () => (source.isInitialized ? source.destroy() : undefined),
  };
}

const typeOrm: Door = {
  name: 'TypeORM',
  stock: (place, max, acquire) => openTypeOrm(undefined, place, max, acquire),
  ours: async (place, max, acquire, own) =>
    openTypeOrm((await load('node-mysqlpool/typeorm')).mysqlpool, place, max, acquire, own),
};

async function openKysely(pool: unknown): Promise<OpenDoor> {
  const { CompiledQuery, Kysely, MysqlDialect } = await load('kysely');
  const db = new Kysely({ dialect: new MysqlDialect({ pool }) });
  return { query: (sql) => db.executeQuery(CompiledQuery.raw(sql)), close: () => db.destroy() };
}

/** A pool made by mysql2 or by what stands in for it. */
async function poolOf(
  module: string,
  place: Place,
  connectionLimit: number,
  acquire: number,
  own?: object,
): Promise<unknown> {
  const ours = module === 'mysql2' ? {} : { acquireTimeout: acquire, ...own };
  return (await load(module)).createPool({ ...place, connectionLimit, ...ours });
}

const kysely: Door = {
  name: 'Kysely',
  stock: async (place, max, acquire) => openKysely(await poolOf('mysql2', place, max, acquire)),
  ours: async (place, maxSize, acquire, own) =>
    openKysely(
      (await load('node-mysqlpool/kysely')).createPool({ ...place, maxSize, acquireTimeout: acquire, ...own }),
    ),
};

/** A pool of mysql2's shape. */
interface CallbackPool {
  query(sql: string, done: (error: unknown, rows: unknown) => void): void;
  promise(): { end(): Promise<unknown> };
}

async function openDrizzle(made: Promise<unknown>): Promise<OpenDoor> {
  const { drizzle: open } = await load('drizzle-orm/mysql2');
  const { sql } = await load('drizzle-orm');
  const client = (await made) as CallbackPool;
  const db = open({ client });
  return { query: async (text) => db.execute(sql.raw(text)), close: () => client.promise().end() };
}

const drizzle: Door = {
  name: 'Drizzle',
  stock: (place, max, acquire) => openDrizzle(poolOf('mysql2', place, max, acquire)),
  ours: (place, max, acquire, own) => openDrizzle(poolOf('node-mysqlpool/drizzle', place, max, acquire, own)),
};

async function openMysql2(made: Promise<unknown>): Promise<OpenDoor> {
  const pool = (await made) as CallbackPool;
  const query = (sql: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      pool.query(sql, (error, rows) => (error instanceof Error ? reject(error) : resolve(rows)));
    });
  return { query, close: () => pool.promise().end() };
}

const mysql2: Door = {
  name: 'mysql2',
  stock: (place, max, acquire) => openMysql2(poolOf('mysql2', place, max, acquire)),
  ours: (place, max, acquire, own) => openMysql2(poolOf('node-mysqlpool/mysql2', place, max, acquire, own)),
};

async function openPrisma(adapter: unknown): Promise<OpenDoor> {
  // The client is generated elsewhere.
  const { PrismaClient } = require(process.env['MYSQLPOOL_TEST_PRISMA_CLIENT']!) as {
    readonly PrismaClient: new (options: object) => {
      readonly user: { count(): Promise<number> };
      $queryRawUnsafe(sql: string): Promise<unknown>;
      $disconnect(): Promise<void>;
    };
  };
  const prisma = new PrismaClient({ adapter });
  // What Prisma makes of an error of raw SQL is the same whatever it was.
  const query = (sql: string): Promise<unknown> =>
    sql === 'SELECT 1' ? prisma.user.count() : prisma.$queryRawUnsafe(sql);
  return { query, close: () => prisma.$disconnect() };
}

const prisma: Door = {
  name: 'Prisma',
  patience: 2 * SHORT,
  async stock(place, connectionLimit) {
    const { PrismaMariaDb } = await load('@prisma/adapter-mariadb');
    return openPrisma(new PrismaMariaDb({ ...place, connectionLimit, acquireTimeout: SHORT }));
  },
  async ours(place, maxSize, acquireTimeout, own) {
    const { PrismaMysqlPool } = await load('node-mysqlpool/prisma');
    return openPrisma(new PrismaMysqlPool({ ...place, maxSize, acquireTimeout, ...own }));
  },
};

export const DOORS: readonly Door[] = [
  knex,
  lucid,
  sequelize,
  sequelize7,
  mikroOrm('MikroORM 6'),
  mikroOrm('MikroORM 7'),
  typeOrm,
  kysely,
  drizzle,
  prisma,
  mysql2,
];
