import type { QueryResult, QueryValues, ExecuteValues } from 'mysql2';
import { ScopedLease } from '../scope/index.js';
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

// Whoever reads has the lease: rows may lie unread when the connection has nothing to do any more.
const owners = new WeakMap<object, unknown>();

/**
 * A borrowed connection. Results are as mysql2's promise API gives them, and its errors pass through untouched;
 * `connection` is mysql2's connection itself.
 * @since 0.1.0
 */
export class MysqlLease extends ScopedLease<MysqlConnection> {
  /** What ended it, if that was the loss of its connection. */
  #loss: { readonly pool: string; readonly cause: unknown } | undefined;

  /**
   * mysql2's connection. Do not keep it: after the release it belongs to somebody else.
   * @throws LeaseEndedError after the lease has ended; ConnectionLostError when it ended with its connection
   */
  override get connection(): MysqlConnection {
    if (this.#loss !== undefined) throw new ConnectionLostError(this.#loss.pool, this.#loss.cause);
    return super.connection;
  }

  /**
   * Runs a statement by the text protocol.
   * @throws QueryTimeoutError, the signal's reason, LeaseEndedError, and mysql2's errors
   */
  query<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: QueryLimits,
  ): Promise<Answer<T>> {
    return this.#run('query', statement, values, limits, this.#traces ? placeOf<MysqlLease>(this, 'query') : undefined);
  }

  /**
   * Runs a statement that the server prepares once for each connection.
   * @throws QueryTimeoutError, the signal's reason, LeaseEndedError, and mysql2's errors
   */
  execute<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: ExecuteValues,
    limits?: QueryLimits,
  ): Promise<Answer<T>> {
    return this.#run(
      'execute',
      statement,
      values,
      limits,
      this.#traces ? placeOf<MysqlLease>(this, 'execute') : undefined,
    );
  }

  /** Reads the rows one by one, the server waiting while nobody reads. It is safe to break out of the loop. */
  stream<T = Record<string, unknown>>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: StreamLimits,
  ): AsyncGenerator<T, void, undefined> {
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
   * @throws what `fn` throws, before anything else; TransactionOpenError, CommitUnknownError, and mysql2's errors
   */
  transaction<T>(fn: (tx: Transaction) => T | Promise<T>, options?: TransactionOptions): Promise<T> {
    return runTransaction(this, fn, options);
  }

  /**
   * Begins a transaction, as mysql2's connection does, which `commit` or `rollback` ends. Given back before that, it is
   * rolled back. `transaction` needs no `try` and `catch`, and can be tried again.
   * @throws TransactionOpenError when there is one: MySQL would commit it in silence
   */
  async beginTransaction(): Promise<void> {
    const session = sessionOf(this.connection);
    if (session.inTransaction) throw new TransactionOpenError(session.host.pool, 'connection');
    await this.query('START TRANSACTION');
  }

  /** Commits what `beginTransaction` began. */
  async commit(): Promise<void> {
    await this.query('COMMIT');
  }

  /** Undoes what was done since `beginTransaction`. */
  async rollback(): Promise<void> {
    await this.query('ROLLBACK');
  }

  /** Asks the server for a sign of life. */
  async ping(): Promise<void> {
    await pingServer(this.connection);
  }

  /** Whether it ended because its connection was lost. */
  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  override destroy(cause?: unknown): void {
    // Whoever goes on is told of the loss, and not that somebody has given the connection back.
    if (this.active) {
      const { gate, host } = sessionOf(super.connection);
      if (gate.loss !== undefined) this.#loss = { pool: host.pool, cause: gate.loss };
    }
    super.destroy(cause);
  }

  /** Whoever uses it after its end is told that: there is no line to be shown. */
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
