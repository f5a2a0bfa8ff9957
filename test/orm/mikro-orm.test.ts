import { EntitySchema, MikroORM, type EntityManager } from '@mikro-orm/mysql';
import { MysqlPoolDriver } from 'node-mysqlpool/mikro-orm';
import type { OrmDriver, OrmTransaction, Row } from './support/orm-driver.js';
import { ormSuite } from './support/orm-suite.js';

interface Thing {
  id: number;
  v: string;
}

const Thing = new EntitySchema<Thing>({
  name: 'Thing',
  tableName: 't',
  properties: { id: { type: 'number', primary: true }, v: { type: 'string' } },
});

interface SevenConnection {
  stream(query: string): AsyncIterable<Row>;
}

const transactionOn = (em: EntityManager): OrmTransaction => ({
  query: (text) => em.execute<Row[]>(text),
  nested: (work) => em.transactional((inner) => work(transactionOn(inner))),
});

// This file is run with MikroORM 6, and by mikro-orm7.test.ts with MikroORM 7, which is built on Kysely.
const { version } = require('@mikro-orm/core/package.json') as { readonly version: string };
const isSeven = version.startsWith('7.');

const mikroOrm: OrmDriver = {
  name: `MikroORM ${version}`,
  streams: isSeven,
  reopens: isSeven,
  timeout: {
    name: 'DriverException',
    message: isSeven ? /no connection within 1\d\d ms/ : /^Knex: Timeout acquiring a connection/,
  },
  async open({ host, port, user, password, database, maxSize, acquireTimeout }) {
    const orm = await MikroORM.init({
      driver: MysqlPoolDriver,
      entities: [Thing],
      dbName: database,
      host,
      port,
      user,
      password,
      pool: { min: 0, max: maxSize, acquireTimeoutMillis: acquireTimeout },
    });
    return {
      query: (text) => orm.em.fork().execute<Row[]>(text),
      transaction: (work) => orm.em.fork().transactional((em) => work(transactionOn(em))),
      stream: (text) => (orm.em.fork().getConnection() as unknown as SevenConnection).stream(text),
      async take() {
        const em = orm.em.fork();
        await em.begin();
        return () => em.rollback();
      },
      close: () => orm.close(true),
    };
  },
};

ormSuite(mikroOrm);
