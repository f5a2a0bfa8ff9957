import { sql } from 'drizzle-orm';
import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2';
import { createPool } from 'node-mysqlpool/drizzle';
import type { OrmDriver, OrmTransaction, Row } from './support/orm-driver.js';
import { ormSuite } from './support/orm-suite.js';

type Transaction = Parameters<Parameters<MySql2Database['transaction']>[0]>[0];

const rowsOf = async (db: Pick<MySql2Database, 'execute'>, text: string): Promise<Row[]> => {
  const [rows] = await db.execute(sql.raw(text));
  return rows as unknown as Row[];
};

const transactionOn = (tx: Transaction): OrmTransaction => ({
  query: (text) => rowsOf(tx, text),
  nested: (work) => tx.transaction((inner) => work(transactionOn(inner))),
});

const drizzleDriver: OrmDriver = {
  name: 'Drizzle 0.45.4',
  streams: true,
  timeout: { name: 'DrizzleQueryError', message: /^Failed query: SELECT 1/ },
  open({ url, maxSize, acquireTimeout }) {
    const pool = createPool({ uri: url, maxSize, acquireTimeout });
    const db = drizzle({ client: pool });
    return {
      query: (text) => rowsOf(db, text),
      transaction: (work) => db.transaction((tx) => work(transactionOn(tx))),
      async *stream(text) {
        const name = text.includes('filler') ? 'filler' : 'n';
        const rows = db.select({ [name]: sql.raw(name) }).from(sql.raw(`(${text}) AS numbers`));
        yield* rows.iterator() as AsyncIterable<Row>;
      },
      async take() {
        let giveBack: () => void;
        let done: Promise<unknown>;
        await new Promise<void>((taken, failed) => {
          done = db.transaction(() => {
            taken();
            return new Promise<void>((resolve) => (giveBack = resolve));
          });
          done.catch(failed);
        });
        return () => {
          giveBack();
          return done;
        };
      },
      close: () => pool.promise().end(),
    };
  },
};

ormSuite(drizzleDriver);
