import { MikroORM, type EntityManager } from '@mikro-orm/mysql';
import { configOf, isSeven, version, type SevenConnection } from './support/mikro-orm.js';
import type { OrmDriver, OrmTransaction, Row } from './support/orm-driver.js';
import { ormSuite } from './support/orm-suite.js';

const transactionOn = (em: EntityManager): OrmTransaction => ({
  query: (text) => em.execute<Row[]>(text),
  nested: (work) => em.transactional((inner) => work(transactionOn(inner))),
});

const mikroOrm: OrmDriver = {
  name: `MikroORM ${version}`,
  via: 'mikro-orm',
  streams: isSeven,
  reopens: isSeven,
  timeout: {
    name: 'DriverException',
    message: isSeven ? /no connection within \d+ ms/ : /^Knex: Timeout acquiring a connection/,
  },
  async open(options) {
    const orm = await MikroORM.init(configOf(options));
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
