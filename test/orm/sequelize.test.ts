import 'node-mysqlpool/sequelize';
import { Sequelize, type Transaction } from 'sequelize';
import type { OrmTransaction, Row } from './support/orm-driver.js';
import { ormSuite } from './support/orm-suite.js';

async function rowsOf(sequelize: Sequelize, sql: string, transaction?: Transaction): Promise<Row[]> {
  const [rows] = await sequelize.query(sql, transaction === undefined ? {} : { transaction });
  return rows as Row[];
}

const transactionOn = (sequelize: Sequelize, transaction: Transaction): OrmTransaction => ({
  query: (sql) => rowsOf(sequelize, sql, transaction),
  nested: (work) => sequelize.transaction({ transaction }, (inner) => work(transactionOn(sequelize, inner))),
});

ormSuite({
  name: 'Sequelize 6.37.8',
  streams: false,
  timeout: { name: 'ConnectionAcquireTimeoutError', message: /^Operation timeout$/ },
  open({ host, port, user, password, database, maxSize, acquireTimeout }) {
    const sequelize = new Sequelize(database, user, password, {
      dialect: 'mysql', host, port, pool: { max: maxSize, acquire: acquireTimeout }, logging: false,
    }); // prettier-ignore
    return {
      query: (sql) => rowsOf(sequelize, sql),
      transaction: (work) => sequelize.transaction((t) => work(transactionOn(sequelize, t))),
      stream: () => {
        throw new Error('Sequelize does not stream');
      },
      async take() {
        const transaction = await sequelize.transaction();
        return () => transaction.rollback();
      },
      close: () => sequelize.close(),
    };
  },
});
