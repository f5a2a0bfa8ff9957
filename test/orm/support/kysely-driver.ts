import type * as kysely from 'kysely';
import { CompiledQuery, type ControlledTransaction, type Kysely, type MysqlDialectConfig } from 'kysely';
import type { OrmDriver, OrmOptions, OrmTransaction, Row } from './orm-driver.js';

export interface Tables {
  t: { id: number; v: string };
}

/** Kysely of one version; the types are those of 0.28, as far as the tests go the same. */
export type KyselyModule = Pick<typeof kysely, 'CompiledQuery' | 'Kysely' | 'MysqlDialect' | 'sql'>;

/** The rows that a plain statement answers. */
export const rowsOf = async (db: Pick<Kysely<Tables>, 'executeQuery'>, text: string): Promise<Row[]> =>
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

/** Kysely of one version on a pool of ours. */
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
