import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecuteValues, QueryResult, QueryValues } from 'mysql2';
import { LeaseEndedError } from '../pool/index.js';
import { calledAlone } from '../scope/index.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { answered, beforeLimit, rolledBack } from './ending.js';
import { errnoOf, isLost, isWorthRetrying } from '../session/index.js';
import { CommitUnknownError, QueryTimeoutError, TransactionEndedError, TransactionOpenError } from '../mysql/errors.js';
import { limitsOf, watchLimits, type QueryLimits } from './limits.js';
import { onAbort } from './on-abort.js';
import type { StreamLimits } from './row-stream.js';
import { sessionOf, type Session } from '../mysql/session.js';
import type { StatementRunner } from './statement-runner.js';
import {
  placed,
  placeOf,
  runStatement,
  tracesOn,
  type Answer,
  type Method,
  type Place,
  type StatementOptions,
} from './statements.js';
import { TransactionGuard } from './transaction-guard.js';
import { checkTransactionFunction, checkTransactionOptions, type TransactionOptions } from './transaction-options.js';

// The pause before the n-th retry is random, up to FIRST_PAUSE × 2^n ms, so that transactions that collided do not
// collide again.
const FIRST_PAUSE = 10;
const LONGEST_PAUSE = 1_000;

/**
 * Runs `fn` in a transaction on a borrowed connection that has no open transaction.
 *
 * For every statement in `fn` that captures its call site, Node writes an async stack frame for each async function
 * that awaits `fn`. That is the most expensive part of a short transaction, so there are as few such functions as
 * possible, here and in `Transaction`.
 */
