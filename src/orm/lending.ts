import { AsyncLocalStorage } from 'node:async_hooks';
import type { CreatorPool } from '../api/creator-pool.js';
import { connectFailureIn } from '../facade/errors.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { noteOrigin } from '../mysql/hooks.js';
import { mayBeLone } from '../mysql/lone-loan.js';
import { captureCallSite, codeOf, OperationTimeoutError } from '../pool/index.js';
import type { ScopedLease } from '../scope/index.js';
import { Deadlines } from './deadlines.js';
import { leaseOf, LeaseViews, noteLoss } from './lease-view.js';

const calls = new AsyncLocalStorage<Error>();

/** How an ORM expects the pool that replaces its own to behave. */
export interface LendingRules {
  /** The ORM's own check of a connection that is about to be lent; a connection that fails it is replaced. */
  validate(connection: MysqlConnection): boolean | Promise<boolean>;
  /** Whether a connection is also replaced if the check throws; otherwise the caller gets that error. @default false */
  readonly replacesThrown?: boolean;
  /** Creates the error that the ORM recognises as a timeout. */
  timeoutError(): Error;
  /**
   * Converts a failure to connect that did not come from the ORM to the ORM's own error.
   * @default the failure itself
   */
  connectError?(failure: unknown): unknown;
  /** How many times a connection may be lent. @default Infinity */
  readonly maxUses?: number | undefined;
  /** Whether the ORM calls `destroy` with the physical connection when that is lost, whoever has borrowed it. */
  readonly tellsLoss?: boolean;
}

/** Is told the outcome of requests, by their numbers. */
export interface LendingWatch {
  lent(request: number, connection: MysqlConnection): void;
  failed(request: number, error: unknown): void;
}

/** Lends the connections of a pool to an ORM that knows nothing of leases. */
export class Lending {
  readonly pool: CreatorPool;
  watch: LendingWatch | undefined;
  readonly #rules: LendingRules;
  readonly #views = new LeaseViews();
  /** By physical connection, for ORMs that know that object. */
  readonly #leases = new WeakMap<MysqlConnection, ScopedLease<MysqlConnection>>();
  readonly #uses = new WeakMap<MysqlConnection, number>();
  readonly #checks = new Deadlines();

  constructor(pool: CreatorPool, rules: LendingRules) {
    this.pool = pool;
    this.#rules = rules;
  }

  /**
   * Remembers the call site of the caller of `fn`, if the pool records the call sites of borrowers. It is shown for
   * loans made within `fn` whose own stack does not lead to the application, because some ORMs do not await what they
   * do.
   */
  calledFromHere<T>(fn: () => T): T {
    // Not otherwise: once a process has used AsyncLocalStorage, every promise in it costs a little more.
    return this.pool.keepsCallSites ? calls.run(captureCallSite(), fn) : fn();
  }

  /**
   * @param request the number by which `watch` is told the outcome
   * @throws the ORM's own errors for a timeout and for a failure to connect, and ours for everything else
   */
  acquire(request: number = 0): Promise<MysqlConnection> {
    const lease = this.pool.tryAcquire();
    if (lease === undefined) return this.#acquireValid(request, undefined, undefined);
    const isValid = this.#check(lease.connection);
    // The usual case: an idle connection that passes the check at once needs no further promise.
    return isValid === true ? Promise.resolve(this.#hand(request, lease)) : this.#acquireValid(request, lease, isValid);
  }

  /** @param isValid the result of the check of `lease`, if there is a lease already */
  async #acquireValid(
    request: number,
    lease: ScopedLease<MysqlConnection> | undefined,
    isValid: boolean | Promise<boolean> | undefined,
  ): Promise<MysqlConnection> {
    try {
      const deadline = performance.now() + this.pool.options.acquireTimeout;
      // Without options the loan has the pool's own acquireTimeout.
      lease ??= await this.pool.acquire();
      for (;;) {
        isValid ??= this.#check(lease.connection);
        let isFit = false;
        let fault: unknown;
        try {
          isFit = typeof isValid === 'boolean' ? isValid : await this.#within('pool.validate', deadline, isValid);
        } catch (error) {
          fault = error;
          noteOrigin(fault, 'pool.validate');
        }
        if (isFit) return this.#hand(request, lease);
        lease.destroy(new Error("the ORM's own check found it unfit", { cause: fault }));
        if (fault !== undefined && this.#rules.replacesThrown !== true) throw fault as Error;
        // Only the remaining time: if even unused connections fail the check, this loop must end.
        const left = deadline - performance.now();
        if (left <= 0) throw Object.assign(this.#rules.timeoutError(), fault === undefined ? {} : { cause: fault });
        lease = await this.pool.acquire({ timeout: left });
        isValid = undefined;
      }
    } catch (error) {
      const failure = this.#translate(error);
      this.watch?.failed(request, failure);
      throw failure;
    }
  }

  #within<T>(hook: string, deadline: number, work: PromiseLike<T>): Promise<T> {
    const { name, options } = this.pool;
    return this.#checks.within(
      deadline,
      work,
      () => new OperationTimeoutError(name, `the hook ${hook}`, options.acquireTimeout),
    );
  }

