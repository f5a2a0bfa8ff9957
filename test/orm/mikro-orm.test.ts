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

const transactionOn = (em: EntityManager): OrmTransaction => ({
  query: (text) => em.execute<Row[]>(text),
  nested: (work) => em.transactional((inner) => work(transactionOn(inner))),
});

const mikroOrm: OrmDriver = {
  name: 'MikroORM 6.6.16',
  streams: false,
  timeout: { name: 'DriverException', message: /Knex: Timeout acquiring a connection/ },
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
      stream: () => {
        throw new Error('MikroORM 6 does not stream');
      },
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
