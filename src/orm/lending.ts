import { AsyncLocalStorage } from 'node:async_hooks';
import type { CreatorPool } from '../api/creator-pool.js';
import { connectFailureIn } from '../facade/errors.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { noteOrigin } from '../mysql/hooks.js';
import { mayBeLone } from '../mysql/lone-loan.js';
import { captureCallSite, codeOf, OperationTimeoutError } from '../pool/index.js';
import type { ScopedLease } from '../scope/index.js';
import { Deadlines } from './deadlines.js';
import { leaseOf, LentConnections, noteLoss } from './lent-connection.js';

const calls = new AsyncLocalStorage<Error>();

/** What an ORM wants of the pool that its own is replaced by. */
export interface LendingRules {
  /** The ORM's own check of a connection that is about to be lent; one that fails is replaced. */
  validate(connection: MysqlConnection): boolean | Promise<boolean>;
  /** Whether one whose check throws is replaced as well; else the caller is told what it has thrown. @default false */
  readonly replacesThrown?: boolean;
  /** The error that the ORM takes for a time-out. */
  timeoutError(): Error;
  /** The ORM's own word for a failure to connect that did not come from the ORM. @default the failure itself */
  connectError?(failure: unknown): unknown;
  /** How many times a connection may be lent. @default Infinity */
  readonly maxUses?: number | undefined;
  /** Whether the ORM says `destroy` of the physical connection when that is lost, whoever has it. */
  readonly tellsLoss?: boolean;
}

/** Who wants to hear what came of requests, by their numbers. */
export interface LendingWatch {
  lent(request: number, connection: MysqlConnection): void;
  failed(request: number, error: unknown): void;
}

/** Lends the connections of a pool to an ORM that knows nothing of leases. */
export class Lending {
  readonly pool: CreatorPool;
  watch: LendingWatch | undefined;
  readonly #rules: LendingRules;
  readonly #views = new LentConnections();
  /** By the physical connections, of an ORM that knows those. */
  readonly #leases = new WeakMap<MysqlConnection, ScopedLease<MysqlConnection>>();
  readonly #uses = new WeakMap<MysqlConnection, number>();
  readonly #checks = new Deadlines();

  constructor(pool: CreatorPool, rules: LendingRules) {
    this.pool = pool;
    this.#rules = rules;
  }

  /**
   * Remembers the line of the program that calls `fn`, if the lines of borrowers are of interest. What is borrowed in it
   * is told to have been taken there when that cannot be seen from the stack: some ORMs do not await what they do.
   */
  calledFromHere<T>(fn: () => T): T {
    // The first async context that a process enters makes each of its promises dearer, for good.
    return this.pool.keepsCallSites ? calls.run(captureCallSite(), fn) : fn();
  }

  /**
   * @param request a number by which `watch` is told what came of it
   * @throws the ORM's own errors for a time-out and for a failure to connect, and ours for the rest
   */
  acquire(request: number = 0): Promise<MysqlConnection> {
    const lease = this.pool.tryAcquire();
    if (lease === undefined) return this.#acquireValid(request, undefined, undefined);
    const isValid = this.#check(lease.connection);
    // Most lie ready, and fit: no further promise is made for them.
    return isValid === true ? Promise.resolve(this.#hand(request, lease)) : this.#acquireValid(request, lease, isValid);
  }

  /** @param isValid what has been found of the lease, if there is one */
  async #acquireValid(
    request: number,
    lease: ScopedLease<MysqlConnection> | undefined,
    isValid: boolean | Promise<boolean> | undefined,
  ): Promise<MysqlConnection> {
    try {
      const deadline = performance.now() + this.pool.options.acquireTimeout;
      // With no options of its own a loan has the pool's own time.
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
        // What is left of the time; an unused connection that is not valid either must not go on for ever.
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
   * Bounds a hook of the application's that has the connection before its borrower does: by the time that the borrower has.
   * When it fails the connection comes back; when it is late nobody knows what it is about to do, and the connection goes.
   * @throws what it fails with, or the ORM's own error for a time-out
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

  /** The ORM's own check. What it throws is as late as what it rejects with. */
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

  /** False when it has been given back before. */
  release(view: MysqlConnection): boolean {
    const lease = leaseOf(view) ?? this.#leases.get(view);
    if (lease?.active !== true) return false;
    lease.release();
    return true;
  }

  /** Gives it back to be closed. */
  destroy(view: MysqlConnection): boolean {
    const lease = leaseOf(view) ?? this.#leases.get(view);
    if (lease?.active !== true) return false;
    // Lost: its place is free now, not only when the borrower gives it back.
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
