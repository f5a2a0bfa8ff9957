import { noteFleet, type Fleet } from '../budget/index.js';
import type { MysqlConnector } from '../mysql/connector.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { heedServer } from '../mysql/server-facts.js';
import { callerHere, type ScopedLease, type ScopedPool, type ScopedPoolOptions } from '../scope/index.js';
import { warnOfNamesakes } from './namesakes.js';
import { TransactionGuard } from './transaction-guard.js';

/**
 * The start-up that all pools of MySQL connections share: it tells the connector which pool it works for.
 * @param chosen the options that the application has set explicitly
 * @param connection the connection settings, by which pools with the same name are told apart
 */
export function serve<L extends ScopedLease<MysqlConnection>>(
  pool: ScopedPool<MysqlConnection, L>,
  connector: MysqlConnector,
  chosen: ScopedPoolOptions,
  fleet: Fleet | undefined,
  connection: unknown,
): void {
  if (chosen.name !== undefined) warnOfNamesakes(pool, connection);
  if (fleet !== undefined) noteFleet(pool, fleet);
  const names = new Set(Object.keys(chosen));
  connector.serve({
    name: pool.name,
    maxSize: pool.options.maxSize,
    callerHere,
    locking: pool,
    // Transactions that are begun with plain SQL, as ORMs do, are guarded too: their next statement fails if the server
    // has rolled them back.
    onSession: (session) => TransactionGuard.afterFailures(session),
    fleet,
    onServerFacts: (facts) => heedServer(pool, facts, names, fleet !== undefined),
  });
}
