import {
  escape,
  escapeId,
  format,
  type ConnectionOptions,
  type ExecuteValues,
  type QueryResult,
  type QueryValues,
} from 'mysql2';
import { fleetFor, permitsUnder } from '../budget/index.js';
import { startLog } from '../log/index.js';
import type { AcquireOptions, CloseOptions } from '../pool/index.js';
import { calledAlone, ScopedPool } from '../scope/index.js';
import { MysqlConnector } from '../mysql/connector.js';
import { writingOf, type Dial, type MysqlConnection, type Writing } from '../mysql/driver.js';
import { MysqlLease } from './lease.js';
import { limitsOf, type Labelled, type QueryLimits } from './limits.js';
import { splitOptions, type MysqlPoolOptions } from './options.js';
import { OptionsSource } from '../mysql/options-source.js';
import type { StreamLimits } from './row-stream.js';
import { mayBeLone } from '../mysql/lone-loan.js';
import { refuseOldDriver } from '../mysql/driver-version.js';
import { serve } from './serve.js';
import {
  checkBound,
  checkCall,
  placeOf,
  runStatement,
  type Answer,
  type Method,
  type Place,
  type StatementOptions,
} from './statements.js';
import type { Transaction } from './transaction.js';
import { checkTransactionFunction, checkTransactionOptions, type TransactionOptions } from './transaction-options.js';

type SqlValue = Parameters<typeof escape>[0];

/**
 * Creates a pool of MySQL or MariaDB connections. No connection is opened before the first is needed, unless `minIdle`
 * is set.
 * @param source `mysql://user:password@host:port/database?option=value`, or options
 * @param more options that win over those in `source`
 * @throws PoolOptionError for an unknown option, a value out of range, or a malformed URL
 * @since 0.1.0
 */
export function createPool(source: string | MysqlPoolOptions, more?: MysqlPoolOptions): MysqlPool {
  return new MysqlPool(source, more);
}

/**
 * A pool of MySQL or MariaDB connections: borrow one with `acquire` or `use`, or run a single statement or transaction
 * with `query`, `execute`, `stream` or `transaction`.
 * @since 0.1.0
 */
export class MysqlPool extends ScopedPool<MysqlConnection, MysqlLease> {
  readonly #trace: boolean;
  /** The options of mysql2 that affect how values are escaped. */
  readonly #driver: Writing;
  #writing: Writing | undefined;

  /**
   * @param dial makes the physical connections, if they must be of a particular class
   * @throws PoolOptionError
   */
  constructor(source: string | MysqlPoolOptions, more?: MysqlPoolOptions, dial?: Dial) {
    const options = splitOptions(source, more);
    // A caller with a dial of its own brings its own copy of mysql2.
    if (dial === undefined) refuseOldDriver(options.engine.name ?? 'createPool');
    const connector = new MysqlConnector(new OptionsSource(options, dial));
    const fleet = fleetFor(options.engine.name ?? 'createPool', options.fleet, accountOf(options.driver));
    super({ connector, Lease: MysqlLease, permits: permitsUnder(fleet, options.permits) }, options.engine);
    this.#trace = options.driver.trace !== false;
    this.#driver = options.driver as Writing;
    startLog(this, options.logger);
    serve(this, connector, options.engine, fleet, options.driver);
  }

