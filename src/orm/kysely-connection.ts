import type { MysqlConnection, MysqlLease } from '../api/index.js';
import { beginsTransaction } from './begins-transaction.js';
import { isBusy } from '../mysql/driver.js';
import { isLost } from '../session/index.js';
import { sessionOf } from '../mysql/session.js';

/** The callback by which Kysely receives the result of a statement. */
export type KyselyCallback = (error: unknown, result: never) => void;

/** The object from which Kysely reads rows. */
export interface KyselyStream {
  stream<T = Record<string, unknown>>(options?: {
    readonly highWaterMark?: number;
  }): { [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> };
}

const ADOPT = Symbol('adopt');
const GIVE_UP = Symbol('give up');

// How long (ms) the server may take to kill a session before the connection is closed from this side.
const KILL_TIME = 1_000;

const said = (what: symbol): object => ({ sql: '', parameters: [what], queryId: { queryId: what.description } });

/** Ends loans that nobody can release any more, because Kysely has dropped the object that it was given for them. */
const forgotten = new FinalizationRegistry((leases: MysqlLease[]) => {
  for (const lease of leases) if (lease.active) lease.destroy(new Error('Kysely dropped it unreleased'));
});

/**
 * A connection as Kysely sees it: the same object at each loan, usable only while it is lent. If a hook of Kysely
 * throws, Kysely drops the object without releasing it. Therefore the pool holds no strong reference to it while it is
 * lent, and the loan is ended when the object is garbage-collected.
 * @since 0.1.0
 */
export class KyselyConnection {
  /** A query object that sends nothing, but makes the current session state the clean state. */
  static readonly adoption: object = said(ADOPT);
  /** A query object that sends nothing, but releases the connection; the next loan gets a new object. */
  static readonly surrender: object = said(GIVE_UP);
  /** The connection id on the server. */
  readonly threadId: number;
  /** mysql2's configuration of the connection. */
  readonly config: object;
  /** The loans that Kysely has not released; more than one if callers share a loan (`contextLocal`). */
  readonly #leases: MysqlLease[] = [];
  /** The most recent loan, by which the end of the loan is recognised. */
  #lease!: MysqlLease;
  #isCondemned = false;
  readonly #released: (adapter: KyselyConnection) => void;

  /** @param released called before Kysely's release; if callers share a loan, only before the last one */
  constructor({ threadId, config }: MysqlConnection, released: (adapter: KyselyConnection) => void) {
    // Kysely reads both also after `destroy`, when it kills the session.
    this.threadId = threadId;
    this.config = config;
    this.#released = released;
    forgotten.register(this, this.#leases);
  }

  /**
   * Whether the object may be used for another loan. Not if one of its loans ended without a release by Kysely: the
   * former borrower may still use the object.
   */
  get isReusable(): boolean {
    return this.#leases.length === 0 || this.#leases.every(({ active }) => active);
  }

  /** A new loan begins. */
  lent(lease: MysqlLease): void {
    this.#leases.push(lease);
    this.#lease = lease;
  }

  connect(callback?: (error: unknown) => void): void {
    callback?.(null);
  }

  /** Runs the statement if there is a callback; without one, returns an object whose `stream` reads the rows. */
  query(sql: string, parameters: unknown[], callback: KyselyCallback): void;
  query(sql: string, parameters: unknown[]): KyselyStream;
  query(sql: string, parameters: unknown[], callback?: KyselyCallback): KyselyStream | void {
    if (callback !== undefined) return this.#run(sql, parameters, callback);
    const lease = this.#lease;
    return {
      // Stopping early ends the statement on the server, so that the connection can be kept.
      stream: <T>(options?: { readonly highWaterMark?: number }) => ({
        [Symbol.asyncIterator]: () => lease.stream<T>(sql, parameters, { highWaterMark: options?.highWaterMark }),
      }),
    };
  }

  #run(sql: string, parameters: unknown[], callback: KyselyCallback): void {
    if (parameters[0] === GIVE_UP) {
      this.#lease.release();
      callback(null, [] as never);
      return;
    }
    try {
      const { connection } = this.#lease;
      if (parameters[0] === ADOPT) {
        sessionOf(connection).adopt();
        callback(null, [] as never);
      } else connection.query(sql, parameters as never, this.#watched(sql, callback) as never);
    } catch (error) {
      callback(error, undefined as never);
    }
  }

  /** Kysely does not release the connection of a controlled transaction if its BEGIN or its end fails. */
  #watched(sql: string, callback: KyselyCallback): KyselyCallback {
    const lease = this.#lease;
    return (error, result) => {
      if (isLost(error)) lease.destroy(error);
      else if (error && beginsTransaction(sql)) lease.release();
      callback(error, result);
    };
  }

  release(): void {
    const lease = this.#leases.pop();
    if (this.#leases.length === 0) this.#released(this);
    else this.#lease = this.#leases.at(-1)!;
    if (this.#isCondemned) lease?.destroy();
    else lease?.release();
  }

  /**
   * Kysely calls this before it lets the server kill the session, which it does only if the query is still running. A
   * busy connection therefore stays open for that moment.
   */
  destroy(): void {
    const lease = this.#lease;
    this.#isCondemned = true;
    if (!lease.active || !isBusy(lease.connection)) lease.destroy();
    else setTimeout(() => lease.destroy(), KILL_TIME).unref();
  }
}
