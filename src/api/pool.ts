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
import { ScopedPool } from '../scope/index.js';
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
import { placeOf, runStatement, type Answer, type Method, type Place, type StatementOptions } from './statements.js';
import type { Transaction } from './transaction.js';
import { checkTransactionFunction, type TransactionOptions } from './transaction-options.js';

type SqlValue = Parameters<typeof escape>[0];

/**
 * Creates a pool of MySQL or MariaDB connections. Nothing is opened until somebody needs a connection, unless `minIdle`
 * says so.
 * @param source `mysql://user:password@host:port/database?option=value`, or options
 * @param more options that win over those in `source`
 * @throws PoolOptionError for an unknown option, a value out of range, or a URL that is none
 * @since 0.1.0
 */
export function createPool(source: string | MysqlPoolOptions, more?: MysqlPoolOptions): MysqlPool {
  return new MysqlPool(source, more);
}

/**
 * A pool of MySQL or MariaDB connections: borrow one with `acquire` or `use`, or let a single call do all of it.
 * @since 0.1.0
 */
export class MysqlPool extends ScopedPool<MysqlConnection, MysqlLease> {
  readonly #trace: boolean;
  /** mysql2's options that bear upon how values are written. */
  readonly #driver: Writing;
  #writing: Writing | undefined;

  /**
   * @param dial for those who need connections of a class of their own
   * @throws PoolOptionError
   */
  constructor(source: string | MysqlPoolOptions, more?: MysqlPoolOptions, dial?: Dial) {
    const options = splitOptions(source, more);
    // Whoever dials by himself has a driver of his own.
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
   * Borrows a connection, runs one statement by the text protocol, and gives it back.
   * @throws what `acquire` throws, QueryTimeoutError, the signal's reason, and mysql2's errors
   */
  query<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: QueryLimits & Labelled,
  ): Promise<Answer<T>> {
    return this.#run('query', statement, values, limits, this.#trace ? placeOf(this, 'query') : undefined);
  }

  /**
   * Borrows a connection, runs one statement that the server prepares once for each connection, and gives it back.
   * @throws what `acquire` throws, QueryTimeoutError, the signal's reason, and mysql2's errors
   */
  execute<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: ExecuteValues,
    limits?: QueryLimits & Labelled,
  ): Promise<Answer<T>> {
    return this.#run('execute', statement, values, limits, this.#trace ? placeOf(this, 'execute') : undefined);
  }

  /**
   * Borrows a connection and reads rows one by one, the server waiting while nobody reads. The connection goes back when
   * the loop ends, however it ends.
   */
  async *stream<T = Record<string, unknown>>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: StreamLimits & Labelled,
  ): AsyncGenerator<T, void, undefined> {
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
   * @throws what `fn` throws, before anything else; what `acquire` throws; CommitUnknownError, and mysql2's errors
   */
  transaction<T>(fn: (tx: Transaction) => T | Promise<T>, options: TransactionOptions & Labelled = {}): Promise<T> {
    try {
      checkTransactionFunction(this.name, fn);
      const { label, ...others } = options;
      return this.use((lease) => lease.transaction(fn, others), waitOf(others, label));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** mysql2's name for `acquire`: what it gives has mysql2's `query`, `execute`, `beginTransaction`, `release` and so on. */
  getConnection(options?: AcquireOptions): Promise<MysqlLease> {
    refuseCallback('getConnection', options);
    return this.acquire(options);
  }

  /** mysql2's name for `close`. */
  end(options?: CloseOptions): Promise<void> {
    refuseCallback('end', options);
    return this.close(options);
  }

  /** A value as it is written in SQL, in quotes and safe; as mysql2's pool does it. */
  escape(value: unknown): string {
    const { stringifyObjects, timezone } = (this.#writing ??= writingOf(this.#driver));
    return escape(value as SqlValue, stringifyObjects, timezone);
  }

  /** A name as it is written in SQL, in backticks; a dot separates two names unless `forbidQualified`. */
  escapeId(name: string | readonly string[], forbidQualified?: boolean): string {
    return escapeId(name as string, forbidQualified);
  }

  /** A statement with its values in their places: for a log, or for a part of another one. */
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

/** Server and account; undefined when a stream of the user's own leads there. */
function accountOf({
  stream,
  socketPath,
  host = 'localhost',
  port = 3306,
  user = '',
}: ConnectionOptions): string | undefined {
  return stream === undefined ? `${user}@${socketPath ?? `${host}:${port}`}` : undefined;
}

/** Whoever waits to be called back, as some libraries do, would wait for ever. */
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
