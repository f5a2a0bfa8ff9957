import knexFactory, { type Knex } from 'knex';
import type { OpenOrm, OrmDriver, OrmOptions, OrmTransaction, Row } from './orm-driver.js';

/** The rows of Knex's result for raw SQL, which is a pair: rows (or the result of a change), and field definitions. */
async function rowsOf(answer: PromiseLike<unknown>): Promise<Row[]> {
  const [rows] = (await answer) as [Row[], unknown];
  return rows;
}

const transactionOn = (trx: Knex.Transaction): OrmTransaction => ({
  query: (sql) => rowsOf(trx.raw(sql)),
  nested: (work) => trx.transaction((inner) => work(transactionOn(inner))),
});

/** The Knex options for a test's database. */
export function configOf(options: OrmOptions, client: Knex.Config['client']): Knex.Config {
  const { host, port, user, password, database, maxSize, acquireTimeout } = options;
  return {
    client: client!,
    connection: { host, port, user, password, database },
    pool: { min: 0, max: maxSize },
    acquireConnectionTimeout: acquireTimeout,
    log: { warn: () => undefined },
  };
}

/** Adapts a Knex instance for the suite. */
export function openKnex(knex: Knex): OpenOrm {
  return {
    query: (sql) => rowsOf(knex.raw(sql)),
    transaction: (work) => knex.transaction((trx) => work(transactionOn(trx))),
    stream: (sql) => knex.raw(sql).stream() as AsyncIterable<Row>,
    async take() {
      const trx = await knex.transaction();
      return () => trx.rollback();
    },
    close: () => knex.destroy(),
  };
}

export const KNEX_TIMEOUT: OrmDriver['timeout'] = {
  name: 'KnexTimeoutError',
  message: /^Knex: Timeout acquiring a connection\. The pool is probably full\. Are you missing a \.transacting/,
};

export { knexFactory };
