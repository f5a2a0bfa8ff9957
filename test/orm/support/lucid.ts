import 'node-mysqlpool/knex/register';
import type { OrmTransaction, Row } from './orm-driver.js';
import { KNEX_TIMEOUT } from './knex-driver.js';
import { ormSuite } from './orm-suite.js';

// Lucid is not installed here, only in a project of its own: what is used of it.
interface Lucid {
  rawQuery(sql: string): Promise<[Row[], unknown]>;
  transaction(): Promise<LucidTransaction>;
  transaction(work: (trx: LucidTransaction) => Promise<void>): Promise<void>;
  knexRawQuery(sql: string): { stream(): AsyncIterable<Row> };
}

interface LucidTransaction extends Lucid {
  rollback(): Promise<void>;
}

interface LucidDatabase {
  connection(): Lucid;
  readonly manager: { closeAll(): Promise<void> };
}

type LucidModule = { readonly Database: new (config: object, logger: object, emitter: object) => LucidDatabase };

const nothing = (): void => undefined;
const LOGGER = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing };

const transactionOn = (trx: LucidTransaction): OrmTransaction => ({
  query: async (sql) => (await trx.rawQuery(sql))[0],
  nested: (work) => trx.transaction((inner) => work(transactionOn(inner))),
});

/** AdonisJS Lucid through the suite of all ORMs, configured as it is without us. Run in a project that has it. */
ormSuite({
  name: 'Lucid',
  via: 'knex',
  streams: true,
  hidesFailedCommit: true,
  timeout: KNEX_TIMEOUT,
  async open({ host, port, user, password, database, maxSize, acquireTimeout }) {
    // A name that the compiler does not look for.
    const name: string = '@adonisjs/lucid/database';
    const { Database } = (await import(name)) as LucidModule;
    const connection = {
      client: 'mysql2',
      connection: { host, port, user, password, database },
      pool: { min: 0, max: maxSize, acquireTimeoutMillis: acquireTimeout },
    };
    const config = { connection: 'mysql', connections: { mysql: connection } };
    const db = new Database(config, LOGGER, { emit: nothing, on: nothing, hasListeners: () => false });
    // Not the database itself, which opens its connections again after they were closed.
    const client = db.connection();
    return {
      query: async (sql) => (await client.rawQuery(sql))[0],
      transaction: (work) => client.transaction((trx) => work(transactionOn(trx))),
      stream: (sql) => client.knexRawQuery(sql).stream(),
      async take() {
        const trx = await client.transaction();
        return () => trx.rollback();
      },
      close: () => db.manager.closeAll(),
    };
  },
});
