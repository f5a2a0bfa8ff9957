import type { ExecuteValues, QueryResult, QueryValues } from 'mysql2';
import type { MysqlConnection } from '../mysql/driver.js';
import type { QueryLimits } from './limits.js';
import type { StreamLimits } from './row-stream.js';
import type { Answer, Loan, StatementOptions } from './statements.js';

/**
 * Runs statements on one connection while it may be used. A lease is one; this is the part of it that a transaction
 * needs.
 */
export interface StatementRunner extends Loan {
  readonly connection: MysqlConnection;
  query<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: QueryLimits,
  ): Promise<Answer<T>>;
  execute<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: ExecuteValues,
    limits?: QueryLimits,
  ): Promise<Answer<T>>;
  stream<T>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: StreamLimits,
  ): AsyncGenerator<T, void, undefined>;
}
