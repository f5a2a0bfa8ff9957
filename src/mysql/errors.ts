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
 * A transaction has ended although its function goes on: the server rolled it back when a statement failed (then the
 * `cause` is that error), or a statement ended it, such as DDL or a COMMIT by hand. What follows would run outside of any
 * transaction, so it is refused.
 * @since 0.1.0
 */
export class TransactionLostError extends PoolError {
  /** The statement that did it, without its values, as far as it is known. */
  readonly statement: string | undefined;

  constructor(pool: string, loss: TransactionLoss, cause: unknown) {
    super('MYSQL_TRANSACTION_LOST', pool, lostText(loss), cause);
    this.statement = loss.statement;
  }
}

/** How a transaction ended without its function. */
export interface TransactionLoss {
  readonly how: 'failure' | 'statement' | 'savepoint';
  readonly statement: string | undefined;
  readonly mayBeHalfDone: boolean;
}

function lostText({ how, statement, mayBeHalfDone }: TransactionLoss): string {
  const which = statement === undefined ? 'a statement' : `"${statement}"`;
  const refused = 'what follows is refused, as it would run outside of it';
  if (!mayBeHalfDone) {
    return `the server has rolled the transaction back because ${which} failed; ${refused}; let that error pass, and run the whole again (option "retry")`;
  }
  const ended =
    how === 'savepoint'
      ? 'a savepoint of the transaction is gone, so something has ended it'
      : `${which} has ended the transaction${how === 'failure' ? ', and failed' : ''}`;
  return `${ended}; what came before may be committed; ${refused}; keep DDL, LOCK TABLES, BEGIN, COMMIT and ROLLBACK out of transaction()`;
}

/**
 * The connection is gone: the server closed it, or the network broke. The `cause` is the loss. What was sent to it later
 * was not carried out.
 * @since 0.1.0
 */
export class ConnectionLostError extends PoolError {
  /** As mysql2 marks what a connection does not survive. */
  readonly fatal = true;

  constructor(pool: string, cause: unknown) {
    super('MYSQL_CONNECTION_LOST', pool, 'the connection was lost before this was sent; acquire another', cause);
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

/**
 * The installed mysql2 lacks what the pool needs.
 * @since 0.1.0
 */
export class DriverTooOldError extends PoolError {
  /** What is installed, where that can be told. */
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
 * A named lock is asked for on the very connection that has it, since the pool has no other one left: the server would
 * grant it a second time. Or one statement releases locks that two connections have.
 * @since 0.1.0
 */
export class NamedLockHeldError extends PoolError {
  constructor(pool: string, why: 'taken' | 'apart') {
    const text =
      why === 'taken'
        ? 'this named lock is taken already, and the connection that has it is the only one left to ask on, where the server ' +
          'would grant it again; raise maxSize'
        : 'two connections have these named locks, and a statement runs on one: release each by a statement of its own';
    super('MYSQL_NAMED_LOCK_HELD', pool, text);
  }
}

/**
 * All places of a fleet whose places are named locks of the server are taken. Never told to a caller as such: it waits for
 * a place until its deadline. Seen as the `cause` of the error it gets then, and in `openFailed` events.
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
