import { createPool as createFacadePool } from '../facade/index.js';
import type { Pool, PoolOptions, PromisePool } from '../facade/types.js';
import type { MysqlConnection } from '../api/index.js';
import { beginsTransaction } from './begins-transaction.js';
import { viewPerLease, viewOf } from './view-per-lease.js';
import { warnUnlessTested } from './tested-versions.js';

const TESTED = { name: 'Drizzle', packageName: 'drizzle-orm', versions: ['0.45.4'], lines: ['0.45.'] };

/**
 * Creates a pool for Drizzle: `drizzle({ client: pool })`. The pool has mysql2's API, and accepts mysql2's options and
 * ours. Drizzle has no shutdown of its own: call `pool.end()`.
 * @throws PoolOptionError
 * @since 0.1.0
 */
export function createPool(options: string | PoolOptions): Pool {
  warnUnlessTested(TESTED);
  // Drizzle sets the same option when it is given a URL.
  const pool = createFacadePool(typeof options === 'string' ? { uri: options, supportBigNumbers: true } : options);
  pool.mysqlpool.via = 'drizzle';
  const promise = pool.promise.bind(pool);
  pool.promise = (implementation) => forDrizzle(promise(implementation));
  return viewPerLease(pool);
}

/** The members of a promise connection that Drizzle uses. */
interface Taken {
  connection: MysqlConnection;
  query(...args: unknown[]): Promise<unknown>;
  release(): void;
}

function forDrizzle(pool: PromisePool): PromisePool {
  const borrowable = pool as unknown as { getConnection(): Promise<Taken> };
  const getConnection = borrowable.getConnection.bind(borrowable);
  borrowable.getConnection = async () => {
    const taken = await getConnection();
    // Drizzle's iterators release this inner connection with `end()`, perhaps late, so it has to be an object of its
    // own for each loan.
    taken.connection = viewOf(taken.connection);
    const query = taken.query.bind(taken);
    taken.query = async (...args) => {
      try {
        return await query(...args);
      } catch (error) {
        // Drizzle sends BEGIN before its `try … finally`, so it never releases the connection if BEGIN fails.
        if (beginsTransaction(textOf(args[0]))) taken.release();
        throw error;
      }
    };
    return taken;
  };
  return pool;
}

/** The SQL of a statement, which is given as text or in an object. */
const textOf = (statement: unknown): unknown =>
  typeof statement === 'object' && statement !== null ? (statement as { readonly sql?: unknown }).sql : statement;