  /**
   * Runs a hook of the application that gets the connection before its borrower does, within the borrower's
   * acquireTimeout. If the hook fails, the connection is released; if it is too late, the connection is destroyed,
   * because the hook may still be using it.
   * @throws what the hook throws, or the ORM's own timeout error
   */
  async hooked(hook: string, view: MysqlConnection, work: PromiseLike<unknown>): Promise<void> {
    try {
      await this.#within(hook, performance.now() + this.pool.options.acquireTimeout, work);
    } catch (error) {
      if (error instanceof OperationTimeoutError) {
        this.destroy(view);
        throw Object.assign(this.#rules.timeoutError(), { cause: error });
      }
      noteOrigin(error, hook);
      this.release(view);
      throw error;
    }
  }

  /** Runs the ORM's own check. A synchronous error becomes a rejection. */
  #check(connection: MysqlConnection): boolean | Promise<boolean> {
    try {
      return this.#rules.validate(connection);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #hand(request: number, lease: ScopedLease<MysqlConnection>): MysqlConnection {
    const { connection } = lease;
    this.#count(lease, connection);
    if (lease.takenFrom !== undefined) lease.takenFrom.cause ??= calls.getStore();
    mayBeLone(connection, lease);
    if (this.#rules.tellsLoss === true) this.#leases.set(connection, lease);
    const view = this.#views.lend(lease, connection);
    this.watch?.lent(request, view);
    return view;
  }

  #count(lease: ScopedLease<MysqlConnection>, connection: MysqlConnection): void {
    const { maxUses = Infinity } = this.#rules;
    if (maxUses === Infinity) return;
    const uses = (this.#uses.get(connection) ?? 0) + 1;
    this.#uses.set(connection, uses);
    if (uses >= maxUses) lease.invalidate({ soft: true });
  }

  /** Returns false if the connection was released before. */
  release(view: MysqlConnection): boolean {
    const lease = leaseOf(view) ?? this.#leases.get(view);
    if (lease?.active !== true) return false;
    lease.release();
    return true;
  }

  /** Ends the loan and closes the connection. Returns false if the loan has ended before. */
  destroy(view: MysqlConnection): boolean {
    const lease = leaseOf(view) ?? this.#leases.get(view);
    if (lease?.active !== true) return false;
    // The connection was lost: its place in the pool becomes free now, and not only when the borrower releases it.
    if (lease.connection === view) noteLoss(view);
    lease.destroy();
    return true;
  }

  #translate(error: unknown): unknown {
    const failure = connectFailureIn(error);
    if (failure !== undefined) return this.#rules.connectError?.(failure) ?? failure;
    const isTimeout = codeOf(error) === 'POOL_ACQUIRE_TIMEOUT';
    return isTimeout ? Object.assign(this.#rules.timeoutError(), { cause: error }) : error;
  }
}
