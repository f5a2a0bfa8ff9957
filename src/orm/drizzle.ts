import { createPool as createFacadePool } from '../facade/index.js';
import type { Pool, PoolOptions, PromisePool } from '../facade/types.js';
import type { MysqlConnection } from '../api/index.js';
import { beginsTransaction } from './begins-transaction.js';
import { lendPerLoan, loanOf } from './loans.js';
import { warnUnlessTested } from './tested-versions.js';

const TESTED = { name: 'Drizzle', packageName: 'drizzle-orm', versions: ['0.45.4'], lines: ['0.45.'] };

/**
 * Creates a pool to give to Drizzle: `drizzle({ client: pool })`. It is a pool with mysql2's API, and takes mysql2's
 * options and ours. Drizzle has no shutdown: call `pool.end()`.
 * @throws PoolOptionError
 * @since 0.1.0
 */
export function createPool(options: string | PoolOptions): Pool {
  warnUnlessTested(TESTED);
  // As Drizzle does when it is given a URL.
  const pool = createFacadePool(typeof options === 'string' ? { uri: options, supportBigNumbers: true } : options);
  pool.mysqlpool.via = 'drizzle';
  const promise = pool.promise.bind(pool);
  pool.promise = (implementation) => forDrizzle(promise(implementation));
  return lendPerLoan(pool);
}

/** What Drizzle does with a connection of its promise pool. */
interface Taken {
  connection: MysqlConnection;
  query(...args: unknown[]): Promise<unknown>;
  release(): void;
}

function forDrizzle(pool: PromisePool): PromisePool {
  const lender = pool as unknown as { getConnection(): Promise<Taken> };
  const getConnection = lender.getConnection.bind(lender);
  lender.getConnection = async () => {
    const taken = await getConnection();
    // Its iterators give back what is below, by `end()`, and maybe late.
    taken.connection = loanOf(taken.connection);
    const query = taken.query.bind(taken);
    taken.query = async (...args) => {
      try {
        return await query(...args);
      } catch (error) {
        // Drizzle begins a transaction before its `try … finally`, and forgets the connection when that fails.
        if (beginsTransaction(textOf(args[0]))) taken.release();
        throw error;
      }
    };
    return taken;
  };
  return pool;
}

/** The text of a statement that is given as one, or in an object. */
const textOf = (statement: unknown): unknown =>
  typeof statement === 'object' && statement !== null ? (statement as { readonly sql?: unknown }).sql : statement;