  /**
   * Borrows a connection, runs one statement with the text protocol, and releases the connection.
   * @throws what `acquire` throws, QueryTimeoutError, the reason of the signal, and mysql2's errors
   */
  query<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: QueryLimits & Labelled,
  ): Promise<Answer<T>> {
    if (!(this instanceof MysqlPool)) throw calledAlone('pool', 'query', this);
    return this.#run('query', statement, values, limits, this.#trace ? placeOf(this, 'query') : undefined);
  }

  /**
   * Borrows a connection, runs one prepared statement, which the server prepares once per connection, and releases the
   * connection.
   * @throws what `acquire` throws, QueryTimeoutError, the reason of the signal, and mysql2's errors
   */
  execute<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: ExecuteValues,
    limits?: QueryLimits & Labelled,
  ): Promise<Answer<T>> {
    if (!(this instanceof MysqlPool)) throw calledAlone('pool', 'execute', this);
    return this.#run('execute', statement, values, limits, this.#trace ? placeOf(this, 'execute') : undefined);
  }

  /**
   * Borrows a connection and reads rows one by one with back-pressure: the server waits while nobody reads. The
   * connection is released when the loop ends, however it ends.
   */
  async *stream<T = Record<string, unknown>>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: StreamLimits & Labelled,
  ): AsyncGenerator<T, void, undefined> {
    if (!(this instanceof MysqlPool)) throw calledAlone('pool', 'stream', this);
    checkCall('stream', statement, values);
    const within = limitsOf(this.name, statement, limits, 'poolStream');
    const lease = await this.acquire(waitOf(within, limits?.label));
    try {
      yield* lease.stream<T>(statement, values, { ...within, highWaterMark: limits?.highWaterMark });
    } finally {
      lease.release();
    }
  }

  /**
   * Borrows a connection and runs `fn` in a transaction on it: commits when it returns, rolls back when it throws.
   * @returns what `fn` returns
   * @throws what `fn` throws, with precedence over any error of the rollback; what `acquire` throws;
   * CommitUnknownError, and mysql2's errors
   */
  transaction<T>(fn: (tx: Transaction) => T | Promise<T>, options: TransactionOptions & Labelled = {}): Promise<T> {
    if (!(this instanceof MysqlPool)) throw calledAlone('pool', 'transaction', this);
    try {
      checkTransactionFunction(this.name, fn);
      const { label, ...others } = options;
      checkTransactionOptions(this.name, others);
      return this.use((lease) => lease.transaction(fn, others), waitOf(others, label));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /**
   * mysql2's name for `acquire`. The lease has mysql2's `query`, `execute`, `beginTransaction`, `release` and so on.
   */
  getConnection(options?: AcquireOptions): Promise<MysqlLease> {
    refuseCallback('getConnection', options);
    return this.acquire(options);
  }

  /** mysql2's name for `close`. */
  end(options?: CloseOptions): Promise<void> {
    refuseCallback('end', options);
    return this.close(options);
  }

  /** Escapes a value for use in SQL, as mysql2's pool does. */
  escape(value: unknown): string {
    const { stringifyObjects, timezone } = (this.#writing ??= writingOf(this.#driver));
    return escape(value as SqlValue, stringifyObjects, timezone);
  }

  /** Quotes an identifier in backticks. A dot separates a qualifier from the name, unless `forbidQualified`. */
  escapeId(name: string | readonly string[], forbidQualified?: boolean): string {
    return escapeId(name as string, forbidQualified);
  }

  /** Inserts escaped values into a statement: for a log, or to build part of another statement. */
  format(sql: string, values?: unknown): string {
    const { queryFormat, stringifyObjects, timezone } = (this.#writing ??= writingOf(this.#driver));
    if (typeof queryFormat === 'function') return queryFormat(sql, values, timezone);
    return format(sql, values as SqlValue[], stringifyObjects, timezone);
  }

  async #run<T extends QueryResult>(
    method: Method,
    statement: unknown,
    values: unknown,
    limits: (QueryLimits & Labelled) | undefined,
    place: Place | undefined,
  ): Promise<Answer<T>> {
    checkCall(method, statement, values);
    if (method === 'execute') checkBound(statement, values);
    const within = limitsOf(this.name, statement, limits, 'poolStatement');
    const lease = await this.acquire(waitOf(within, limits?.label));
    try {
      const { connection } = lease;
      mayBeLone(connection, lease);
      return await runStatement<T>(connection, method, statement, values, within, place);
    } finally {
      lease.release();
    }
  }
}

/** A key of server and account; undefined when the user supplies the stream, since its target is unknown. */
function accountOf({
  stream,
  socketPath,
  host = 'localhost',
  port = 3306,
  user = '',
}: ConnectionOptions): string | undefined {
  return stream === undefined ? `${user}@${socketPath ?? `${host}:${port}`}` : undefined;
}

/** A caller that passes a callback, as some libraries do, would wait for it forever. */
function refuseCallback(method: 'getConnection' | 'end', given: unknown): void {
  if (typeof given !== 'function') return;
  throw new TypeError(
    `${method}: it takes no callback, await what it returns; for callbacks there is createPool of node-mysqlpool/mysql2, ` +
      'and for Kysely that of node-mysqlpool/kysely',
  );
}

function waitOf({ signal }: QueryLimits = {}, label: string | undefined): AcquireOptions | undefined {
  return signal === undefined && label === undefined ? undefined : { signal, label };
}
