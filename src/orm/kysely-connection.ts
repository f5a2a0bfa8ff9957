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

// How long a session may take to be killed by the server, before its connection is closed on this side, in ms.
const KILL_TIME = 1_000;

/**
 * A connection as Kysely sees it: the same object at each loan, usable only while it is lent.
 * @since 0.1.0
 */
export class KyselyConnection {
  /** A query that sends nothing: what the session is by now is its clean state. */
  static readonly adoption: object = { sql: '', parameters: [ADOPT], queryId: { queryId: 'adopt' } };
  /** The server's number of it. */
  readonly threadId: number;
  /** mysql2's configuration of it. */
  readonly config: object;
  /** More than one where callers share a loan (`contextLocal`). */
  #leases: MysqlLease[] = [];
  /** The last one, which is asked whether it is over. */
  #lease!: MysqlLease;
  #isCondemned = false;

  /** Both are asked for after `destroy` as well, by Kysely when it kills the session. */
  constructor({ threadId, config }: MysqlConnection) {
    this.threadId = threadId;
    this.config = config;
  }

  /** Whether Kysely has given it back itself. */
  get isReleased(): boolean {
    return this.#leases.length === 0;
  }

  /** A new loan begins. */
  lent(lease: MysqlLease): void {
    this.#leases = this.#leases.filter(({ active }) => active);
    this.#leases.push(lease);
    this.#lease = lease;
  }

  connect(callback?: (error: unknown) => void): void {
    callback?.(null);
  }

  /** With a callback runs the statement; without one, its rows are read by `stream` of what it answers. */
  query(sql: string, parameters: unknown[], callback: KyselyCallback): void;
  query(sql: string, parameters: unknown[]): KyselyStream;
  query(sql: string, parameters: unknown[], callback?: KyselyCallback): KyselyStream {
    const lease = this.#lease;
    if (callback !== undefined) this.#run(sql, parameters, callback);
    return {
      // Breaking off ends the statement on the server, so that the connection can stay.
      stream: <T>(options?: { readonly highWaterMark?: number }) => ({
        [Symbol.asyncIterator]: () => lease.stream<T>(sql, parameters, { highWaterMark: options?.highWaterMark }),
      }),
    };
  }

  #run(sql: string, parameters: unknown[], callback: KyselyCallback): void {
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
    this.#lease = this.#leases.at(-1) ?? this.#lease;
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
