import { internals, isBusy } from '../mysql/driver.js';
import type { MysqlLease } from '../api/index.js';
import { lossOf } from '../mysql/session-start.js';
import { findSession, sessionOf } from '../mysql/session.js';
import type { InitRecorder } from '../mysql/init-recorder.js';
import type { BasePoolConnection } from './mysql2-module.js';

/**
 * Tracks which lease a connection is lent under. mysql2 lends the same object to one borrower after the other, so the
 * object alone cannot tell the borrowers apart.
 */
export class ConnectionLeases {
  /**
   * The recorded statements of `connection` listeners; null if there were none, undefined before the listeners have
   * run.
   */
  init: InitRecorder | undefined | null;
  /** Whether the connection was destroyed or closed instead of being released. */
  isGivenUp = false;
  /** Whether the connection is lost: its borrower may still receive that error, and nobody else will borrow it. */
  isDead = false;
  readonly #connection: BasePoolConnection;
  /** More than one if callers share a loan (`contextLocal`). */
  readonly #leases: MysqlLease[] = [];

  constructor(connection: BasePoolConnection) {
    this.#connection = connection;
  }

  /** The most recent lease that has not ended. */
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

  /** Ends the loan, whoever ended it and how. Returns false if there was no loan through the facade. */
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

  /** Destroys the connection at once. Commands that are running fail; with mysql2 they would never be answered. */
  destroy(cause?: unknown): void {
    this.isGivenUp = true;
    const { lease } = this;
    if (lease !== undefined) {
      lease.destroy(cause);
      return;
    }
    internals(this.#connection).stream.destroy();
    // The connection is idle in the pool, which must be told now: it would hear of the closed socket only after it
    // might have lent the connection again.
    findSession(this.#connection)?.host.lost(lossOf(this.#connection));
  }

  /** The connection was lost, which ends the loan. */
  die(): void {
    this.isDead = true;
    this.isGivenUp = true;
    // The driver may report the loss before the socket does, and later commands should fail with this loss. A
    // connection that was lost before its login succeeded has no session.
    findSession(this.#connection)?.host.lost(lossOf(this.#connection));
    this.lease?.destroy();
  }

  /** Closes the connection politely (COM_QUIT), or destroys it if it is busy. */
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

const key = Symbol('node-mysqlpool.leases');

export function trackLeases(connection: BasePoolConnection): ConnectionLeases {
  const leases = new ConnectionLeases(connection);
  Object.defineProperty(connection, key, { value: leases });
  return leases;
}

/** Undefined for a connection that was not opened by a facade pool of this package. */
export function leasesOf(connection: object): ConnectionLeases | undefined {
  return (connection as { readonly [key]?: ConnectionLeases })[key];
}
