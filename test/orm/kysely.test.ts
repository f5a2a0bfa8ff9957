import { CompiledQuery, Kysely, MysqlDialect, sql, type ControlledTransaction } from 'kysely';
import { createPool } from 'node-mysqlpool/kysely';
import type { OrmDriver, OrmTransaction, Row } from './support/orm-driver.js';
import { ormSuite } from './support/orm-suite.js';

interface Tables {
  t: { id: number; v: string };
}

const rowsOf = async (db: Pick<Kysely<Tables>, 'executeQuery'>, text: string): Promise<Row[]> =>
  (await db.executeQuery<Row>(CompiledQuery.raw(text))).rows;

/** Kysely's nesting is by hand: savepoints of a controlled transaction. */
const transactionOn = (trx: ControlledTransaction<Tables, string[]>): OrmTransaction => ({
  query: (text) => rowsOf(trx, text),
  async nested(work) {
    const inner = await trx.savepoint('inner').execute();
    try {
      await work(transactionOn(inner as never));
      await inner.releaseSavepoint('inner' as never).execute();
    } catch (error) {
      await inner.rollbackToSavepoint('inner' as never).execute();
      throw error;
    }
  },
});

const kysely: OrmDriver = {
  name: 'Kysely 0.28.18',
  streams: true,
  timeout: { name: 'AcquireTimeoutError', message: /no connection within 1\d\d ms/ },
  open({ url, maxSize, acquireTimeout }) {
    const pool = createPool(url, { maxSize, acquireTimeout });
    const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool }) });
    return {
      query: (text) => rowsOf(db, text),
      async transaction(work) {
        const trx = await db.startTransaction().execute();
        try {
          await work(transactionOn(trx));
          await trx.commit().execute();
        } catch (error) {
          await trx.rollback().execute();
          throw error;
        }
      },
      async *stream(text) {
        yield* db
          .selectFrom(sql<Row>`(${sql.raw(text)})`.as('rows'))
          .selectAll()
          .stream() as AsyncIterable<Row>;
      },
      async take() {
        const trx = await db.startTransaction().execute();
        return () => trx.rollback().execute();
      },
      close: () => db.destroy(),
    };
  },
};

ormSuite(kysely);
