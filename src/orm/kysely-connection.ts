import type { MysqlConnection, MysqlLease } from '../api/index.js';
import { beginsTransaction } from './begins-transaction.js';
import { isBusy } from '../mysql/driver.js';
import { isLost } from '../session/index.js';
import { sessionOf } from '../mysql/session.js';

/** How Kysely is told what came of a statement. */
export type KyselyCallback = (error: unknown, result: never) => void;

/** What Kysely reads rows from. */
export interface KyselyStream {
  stream<T = Record<string, unknown>>(options?: {
    readonly highWaterMark?: number;
  }): { [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> };
}

const ADOPT = Symbol('adopt');
const GIVE_UP = Symbol('give up');

// How long a session may take to be killed by the server, before its connection is closed on this side, in ms.
const KILL_TIME = 1_000;

const said = (what: symbol): object => ({ sql: '', parameters: [what], queryId: { queryId: what.description } });

/** Loans that nobody can give back any more, since Kysely has forgotten the object that it was given for them. */
const forgotten = new FinalizationRegistry((leases: MysqlLease[]) => {
  for (const lease of leases) if (lease.active) lease.destroy(new Error('Kysely has forgotten it'));
});

/**
 * A connection as Kysely sees it: the same object at each loan, usable only while it is lent. When a hook of Kysely's
 * throws, Kysely forgets it and tells nobody: so while it is lent the pool does not refer to it, and it is found when it
 * is collected as garbage.
 * @since 0.1.0
 */
export class KyselyConnection {
  /** A query that sends nothing: what the session is by now is its clean state. */
  static readonly adoption: object = said(ADOPT);
  /** A query that sends nothing: the connection is given back, and will be a new one to Kysely. */
  static readonly surrender: object = said(GIVE_UP);
  /** The server's number of it. */
  readonly threadId: number;
  /** mysql2's configuration of it. */
  readonly config: object;
  /** More than one where callers share a loan (`contextLocal`). What Kysely has given back itself is no longer in it. */
  readonly #leases: MysqlLease[] = [];
  /** The last one, which is asked whether it is over. */
  #lease!: MysqlLease;
  #isCondemned = false;
  readonly #released: (adapter: KyselyConnection) => void;

  /** @param released called before it is given back by Kysely, for the last time where callers share a loan */
  constructor({ threadId, config }: MysqlConnection, released: (adapter: KyselyConnection) => void) {
    // Both are asked for after `destroy` as well, by Kysely when it kills the session.
    this.threadId = threadId;
    this.config = config;
    this.#released = released;
    forgotten.register(this, this.#leases);
  }

  /** Whether nobody has it who did not give it back himself: he may still use it, and it must not become somebody else's. */
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

  /** With a callback runs the statement; without one, its rows are read by `stream` of what it answers. */
  query(sql: string, parameters: unknown[], callback: KyselyCallback): void;
  query(sql: string, parameters: unknown[]): KyselyStream;
  query(sql: string, parameters: unknown[], callback?: KyselyCallback): KyselyStream | void {
    if (callback !== undefined) return this.#run(sql, parameters, callback);
    const lease = this.#lease;
    return {
      // Breaking off ends the statement on the server, so that the connection can stay.
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

  /** Kysely forgets the connection of a controlled transaction that cannot begin, or whose end fails. */
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
   * Kysely calls it before it has the server kill the session, and then only if its query still runs: so a busy
   * connection is left for that moment.
   */
  destroy(): void {
    const lease = this.#lease;
    this.#isCondemned = true;
    if (!lease.active || !isBusy(lease.connection)) lease.destroy();
    else setTimeout(() => lease.destroy(), KILL_TIME).unref();
  }
}