export function runTransaction<T>(
  lease: StatementRunner,
  fn: (tx: Transaction) => T | Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  try {
    const { pool } = sessionOf(lease.connection).host;
    checkTransactionFunction(pool, fn);
    checkTransactionOptions(pool, options);
    const { signal, timeout } = options;
    signal?.throwIfAborted();
    if (signal === undefined && timeout === undefined) return attempts(lease, fn, options, undefined);
    return attemptsWithin(pool, lease, fn, options);
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

async function attemptsWithin<T>(
  pool: string,
  lease: StatementRunner,
  fn: (tx: Transaction) => T | Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const limit = new AbortController();
  const timedOut = (ms: number): Error => new QueryTimeoutError(pool, 'transaction', ms);
  const endWatch = watchLimits(options, timedOut, (reason) => limit.abort(reason));
  try {
    return await attempts(lease, fn, options, limit.signal);
  } finally {
    endWatch();
  }
}

async function attempts<T>(
  lease: StatementRunner,
  fn: (tx: Transaction) => T | Promise<T>,
  options: TransactionOptions,
  limit: AbortSignal | undefined,
): Promise<T> {
  const { retry = 0 } = options;
  for (let attempt = 0; ; attempt++) {
    const session = await begin(lease, options, limit);
    const guard = TransactionGuard.over(session);
    let isDone = false;
    try {
      const result = await new Transaction(lease, guard, limit, 0).run(fn);
      isDone = true;
      await commit(lease, session, guard, limit);
      return result;
    } catch (error) {
      // If `fn` threw, its error is what the caller gets, whatever the rollback does.
      if (!isDone) await rollBack(lease, session, guard, limit);
      if (attempt >= retry || limit?.aborted === true || !lease.active) throw error;
      // A retry would repeat what DDL in the transaction has already committed.
      if (!isWorthRetrying(error) || guard.mayBeHalfDone) throw error;
    } finally {
      guard.remove();
    }
    const pause = Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** attempt);
    await sleep(pause, undefined, { signal: limit }).catch(() => undefined);
    limit?.throwIfAborted();
  }
}

/**
 * Sends a control statement of the transaction (BEGIN, COMMIT, SAVEPOINT …). Its call site is captured only when it
 * fails: the awaiting callers are still known then.
 */
async function control(lease: StatementRunner, sql: string, limits?: QueryLimits): Promise<void> {
  try {
    await runStatement(lease.connection, 'query', sql, undefined, limits, undefined, lease);
  } catch (error) {
    throw placed(error, new Error('failed'));
  }
}

async function begin(
  lease: StatementRunner,
  { isolation, readOnly }: TransactionOptions,
  limit: AbortSignal | undefined,
): Promise<Session> {
  const session = sessionOf(lease.connection);
  // The ROLLBACK of an earlier transaction that reached its limit may still be running.
  if (session.unfinished !== undefined && !(await beforeLimit(limit, session.unfinished))) limit!.throwIfAborted();
  if (session.inTransaction) throw new TransactionOpenError(session.host.pool, 'connection');
  const limits = limit && { signal: limit };
  const say = (sql: string): Promise<unknown> => session.unnoted(() => control(lease, sql, limits));
  if (isolation !== undefined) await say(`SET TRANSACTION ISOLATION LEVEL ${isolation}`);
  await say(`START TRANSACTION${readOnly === true ? ' READ ONLY' : ''}`);
  return session;
}

/** A failed rollback needs no handling here: the connection cannot be cleaned either, and is destroyed on return. */
async function rollBack(
  lease: StatementRunner,
  session: Session,
  guard: TransactionGuard,
  limit: AbortSignal | undefined,
): Promise<void> {
  if (!lease.active) return;
  const undo = guard.end(() => session.unnoted(() => control(lease, 'ROLLBACK')));
  await rolledBack(session, limit, undo);
}

/** Not interrupted the way a statement is: killing a COMMIT half-way would leave its outcome unknown. */
async function commit(
  lease: StatementRunner,
  session: Session,
  guard: TransactionGuard,
  limit: AbortSignal | undefined,
): Promise<void> {
  try {
    const send = (): Promise<unknown> => session.unnoted(() => control(lease, 'COMMIT'));
    await answered(session, limit, guard.end(send));
  } catch (error) {
    if (!guard.wasEndSent) {
      await rollBack(lease, session, guard, limit);
      throw guard.isLost ? guard.failure : error;
    }
    if (isLost(error) || error instanceof LeaseEndedError) {
      const loss = error instanceof LeaseEndedError ? error.cause : error;
      // The server had closed the idle connection before it could read the COMMIT, so nothing was committed.
      if (errnoOf(loss) === IDLE_FOR_TOO_LONG) throw error;
      throw new CommitUnknownError(session.host.pool, session.gate.loss ?? loss);
    }
    // A failed COMMIT usually rolls back by itself; this makes sure.
    await rollBack(lease, session, guard, limit);
    throw error;
  }
}

const IDLE_FOR_TOO_LONG = 4031;

/**
 * A running transaction, as passed to the function given to `transaction`. It can be used until that function has
 * ended.
 * @since 0.1.0
 */
export class Transaction {
  readonly #lease: StatementRunner;
  readonly #guard: TransactionGuard;
  readonly #limit: AbortSignal | undefined;
  readonly #depth: number;
  readonly #outer: Transaction | undefined;
  /** The running statements, including those of nested transactions. */
  readonly #running: Set<Promise<unknown>>;
  /** Whether errors show the caller's line. */
  readonly #traces: boolean;
  #hasEnded = false;
  #hasInner = false;

  constructor(
    lease: StatementRunner,
    guard: TransactionGuard,
    limit: AbortSignal | undefined,
    depth: number,
    outer?: Transaction,
  ) {
    this.#lease = lease;
    this.#guard = guard;
    this.#limit = limit;
    this.#depth = depth;
    this.#outer = outer;
    this.#running = outer === undefined ? new Set() : outer.#running;
    this.#traces = outer === undefined ? tracesOn(lease.connection) : outer.#traces;
  }

  /** Whether the transaction can still be used. */
  get active(): boolean {
    return !this.#isOver() && !this.#guard.isLost && this.#lease.active;
  }

  /**
   * The connection that the transaction runs on.
   * @throws TransactionEndedError after the end of the transaction
   */
  get connection(): MysqlConnection {
    return this.#use().connection;
  }

  /** As `MysqlLease.query`. @throws TransactionEndedError after its end, TransactionLostError when the server has ended it */
  query<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: QueryLimits,
  ): Promise<Answer<T>> {
    if (!(this instanceof Transaction)) throw calledAlone('tx', 'query', this);
    const place = this.#traces ? placeOf(this, 'query') : undefined;
    return this.#send<T>('query', statement, values, limits, place);
  }

  /** As `MysqlLease.execute`. @throws TransactionEndedError after its end, TransactionLostError when the server has ended it */
  execute<T extends QueryResult>(
    statement: string | StatementOptions,
    values?: ExecuteValues,
    limits?: QueryLimits,
  ): Promise<Answer<T>> {
    if (!(this instanceof Transaction)) throw calledAlone('tx', 'execute', this);
    const place = this.#traces ? placeOf(this, 'execute') : undefined;
    return this.#send<T>('execute', statement, values, limits, place);
  }

  /** As `MysqlLease.stream`. @throws TransactionEndedError after its end, TransactionLostError when the server has ended it */
  stream<T = Record<string, unknown>>(
    statement: string | StatementOptions,
    values?: QueryValues,
    limits?: StreamLimits,
  ): AsyncGenerator<T, void, undefined> {
    if (!(this instanceof Transaction)) throw calledAlone('tx', 'stream', this);
    return this.#use().stream<T>(statement, values, {
      ...this.#within(statement, limits, 'stream'),
      highWaterMark: limits?.highWaterMark,
    });
  }

  /**
   * Runs `fn` in a nested transaction (a savepoint). If `fn` throws, its changes are undone, and the outer transaction
   * goes on.
   * @throws what `fn` throws; TransactionOpenError if another nested transaction has not ended
   */
  async transaction<T>(fn: (tx: Transaction) => T | Promise<T>): Promise<T> {
    if (!(this instanceof Transaction)) throw calledAlone('tx', 'transaction', this);
    this.#use();
    checkTransactionFunction(this.#guard.pool, fn);
    if (this.#hasInner) throw new TransactionOpenError(this.#guard.pool, 'nested');
    this.#hasInner = true;
    const depth = this.#depth + 1;
    const savepoint = `mysqlpool_${depth}`;
    const session = sessionOf(this.#lease.connection);
    try {
      await session.unnoted(() => this.#control(`SAVEPOINT ${savepoint}`));
      const inner = new Transaction(this.#lease, this.#guard, this.#limit, depth, this);
      let result: T;
      try {
        result = await inner.run(fn);
      } catch (error) {
        const undo = (): Promise<unknown> => control(this.#lease, `ROLLBACK TO SAVEPOINT ${savepoint}`);
        // If ROLLBACK TO fails, the commit of the outer transaction would include half of the nested one.
        if (this.active) await session.unnoted(undo).catch((failure: unknown) => this.#guard.savepointFailed(failure));
        throw error;
      }
      await session
        .unnoted(() => this.#control(`RELEASE SAVEPOINT ${savepoint}`))
        .catch((failure: unknown) => {
          this.#guard.savepointFailed(failure);
          throw this.#guard.failure;
        });
      return result;
    } finally {
      this.#hasInner = false;
    }
  }

  /** Calls `fn` with this transaction, and ends the transaction when `fn` ends. For internal use by `transaction`. */
  run<T>(fn: (tx: Transaction) => T | Promise<T>): Promise<T> {
    return this.#limit === undefined ? this.#whole(fn) : this.#wholeWithin(this.#limit, fn);
  }

  async #wholeWithin<T>(limit: AbortSignal, fn: (tx: Transaction) => T | Promise<T>): Promise<T> {
    let unwatch = (): void => undefined;
    try {
      if (this.#depth > 0) return await this.#whole(fn);
      const aborted = new Promise<never>((_, reject) => {
        const abort = (): void => reject(limit.reason as Error);
        unwatch = onAbort(limit, abort);
        if (limit.aborted) abort();
      });
      return await Promise.race([this.#whole(fn), aborted]);
    } finally {
      unwatch();
      this.#hasEnded = true;
      // Statements that are being stopped must be over before anything else is sent.
      if (limit.aborted) await Promise.allSettled(this.#running);
    }
  }

  /**
   * Checks after `fn` has returned: even if it swallowed the error that ended the transaction, the transaction must not
   * be reported as successful.
   */
  async #whole<T>(fn: (tx: Transaction) => T | Promise<T>): Promise<T> {
    try {
      const result = await fn(this);
      if (this.#guard.known !== undefined) await this.#guard.known;
      if (this.#guard.isLost) throw this.#guard.failure;
      // Committing now would include half of the nested transaction.
      if (this.#hasInner) throw new TransactionOpenError(this.#guard.pool, 'nested');
      return result;
    } finally {
      this.#hasEnded = true;
    }
  }

  /**
   * @param place the call site, captured by the public method itself: every frame in between makes capturing more
   * expensive
   */
  #send<T extends QueryResult>(
    method: Method,
    statement: string | StatementOptions,
    values: unknown,
    limits: QueryLimits | undefined,
    place: Place | undefined,
  ): Promise<Answer<T>> {
    try {
      const lease = this.#use();
      const within = this.#within(statement, limits);
      return this.#watch(runStatement<T>(lease.connection, method, statement, values, within, place, lease));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async #control(sql: string): Promise<void> {
    await this.#watch(control(this.#use(), sql, this.#limit && { signal: this.#limit }));
  }

  /**
   * Running statements are tracked only if there is a limit, as only a limit can end the transaction while they run.
   */
  #watch<T>(running: Promise<T>): Promise<T> {
    return this.#limit === undefined ? running : this.#watched(running);
  }

  async #watched<T>(running: Promise<T>): Promise<T> {
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /**
   * A nested transaction is over when the one around it is: its later statements would run outside of any transaction.
   */
  #isOver(): boolean {
    return this.#hasEnded || (this.#outer !== undefined && this.#outer.#isOver());
  }

  #use(): StatementRunner {
    if (this.#isOver() || this.#limit?.aborted === true)
      throw new TransactionEndedError(this.#guard.pool, this.#limit?.reason);
    if (this.#guard.isLost) throw this.#guard.error();
    return this.#lease;
  }

  /** The limits of one statement, combined with those of the whole transaction. */
  #within(
    statement: string | StatementOptions,
    limits: QueryLimits | undefined,
    whose: 'statement' | 'stream' = 'statement',
  ): QueryLimits | undefined {
    const limit = this.#limit;
    if (limit === undefined && limits === undefined && typeof statement === 'string') return undefined;
    const own = limitsOf(this.#guard.pool, statement, limits, whose);
    if (limit === undefined) return own;
    return { signal: own?.signal === undefined ? limit : AbortSignal.any([own.signal, limit]), timeout: own?.timeout };
  }
}
