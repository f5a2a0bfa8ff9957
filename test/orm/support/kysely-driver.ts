import type * as kysely from 'kysely';
import { CompiledQuery, type ControlledTransaction, type Kysely, type MysqlDialectConfig } from 'kysely';
import type { OrmDriver, OrmOptions, OrmTransaction, Row } from './orm-driver.js';

export interface Tables {
  t: { id: number; v: string };
}

/** The module of one Kysely version. The types are those of 0.28: what the tests use is the same in all versions. */
export type KyselyModule = Pick<typeof kysely, 'CompiledQuery' | 'Kysely' | 'MysqlDialect' | 'sql'>;

/** The rows of a plain SQL statement. */
export const rowsOf = async (db: Pick<Kysely<Tables>, 'executeQuery'>, text: string): Promise<Row[]> =>
  (await db.executeQuery<Row>(CompiledQuery.raw(text))).rows;

/** Kysely has no nested transactions: uses the savepoints of a controlled transaction. */
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

/** The driver for one Kysely version on our pool. */
export const kyselyDriver = (
  version: string,
  { Kysely, MysqlDialect, sql }: KyselyModule,
  makePool: (options: OrmOptions) => MysqlDialectConfig['pool'],
): OrmDriver => ({
  name: `Kysely ${version}`,
  streams: true,
  timeout: { name: 'AcquireTimeoutError', message: /no connection within \d+ ms/ },
  open(options) {
    const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool: makePool(options) }) });
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
});
