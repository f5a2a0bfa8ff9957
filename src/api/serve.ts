import { noteFleet, type Fleet } from '../budget/index.js';
import type { MysqlConnector } from '../mysql/connector.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { heedServer } from '../mysql/server-facts.js';
import { callerHere, type ScopedLease, type ScopedPool, type ScopedPoolOptions } from '../scope/index.js';
import { warnOfNamesakes } from './namesakes.js';
import { TransactionGuard } from './transaction-guard.js';

/**
 * What every pool of MySQL connections begins with, whoever makes it: its connector is told which pool it works for.
 * @param chosen the options that somebody has set
 * @param connection what its connections are made with: pools of one name are told apart by it
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
    // Whoever begins a transaction by SQL, as ORMs do, is told of its end as well.
    onSession: (session) => TransactionGuard.afterFailures(session),
    fleet,
    onServerFacts: (facts) => heedServer(pool, facts, names, fleet !== undefined),
  });
}
