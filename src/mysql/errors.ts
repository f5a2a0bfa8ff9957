import { PoolError } from '../pool/index.js';

/**
 * A statement or transaction was stopped because its `timeout` had passed. The server may or may not have executed the
 * statement.
 * @since 0.1.0
 */
export class QueryTimeoutError extends PoolError {
  /** The timeout that has passed, in ms. */
  readonly timeout: number;

  constructor(pool: string, what: 'statement' | 'transaction', timeout: number) {
    super('MYSQL_QUERY_TIMEOUT', pool, `the ${what} was stopped: it took longer than its timeout of ${timeout} ms`);
    this.timeout = timeout;
  }
}

/**
 * A transaction was used after it was committed or rolled back.
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
 * A transaction was begun on a connection that already has one open, or while another nested transaction has not ended.
 * @since 0.1.0
 */
export class TransactionOpenError extends PoolError {
  constructor(pool: string, which: 'connection' | 'nested') {
    super(
      'MYSQL_TRANSACTION_OPEN',
      pool,
      which === 'nested'
        ? 'a nested transaction is still open; await it before the next one begins, and before the outer one ends'
        : 'this connection has an open transaction already; for a nested one, call transaction() of the open one',
    );
  }
}

/**
 * A transaction has ended although its function is still running. Either the server rolled it back when a statement
 * failed (the `cause` is that error), or a statement ended it, such as DDL or a manual COMMIT. Later statements would
 * run outside of any transaction, so they are refused.
 * @since 0.1.0
 */
export class TransactionLostError extends PoolError {
  /** The statement that ended the transaction, with its values masked; undefined if it is not known. */
  readonly statement: string | undefined;

  constructor(pool: string, loss: TransactionLoss, cause: unknown) {
    super('MYSQL_TRANSACTION_LOST', pool, lostText(loss), cause);
    this.statement = loss.statement;
  }
}

/** How a transaction ended before its function did. */
export interface TransactionLoss {
  readonly how: 'failure' | 'statement' | 'savepoint';
  readonly statement: string | undefined;
  readonly mayBeHalfDone: boolean;
}

function lostText({ how, statement, mayBeHalfDone }: TransactionLoss): string {
  const which = statement === undefined ? 'a statement' : `"${statement}"`;
  const refused = 'what follows is refused, as it would run outside of it';
  if (!mayBeHalfDone) {
    return `the server has rolled the transaction back because ${which} failed; ${refused}; let that error propagate, and run the whole transaction again (option "retry")`;
  }
  const ended =
    how === 'savepoint'
      ? 'a savepoint of the transaction is gone, so something has ended it'
      : `${which} has ended the transaction${how === 'failure' ? ', and failed' : ''}`;
  return `${ended}; what came before may be committed; ${refused}; keep DDL, LOCK TABLES, BEGIN, COMMIT and ROLLBACK out of transaction()`;
}

/**
 * The connection was lost: the server closed it, or the network failed. The `cause` is the loss. The statement that
 * rejects with this error was not executed.
 * @since 0.1.0
 */
export class ConnectionLostError extends PoolError {
  /** mysql2 marks errors that a connection does not survive in this way. */
  readonly fatal = true;

  constructor(pool: string, cause: unknown) {
    super('MYSQL_CONNECTION_LOST', pool, 'the connection was lost before this was sent; acquire another', cause);
  }
}

/**
 * The connection was lost while COMMIT was running: the transaction may or may not have been committed. The `cause` is
 * the loss.
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
 * A returned connection could not be cleaned, and was destroyed. Reported in `closed` events.
 * @since 0.1.0
 */
export class UncleanConnectionError extends PoolError {
  constructor(pool: string, why: string) {
    super('MYSQL_UNCLEAN', pool, `the connection cannot be lent again: ${why}`);
  }
}

/**
 * The installed mysql2 is too old for the pool.
 * @since 0.1.0
 */
export class DriverTooOldError extends PoolError {
  /** The installed version; undefined if it cannot be determined. */
  readonly found: string | undefined;
  readonly oldest: string;

  constructor(pool: string, found: string | undefined, oldest: string) {
    super(
      'MYSQL_DRIVER_TOO_OLD',
      pool,
      `mysql2 ${found ?? '(its version cannot be told)'} is installed, and ${oldest} or later is needed: ` +
        'npm install mysql2@latest. An application that has to keep it can use node-mysqlpool/register',
    );
    this.found = found;
    this.oldest = oldest;
  }
}

/**
 * A named lock was requested on the very connection that already holds it, because the pool has no other connection
 * left; the server would grant it a second time. Or one statement releases locks that are held by two connections.
 * @since 0.1.0
 */
export class NamedLockHeldError extends PoolError {
  constructor(pool: string, why: 'taken' | 'apart') {
    const text =
      why === 'taken'
        ? 'this named lock is already held by the only connection that is left, on which the server would grant it a ' +
          'second time; raise maxSize'
        : 'these named locks are held by two connections, and a statement runs on one: release each by its own statement';
    super('MYSQL_NAMED_LOCK_HELD', pool, text);
  }
}

/**
 * All places of a fleet with `cap: 'slots'` (named locks of the server) are taken. No caller gets this error directly:
 * callers wait for a place until their deadline. It is the `cause` of their timeout error, and is reported in
 * `openFailed` events.
 * @since 0.1.0
 */
export class FleetFullError extends PoolError {
  /** The fleet's name. */
  readonly fleet: string;
  /** How many places it has. */
  readonly limit: number;

  constructor(pool: string, fleet: string, limit: number) {
    super('MYSQL_FLEET_FULL', pool, `all ${limit} places of the fleet "${fleet}" are taken`);
    this.fleet = fleet;
    this.limit = limit;
  }
}
