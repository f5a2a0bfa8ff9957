import type { EventEmitter } from 'node:events';
import { internals, type Dial } from '../mysql/driver.js';
import { MysqlPool, type MysqlConnection, type MysqlLease } from '../api/index.js';
import { mayBeLone } from '../mysql/lone-loan.js';
import { hookOfParts, runHook } from '../mysql/connect-hook.js';
import { sessionOf } from '../mysql/session.js';
import { callOut } from './call-out.js';
import { leasesOf, type ConnectionLeases } from './connection-leases.js';
import { asMysql2Error } from './errors.js';
import { runInitListeners } from './init-listeners.js';
import type { BasePoolConnection } from './mysql2-module.js';
import type { FacadeOptions } from './options.js';
import { PoolConfig } from './pool-config.js';
import { ListView } from './pool-views.js';
import { isTraced, traceConnect } from './tracing.js';

/** Called with a connection and its lease, or with an error in mysql2's terms. */
export type Borrowed = (error: unknown, connection?: BasePoolConnection, lease?: MysqlLease) => void;

/** Options of one loan. */
export interface BorrowOptions {
  readonly signal?: AbortSignal;
  /** Whether the callback may be called synchronously if a connection is idle. @default false */
  readonly mayBeAtOnce?: boolean;
}

export const AT_ONCE: BorrowOptions = { mayBeAtOnce: true };

/** The pool behind a facade pool: lends its connections by callback, and emits mysql2's pool events. */
export class CallbackPool {
  readonly pool: MysqlPool;
  readonly config: PoolConfig;
  readonly all: ListView<MysqlConnection> = new ListView<MysqlConnection>(
    () => this.pool.stats().size,
    () => this.#connections,
  );
  readonly free: ListView<MysqlConnection> = new ListView<MysqlConnection>(
    () => this.pool.stats().idle,
    () => [...this.#connections].filter((connection) => leasesOf(connection)?.isLent === false),
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
      await this.#initialize(connection as BasePoolConnection);
    });
    this.pool = new MysqlPool(options.pool, { onConnect: hook }, (dialled) => this.#made(dial(dialled)));
    this.pool.via = 'mysql2';
    this.config = new PoolConfig(this.pool, options);
  }

  /** Number of waiters for whom no connection is being opened or made ready. */
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
      (error: unknown) => this.#refuse(error, waits, done),
    );
  }

  /**
   * Whether there are more waiters than the pool can still open connections for. In mysql2's terms a caller whose
   * connection is being opened is not queued.
   */
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
      // The scope that requested the connection has ended in the meantime.
      callOut(done, error);
      return;
    }
    if (internals(connection).stream.destroyed) {
      // The previous borrower released and then destroyed it in the same tick.
      lease.destroy();
      this.#borrow(done, options);
      return;
    }
    leasesOf(connection)?.lend(lease);
    mayBeLone(connection, lease);
    this.#emit('acquire', connection);
    callOut(done, null, connection, lease);
  }

  #refuse(error: unknown, waits: boolean, done: Borrowed): void {
    callOut(done, asMysql2Error(error, waits));
  }

  #takeBack(connection: BasePoolConnection, leases: ConnectionLeases): void {
    // No event for a loan that was not made through mysql2's API, or that ended before its borrower was called back.
    if (leases.takeBack() && !leases.isGivenUp) this.#emit('release', connection);
  }

  #made(connection: MysqlConnection): MysqlConnection {
    this.#connections.add(connection);
    internals(connection).stream.once('close', () => this.#connections.delete(connection));
    return connection;
  }

  /** Emits the `connection` event: its listeners set up the connection before it is first lent. */
  async #initialize(connection: BasePoolConnection): Promise<void> {
    const leases = leasesOf(connection)!;
    sessionOf(connection).onLoanEnd = () => this.#takeBack(connection, leases);
    if (leases.init !== undefined) {
      await leases.init?.repeatAll(connection);
      // Removes the listeners that repeating added once more: those of the first run are still there.
      leases.restoreListeners();
      return;
    }
    leases.init = this.#tells('connection')
      ? await runInitListeners(this.pool.name, connection, () => this.#emit('connection', connection))
      : null;
  }
}
