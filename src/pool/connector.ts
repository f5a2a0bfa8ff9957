import type { Clock } from './clock.js';
import type { Lease, LeaseClass } from './lease.js';
import type { Permits } from './permits.js';
import type { PoolStats } from './stats.js';

/** What the engine tells a connector about the connection it is to open. */
export interface OpenContext {
  /** The number of the new connection, counted from 1 per pool. */
  readonly id: number;
  /** Aborts when `connectTimeout` has passed, when the pool closes, or when the dial is no longer wanted. */
  readonly signal: AbortSignal;
  /** The connector calls it once when the connection dies, whether it is idle or on loan. Further calls do nothing. */
  readonly lost: (cause: unknown) => void;
  /**
   * The connector calls it when the whole server is unfit (read-only after a failover): every connection is replaced.
   */
  readonly unfit: (cause: unknown) => void;
}

/**
 * What a failure to open a connection means. `fatal`: trying again cannot help (wrong password). `full`: the server has
 * no room for another connection; those the pool has go on serving. `transient`: worth trying again after a pause.
 */
export type OpenFailure = 'fatal' | 'full' | 'transient';

/** How a returned connection is prepared for its next borrower; see `PoolOptions.reset`. */
export const RESET_MODES = ['auto', 'rollback', 'commit', 'session', 'none'] as const;
export type ResetMode = (typeof RESET_MODES)[number];

/**
 * Lets a connector borrow connections from the pool that it serves, for work of its own (an errand), such as a KILL for
 * a statement that nobody waits for any more.
 * @since 0.1.0
 */
export interface Errands<C> {
  /** The state of the pool, how many connections it has, and how many it may have. */
  stats(): Pick<PoolStats, 'state' | 'size' | 'maxSize'>;
  /**
   * Borrows the first suitable connection that is idle, is returned, or is opened for this. An errand is served before
   * all waiters, also while the pool is suspended, and its loan belongs to no scope.
   * @param label what the loan is called in reports
   * @param suits whether the errand can use this connection
   * @param looks the errand only looks at the server: no connection is opened for it, and its loan does not count as
   * use, so that the connection's idle time goes on
   * @throws PoolClosedError when the pool is closing, and the signal's reason when it aborts
   */
  acquire(
    label: string,
    signal: AbortSignal,
    suits: (connection: C) => boolean,
    looks?: boolean,
  ): Promise<Pick<Lease<C>, 'connection' | 'release' | 'destroy'>>;
}

/**
 * The port to the database: opens physical connections and looks after them. The engine puts a time limit on every
 * promise, so that a connector needs no timers of its own.
 * @since 0.1.0
 */
export interface Connector<C> {
  /** Called once, by the pool that the connector serves, before anything else. */
  attach?(pool: Errands<C>): void;
  /**
   * Opens a connection that is ready to use: name look-up, greeting, login and set-up together. It need not keep the
   * process alive meanwhile: while somebody waits, the engine's time limit does.
   */
  open(context: OpenContext): Promise<C>;
  /** Asks the server for a sign of life. Any rejection means that the connection is dead. */
  ping(connection: C): Promise<unknown>;
  /**
   * Makes a returned connection as good as new. Returns undefined, without a round trip, when there is nothing to
   * clean. A rejection means that the connection cannot be made clean, and the engine destroys it. The promise may
   * resolve with a word for what was done, which becomes the `kind` of the `cleaned` event.
   */
  clean(connection: C, mode: ResetMode): Promise<unknown> | undefined;
  /** Says good-bye to the server. The engine calls `destroy` afterwards in any case. */
  close(connection: C): Promise<unknown>;
  /**
   * Drops the connection at once, whatever it is doing.
   * @param cause the error for callers whose work on the connection this ends, when the pool itself ends it
   */
  destroy(connection: C, cause?: Error): void;
  /**
   * Asked right after `destroy`. Returns a promise if the server may still have the session: the connection then keeps
   * its place in the pool until the promise settles, for at most `resetTimeout`.
   */
  lingers?(connection: C): Promise<unknown> | undefined;
  /**
   * Called when a borrower has detached the connection from the pool: `closed` must be called once its socket is
   * closed. Until then the connection counts towards limits over several pools. Return false if its end cannot be
   * observed, as for a connector without this method; then it no longer counts.
   */
  watchEnd?(connection: C, closed: () => void): boolean;
  /**
   * Called when a loan ends, for whatever reason, before anything else is done with the connection. It must not throw.
   * @returns when the server last spoke on the connection, in the time of `performance.now()`. Tell when the command was
   * sent, not when its answer was read, since the answer may have lain unread while the process was stopped: too early a
   * time costs a ping, too late a time lends a dead connection. Without an answer, or without this method, a loan counts
   * as a sign of life.
   */
  loanEnded?(connection: C): number | undefined;
  /** The application's hook, such as `onConnect`, that is running now to open a connection; undefined when none is. */
  hookOfDials?(): string | undefined;
  /** Whether a command is running. Without this method a connection counts as not busy. */
  busy?(connection: C): boolean;
  /**
   * What was last done on the connection, the latest first, for reports about its borrower. It must contain no secrets.
   */
  recent?(connection: C): readonly string[];
  /** Classifies a failure to open. Without this method every failure is `transient`. */
  classify?(error: unknown): OpenFailure;
}

/** What a pool is built from, besides its options. */
export interface PoolParts<C, L extends Lease<C> = Lease<C>> {
  readonly connector: Connector<C>;
  /** The class of its leases. @default Lease */
  readonly Lease?: LeaseClass<C, L>;
  /** Asked for a permit before each dial. @default the limit of the process if one is set, otherwise always yes */
  readonly permits?: Permits | undefined;
  readonly clock?: Clock;
  /** Random numbers for jitter, from 0 up to, but not including, 1. @default Math.random */
  readonly random?: () => number;
}
