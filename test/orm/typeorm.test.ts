import { mysqlpool } from 'node-mysqlpool/typeorm';
import { DataSource, type QueryRunner } from 'typeorm';
import type { OrmDriver, OrmTransaction, Row } from './support/orm-driver.js';
import { ormSuite } from './support/orm-suite.js';

const transactionOn = (runner: QueryRunner): OrmTransaction => ({
  query: (sql) => runner.query(sql) as Promise<Row[]>,
  nested: (work) => runner.manager.transaction((manager) => work(transactionOn(manager.queryRunner!))),
});

const typeorm: OrmDriver = {
  name: 'TypeORM 1.1.1',
  streams: true,
  timeout: { name: 'Error', message: /no connection within 1\d\d ms/ },
  async open({ kind, host, port, user, password, database, maxSize, acquireTimeout }) {
    const source = new DataSource({
      type: kind, driver: mysqlpool, host, port, username: user, password, database, poolSize: maxSize, acquireTimeout,
    }); // prettier-ignore
    await source.initialize();
    return {
      query: (sql) => source.query(sql) as Promise<Row[]>,
      transaction: (work) => source.transaction((manager) => work(transactionOn(manager.queryRunner!))),
      async *stream(sql) {
        const runner = source.createQueryRunner();
        try {
          yield* await runner.stream(sql);
        } finally {
          await runner.release();
        }
      },
      async take() {
        const runner = source.createQueryRunner();
        await runner.connect();
        return () => runner.release();
      },
      close: () => source.destroy(),
    };
  },
};

ormSuite(typeorm);
