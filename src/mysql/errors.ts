import { PoolError } from '../pool/index.js';

/**
 * A statement was stopped because its `timeout` had passed. The server may or may not have carried it out.
 * @since 0.1.0
 */
export class QueryTimeoutError extends PoolError {
  /** The limit, in ms. */
  readonly timeout: number;

  constructor(pool: string, what: 'statement' | 'transaction', timeout: number) {
    super('MYSQL_QUERY_TIMEOUT', pool, `the ${what} was stopped: it took longer than its timeout of ${timeout} ms`);
    this.timeout = timeout;
  }
}

/**
 * A transaction was used after it had been committed or rolled back.
 * @since 0.1.0
 */
export class TransactionEndedError extends PoolError {
  constructor(pool: string, cause?: unknown) {
    super(
      'MYSQL_TRANSACTION_ENDED',
      pool,
      'the transaction has ended; await everything it starts, and do not use it after its function has returned',
      cause,
    );
  }
}

/**
 * A transaction was begun on a connection that already has one open, or beside a nested one that has not ended.
 * @since 0.1.0
 */
export class TransactionOpenError extends PoolError {
  constructor(pool: string, which: 'connection' | 'nested') {
    super(
      'MYSQL_TRANSACTION_OPEN',
      pool,
      which === 'nested'
        ? 'a nested transaction is still open; await it before the next one begins, and before the outer one ends'
        : 'this connection has a transaction open already; nest with the transaction() of what it was given as',
    );
  }
}

/**
 * The server has rolled the transaction back by itself, because of a deadlock; what was caught is the `cause`. Its
 * statements would run outside of any transaction from now on, so they are refused.
 * @since 0.1.0
 */
export class TransactionLostError extends PoolError {
  constructor(pool: string, cause: unknown) {
    super(
      'MYSQL_TRANSACTION_LOST',
      pool,
      'the server has already rolled this transaction back, because of a deadlock',
      cause,
    );
  }
}

/**
 * The connection was lost while COMMIT was under way: the transaction may or may not have been committed. The `cause`
 * is the loss.
 * @since 0.1.0
 */
export class CommitUnknownError extends PoolError {
  constructor(pool: string, cause: unknown) {
    super(
      'MYSQL_COMMIT_UNKNOWN',
      pool,
      'the connection was lost during COMMIT: the transaction may or may not have been committed',
      cause,
    );
  }
}

/**
 * A returned connection could not be made clean, and was destroyed. Seen in `closed` events.
 * @since 0.1.0
 */
export class UncleanConnectionError extends PoolError {
  constructor(pool: string, why: string) {
    super('MYSQL_UNCLEAN', pool, `the connection cannot be lent again: ${why}`);
  }
}
