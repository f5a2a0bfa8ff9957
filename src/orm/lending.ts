import { AsyncLocalStorage } from 'node:async_hooks';
import type { CreatorPool } from '../api/creator-pool.js';
import { connectFailureIn } from '../facade/errors.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { mayBeLone } from '../mysql/lone-loan.js';
import { captureCallSite, codeOf } from '../pool/index.js';
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

/** Lends the connections of a pool to an ORM that knows nothing of leases. */
export class Lending {
  readonly pool: CreatorPool;
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

  /** @throws the ORM's own errors for a time-out and for a failure to connect, and ours for the rest */
  async acquire(): Promise<MysqlConnection> {
    try {
      const lease = await this.#acquireValid();
      if (lease.takenFrom !== undefined) lease.takenFrom.cause ??= calls.getStore();
      mayBeLone(lease.connection, lease);
      if (this.#rules.tellsLoss === true) this.#leases.set(lease.connection, lease);
      return this.#views.lend(lease);
    } catch (error) {
      throw this.#translate(error);
    }
  }

  async #acquireValid(): Promise<ScopedLease<MysqlConnection>> {
    const deadline = performance.now() + this.pool.options.acquireTimeout;
    // With no options of its own a loan takes the pool's shortest way, and has the pool's own time.
    let lease = await this.pool.acquire();
    for (;;) {
      const { connection } = lease;
      let fault: unknown;
      try {
        const isValid = this.#rules.validate(connection);
        if (isValid === true || (isValid !== false && (await this.#checks.within(deadline, isValid)))) {
          this.#count(lease, connection);
          return lease;
        }
      } catch (error) {
        fault = error;
      }
      lease.destroy(new Error("the ORM's own check found it unfit", { cause: fault }));
      if (fault !== undefined && this.#rules.replacesThrown !== true) throw fault as Error;
      // What is left of the time; an unused connection that is not valid either must not go on for ever.
      const left = deadline - performance.now();
      if (left <= 0) throw Object.assign(this.#rules.timeoutError(), fault === undefined ? {} : { cause: fault });
      lease = await this.pool.acquire({ timeout: left });
    }
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
