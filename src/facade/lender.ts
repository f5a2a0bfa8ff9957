import type { EventEmitter } from 'node:events';
import { internals, type Dial } from '../mysql/driver.js';
import { MysqlPool, type MysqlConnection, type MysqlLease } from '../api/index.js';
import { mayBeLone } from '../mysql/lone-loan.js';
import { hookOfParts, runHook } from '../mysql/connect-hook.js';
import { sessionOf } from '../mysql/session.js';
import { callOut } from './call-out.js';
import { custodyOf, type Custody } from './custody.js';
import { asMysql2Error } from './errors.js';
import { introduce } from './introduction.js';
import type { BasePoolConnection } from './mysql2-module.js';
import type { FacadeOptions } from './options.js';
import { PoolConfig } from './pool-config.js';
import { ListView } from './pool-views.js';
import { isTraced, traceConnect } from './tracing.js';

/** Called with a connection and the lease behind it, or with an error in mysql2's words. */
export type Borrowed = (error: unknown, connection?: BasePoolConnection, lease?: MysqlLease) => void;

/** How one caller wants to be served. */
export interface BorrowOptions {
  readonly signal?: AbortSignal;
  /** Whether he may be called back before `borrow` has returned, when a connection lies ready. @default false */
  readonly mayBeAtOnce?: boolean;
}

export const AT_ONCE: BorrowOptions = { mayBeAtOnce: true };

/** Our pool behind mysql2's: lends its connections by callback, and tells mysql2's events of it. */
export class Lender {
  readonly pool: MysqlPool;
  readonly config: PoolConfig;
  readonly all: ListView<MysqlConnection> = new ListView<MysqlConnection>(
    () => this.pool.stats().size,
    () => this.#connections,
  );
  readonly free: ListView<MysqlConnection> = new ListView<MysqlConnection>(
    () => this.pool.stats().idle,
    () => [...this.#connections].filter((connection) => custodyOf(connection)?.isLent === false),
  );
  readonly queue: ListView<undefined> = new ListView<undefined>(
    () => this.#waiting,
    () => Array.from({ length: this.#waiting }, () => undefined),
  );
  readonly #emitter: EventEmitter;
  readonly #connections = new Set<MysqlConnection>();

  constructor(emitter: EventEmitter, options: FacadeOptions, dial: Dial) {
    this.#emitter = emitter;
    const { onConnect } = options.pool;
    const hook = hookOfParts(async (connection: MysqlConnection): Promise<void> => {
      if (onConnect !== undefined) await runHook(onConnect, connection);
      await this.#introduce(connection as BasePoolConnection);
    });
    this.pool = new MysqlPool(options.pool, { onConnect: hook }, (dialled) => this.#made(dial(dialled)));
    this.pool.via = 'mysql2';
    this.config = new PoolConfig(this.pool, options);
  }

  /** Callers for whom no connection is being opened or made ready. */
  get #waiting(): number {
    const { waiters, connecting, idle } = this.pool.stats();
    return Math.max(0, waiters - connecting - idle);
  }

  borrow(done: Borrowed, options: BorrowOptions = {}): void {
    if (isTraced()) {
      const take = (called: Borrowed): void => this.#borrow(called, options);
      traceConnect(this.config.connectionConfig, take as never, done as (error: unknown) => void);
      return;
    }
    const lease = options.mayBeAtOnce === true ? this.pool.tryAcquire() : undefined;
    if (lease === undefined) this.#borrow(done, options);
    else this.#lend(lease, done, options);
  }

  #borrow(done: Borrowed, options: BorrowOptions): void {
    const { signal } = options;
    const waits = this.config.waitForConnections;
    const before = waits && this.#tells('enqueue') ? this.pool.stats().waiters : Infinity;
    const limits = signal === undefined ? undefined : { signal };
    const loan = this.pool.acquire(waits ? limits : { ...limits, timeout: 0 });
    if (before < Infinity && this.pool.stats().waiters > before && this.#isFull()) this.#emitter.emit('enqueue');
    void loan.then(
      (lease) => this.#lend(lease, done, options),
      (error: unknown) => this.#refuse(asMysql2Error(error, waits), done),
    );
  }

  /** Whether more callers wait than there is room for. Whoever waits for a connection to be opened does not wait in mysql2's sense. */
  #isFull(): boolean {
    const { maxSize, size, inUse, closing, waiters, limitedBy } = this.pool.stats();
    return inUse + closing + waiters > (limitedBy === undefined ? maxSize : size);
  }

  #tells(event: string): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  #emit(event: string, connection: MysqlConnection): void {
    if (this.#tells(event)) callOut(() => this.#emitter.emit(event, connection));
  }

  #lend(lease: MysqlLease, done: Borrowed, options: BorrowOptions): void {
    let connection: BasePoolConnection;
    try {
      connection = lease.connection as BasePoolConnection;
    } catch (error) {
      // The scope that asked for it has ended meanwhile.
      callOut(done, error);
      return;
    }
    if (internals(connection).stream.destroyed) {
      // Whoever had it before has given it back and destroyed it, in one go.
      lease.destroy();
      this.#borrow(done, options);
      return;
    }
    custodyOf(connection)?.lend(lease);
    mayBeLone(connection, lease);
    this.#emit('acquire', connection);
    callOut(done, null, connection, lease);
  }

  #refuse(error: unknown, done: Borrowed): void {
    callOut(done, error);
  }

  #takeBack(connection: BasePoolConnection, custody: Custody): void {
    // Whoever borrowed it elsewhere, or was gone before he got it, was no borrower of mysql2's pool.
    if (custody.takeBack() && !custody.isGivenUp) this.#emit('release', connection);
  }

  #made(connection: MysqlConnection): MysqlConnection {
    this.#connections.add(connection);
    internals(connection).stream.once('close', () => this.#connections.delete(connection));
    return connection;
  }

  /** The `connection` event: listeners set the connection up, before anybody has it. */
  async #introduce(connection: BasePoolConnection): Promise<void> {
    const custody = custodyOf(connection)!;
    sessionOf(connection).onLoanEnd = () => this.#takeBack(connection, custody);
    if (custody.introduction !== undefined) {
      await custody.introduction?.repeatAll(connection);
      // A reset takes off what the first introduction had put on.
      custody.restoreListeners();
      return;
    }
    custody.introduction = this.#tells('connection')
      ? await introduce(this.pool.name, connection, () => this.#emit('connection', connection))
      : null;
  }
}
