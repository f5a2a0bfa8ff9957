import { Sequelize, TransactionNestMode, type Transaction } from '@sequelize/core';
import { MySqlPoolDialect } from 'node-mysqlpool/sequelize7';
import type { OrmTransaction, Row } from './support/orm-driver.js';
import { ormSuite } from './support/orm-suite.js';

type Db = Sequelize<MySqlPoolDialect>;

async function rowsOf(sequelize: Db, sql: string, transaction?: Transaction): Promise<Row[]> {
  const [rows] = await sequelize.query(sql, transaction === undefined ? {} : { transaction });
  return rows as Row[];
}

const transactionOn = (sequelize: Db, transaction: Transaction): OrmTransaction => ({
  query: (sql) => rowsOf(sequelize, sql, transaction),
  nested: (work) =>
    sequelize.transaction({ transaction, nestMode: TransactionNestMode.savepoint }, (inner) =>
      work(transactionOn(sequelize, inner)),
    ),
});

ormSuite({
  name: 'Sequelize 7.0.0-alpha.48',
  streams: false,
  timeout: { name: 'ConnectionAcquireTimeoutError', message: /^Pool acquire operation timeout$/ },
  open({ host, port, user, password, database, maxSize, acquireTimeout }) {
    const sequelize = new Sequelize({
      dialect: MySqlPoolDialect, host, port, user, password, database, pool: { max: maxSize, acquire: acquireTimeout },
    }); // prettier-ignore
    return {
      query: (sql) => rowsOf(sequelize, sql),
      transaction: (work) => sequelize.transaction((t) => work(transactionOn(sequelize, t))),
      stream: () => {
        throw new Error('Sequelize does not stream');
      },
      async take() {
        const transaction = await sequelize.startUnmanagedTransaction();
        return () => transaction.rollback();
      },
      close: () => sequelize.close(),
    };
  },
});
