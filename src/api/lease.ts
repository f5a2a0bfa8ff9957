import type { QueryResult, QueryValues, ExecuteValues } from 'mysql2';
import { calledAlone, ScopedLease } from '../scope/index.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { ConnectionLostError, TransactionOpenError } from '../mysql/errors.js';
import { limitsOf, type QueryLimits } from './limits.js';
import { pingServer } from '../mysql/own-commands.js';
import { streamRows, type StreamLimits } from './row-stream.js';
import { sessionOf } from '../mysql/session.js';
import {
  placeOf,
  runStatement,
  tracesOn,
  type Answer,
  type Method,
  type Place,
  type StatementOptions,
} from './statements.js';
import { runTransaction, type Transaction } from './transaction.js';
import type { TransactionOptions } from './transaction-options.js';

// Keeps the lease of a stream reachable for as long as its generator is: rows may still be unread although the
// connection itself has nothing left to do.
const owners = new WeakMap<object, unknown>();

/**
 * A borrowed connection. Results have the shape that mysql2's promise API gives them, and mysql2's errors are passed on
 * unchanged. `connection` is mysql2's own connection.
 * @since 0.1.0
 */
export class MysqlLease extends ScopedLease<MysqlConnection> {
  /** Set if the lease ended because its connection was lost. */
  #loss: { readonly pool: string; readonly cause: unknown } | undefined;

  /**
   * mysql2's connection. Do not use it after `release`: somebody else may have borrowed it by then.
   * @throws LeaseEndedError after the lease has ended; ConnectionLostError if it ended because the connection was lost
   */
  override get connection(): MysqlConnection {
    if (this.#loss !== undefined) throw new ConnectionLostError(this.#loss.pool, this.#loss.cause);
    return super.connection;
  }

  /**
   * Runs a statement with the text protocol.
   * @throws QueryTimeoutError, the reason of the signal, LeaseEndedError, and mysql2's errors
   */
  query<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: QueryLimits,
  ): Promise<Answer<T>> {
    if (!(this instanceof MysqlLease)) throw calledAlone('lease', 'query', this);
    return this.#run('query', statement, values, limits, this.#traces ? placeOf<MysqlLease>(this, 'query') : undefined);
  }

  /**
   * Runs a prepared statement, which the server prepares once per connection.
   * @throws QueryTimeoutError, the reason of the signal, LeaseEndedError, and mysql2's errors
   */
  execute<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: ExecuteValues,
    limits?: QueryLimits,
  ): Promise<Answer<T>> {
    if (!(this instanceof MysqlLease)) throw calledAlone('lease', 'execute', this);
    return this.#run(
      'execute',
      statement,
      values,
      limits,
      this.#traces ? placeOf<MysqlLease>(this, 'execute') : undefined,
    );
  }

  /**
   * Reads the rows one by one with back-pressure: the server waits while nobody reads. Breaking out of the loop is
   * safe.
   */
  stream<T = Record<string, unknown>>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: StreamLimits,
  ): AsyncGenerator<T, void, undefined> {
    if (!(this instanceof MysqlLease)) throw calledAlone('lease', 'stream', this);
    const { connection } = this;
    const place = tracesOn(connection) ? placeOf<MysqlLease>(this, 'stream') : undefined;
    const all = { ...limits, ...limitsOf(sessionOf(connection).host.pool, statement, limits, 'stream') };
    const rows = streamRows<T>(connection, statement, values, all, place);
    owners.set(rows, this);
    return rows;
  }

  /**
   * Runs `fn` in a transaction: commits when it returns, rolls back when it throws.
   * @returns what `fn` returns
   * @throws what `fn` throws, with precedence over any error of the rollback; TransactionOpenError, CommitUnknownError,
   * and mysql2's errors
   */
  transaction<T>(fn: (tx: Transaction) => T | Promise<T>, options?: TransactionOptions): Promise<T> {
    if (!(this instanceof MysqlLease)) throw calledAlone('lease', 'transaction', this);
    return runTransaction(this, fn, options);
  }

  /**
   * Begins a transaction, as mysql2's connection does; `commit` or `rollback` ends it. If the connection is released
   * before that, the transaction is rolled back. Prefer `transaction(fn)`, which needs no `try`/`catch` and can retry.
   * @throws TransactionOpenError if a transaction is open already: MySQL would silently commit it
   */
  async beginTransaction(): Promise<void> {
    const session = sessionOf(this.connection);
    if (session.inTransaction) throw new TransactionOpenError(session.host.pool, 'connection');
    await this.query('START TRANSACTION');
  }

  /** Commits the transaction that `beginTransaction` began. */
  async commit(): Promise<void> {
    await this.query('COMMIT');
  }

  /** Rolls back the transaction that `beginTransaction` began. */
  async rollback(): Promise<void> {
    await this.query('ROLLBACK');
  }

  /** Sends a ping (COM_PING) and waits for the answer. */
  async ping(): Promise<void> {
    await pingServer(this.connection);
  }

  /** Whether the lease ended because its connection was lost. */
  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  override destroy(cause?: unknown): void {
    // Later calls throw ConnectionLostError with this cause, not LeaseEndedError, which would blame a release.
    if (this.active) {
      const { gate, host } = sessionOf(super.connection);
      if (gate.loss !== undefined) this.#loss = { pool: host.pool, cause: gate.loss };
    }
    super.destroy(cause);
  }

  /**
   * Whether to capture call sites. Not after the end of the lease: the connection, and with it its `trace` option, can
   * no longer be read.
   */
  get #traces(): boolean {
    return this.active && tracesOn(this.connection);
  }

  #run<T extends QueryResult>(
    method: Method,
    statement: unknown,
    values: unknown,
    limits: QueryLimits | undefined,
    place: Place | undefined,
  ): Promise<Answer<T>> {
    try {
      const { connection } = this;
      const within =
        limits === undefined && typeof statement === 'string'
          ? undefined
          : limitsOf(sessionOf(connection).host.pool, statement, limits);
      return runStatement<T>(connection, method, statement, values, within, place, this);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }
}
