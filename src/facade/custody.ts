import { internals, isBusy } from '../mysql/driver.js';
import type { MysqlLease } from '../api/index.js';
import { lossOf } from '../mysql/session-start.js';
import { findSession, sessionOf } from '../mysql/session.js';
import type { InitRecorder } from '../mysql/init-recorder.js';
import type { BasePoolConnection } from './mysql2-module.js';

/**
 * In whose hands a connection is. mysql2 hands the same object to one borrower after the other, so the object alone
 * cannot tell them apart; this holds the lease behind the current loan.
 */
export class Custody {
  /** What was said to the connection when it was new, null for nothing; undefined until then. */
  introduction: InitRecorder | undefined | null;
  /** It was given up rather than given back. */
  isGivenUp = false;
  /** It has died: its borrower may still hear of that, and nobody else will have it. */
  isDead = false;
  readonly #connection: BasePoolConnection;
  /** More than one where callers share a loan. */
  readonly #leases: MysqlLease[] = [];

  constructor(connection: BasePoolConnection) {
    this.#connection = connection;
  }

  /** The lease that was taken last and is still out. */
  get lease(): MysqlLease | undefined {
    while (this.#leases.length > 0) {
      const lease = this.#leases.at(-1)!;
      if (lease.active) return lease;
      this.#leases.pop();
    }
    return undefined;
  }

  get isLent(): boolean {
    return this.lease !== undefined;
  }

  lend(lease: MysqlLease): void {
    this.#leases.push(lease);
    this.#connection._released = false;
  }

  /** The loan is over, whoever ended it and how. False when it was none of ours. */
  takeBack(): boolean {
    if (this.#leases.length === 0) return false;
    this.#leases.length = 0;
    this.#connection._released = true;
    if (!this.isDead) this.restoreListeners();
    return true;
  }

  restoreListeners(): void {
    sessionOf(this.#connection).listeners.restore();
  }

  release(): void {
    this.lease?.release();
  }

  /** Has it closed at once. Commands under way fail; mysql2 would leave them without an answer. */
  destroy(cause?: unknown): void {
    this.isGivenUp = true;
    const { lease } = this;
    if (lease !== undefined) {
      lease.destroy(cause);
      return;
    }
    internals(this.#connection).stream.destroy();
    // It lies in the pool, which hears of its socket too late not to lend it once more.
    findSession(this.#connection)?.host.lost(lossOf(this.#connection));
  }

  /** It has died, which ends the loan. */
  die(): void {
    this.isDead = true;
    this.isGivenUp = true;
    // The driver may say so before its socket does: whoever goes on is to be told of the loss. One that died before its
    // greeting has no session.
    findSession(this.#connection)?.host.lost(lossOf(this.#connection));
    this.lease?.destroy();
  }

  /** Has it closed politely. */
  retire(): void {
    const { lease } = this;
    if (lease === undefined || isBusy(this.#connection)) {
      this.destroy();
      return;
    }
    this.isGivenUp = true;
    lease.invalidate({ soft: true });
    lease.release();
  }
}

const key = Symbol('node-mysqlpool.custody');

export function setCustody(connection: BasePoolConnection): Custody {
  const custody = new Custody(connection);
  Object.defineProperty(connection, key, { value: custody });
  return custody;
}

/** Undefined for a connection that none of our facades has opened. */
export function custodyOf(connection: object): Custody | undefined {
  return (connection as { readonly [key]?: Custody })[key];
}
