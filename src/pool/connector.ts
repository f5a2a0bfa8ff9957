import type { Clock } from './clock.js';
import type { Lease, LeaseClass } from './lease.js';
import type { Permits } from './permits.js';
import type { PoolStats } from './stats.js';

/** What the engine tells a connector about the connection it is to open. */
export interface OpenContext {
  /** The new entry's number, counted from 1 per pool. */
  readonly id: number;
  /** Aborts when `connectTimeout` has passed, when the pool closes, or when the dial is no longer wanted. */
  readonly signal: AbortSignal;
  /** To be called once when the connection dies, whether it is idle or on loan. Later calls do nothing. */
  readonly lost: (cause: unknown) => void;
  /** To be called when the whole server is unfit (a failover made it read-only): every connection is replaced. */
  readonly unfit: (cause: unknown) => void;
}

/**
 * What a failure to open means. `fatal`: trying again cannot help (wrong password). `full`: the server has no room;
 * what the pool already has goes on serving. `transient`: worth trying again after a pause.
 */
export type OpenFailure = 'fatal' | 'full' | 'transient';

/** How a returned connection is made fit for its next borrower; see `PoolOptions.reset`. */
export const RESET_MODES = ['auto', 'rollback', 'commit', 'session', 'none'] as const;
export type ResetMode = (typeof RESET_MODES)[number];

/**
 * How a connector borrows connections of the pool it works for, for work of its own: to stop what nobody waits for.
 * @since 0.1.0
 */
export interface Errands<C> {
  /** What the pool has and may have. */
  stats(): Pick<PoolStats, 'state' | 'size' | 'maxSize'>;
  /**
   * Borrows the first connection that suits: one that lies idle, comes back, or is opened for it. It goes ahead of all
   * who wait in line, also while the pool is suspended, and is no business of any scope.
   * @param looks it only looks at the server: none is opened for it, and it is no use of the one it gets, whose idle time
   * goes on
   * @throws PoolClosedError when the pool is closing, and the signal's reason
   */
  acquire(
    label: string,
    signal: AbortSignal,
    suits: (connection: C) => boolean,
    looks?: boolean,
  ): Promise<Pick<Lease<C>, 'connection' | 'release' | 'destroy'>>;
}

/**
 * The port to the database: opens physical connections and looks after them. The engine bounds every promise in time,
 * so a connector needs no timers of its own.
 * @since 0.1.0
 */
export interface Connector<C> {
  /** Called once, by the pool it works for, before anything else. */
  attach?(pool: Errands<C>): void;
  /**
   * Opens a connection that is ready to use: name look-up, greeting, login and set-up together. It need not keep the
   * process alive meanwhile: the engine's time limit does, as long as somebody waits.
   */
  open(context: OpenContext): Promise<C>;
  /** Asks the server for a sign of life; any rejection means the connection is dead. */
  ping(connection: C): Promise<unknown>;
  /**
   * Makes a returned connection as good as new. Returns undefined, without a round trip, when nothing is to be done; a
   * rejection means that it cannot be made clean, and the engine destroys it. It may resolve with a word for what was
   * done, which the `cleaned` event passes on as its `kind`.
   */
  clean(connection: C, mode: ResetMode): Promise<unknown> | undefined;
  /** Says good-bye to the server. The engine calls `destroy` afterwards in any case. */
  close(connection: C): Promise<unknown>;
  /**
   * Drops the connection at once, whatever it is doing.
   * @param cause what those should be told whose work on it this ends, when the pool itself is to blame
   */
  destroy(connection: C, cause?: Error): void;
  /**
   * Asked right after `destroy`. A promise: the server may not be rid of it yet, so that it keeps its place until that
   * settles, though no longer than `resetTimeout`.
   */
  lingers?(connection: C): Promise<unknown> | undefined;
  /**
   * When the server last spoke on it, as far as can be known, by `performance.now()`. An answer may have lain unread while
   * the process stood still, so that the moment at which the command was sent that it answers is the one to tell: an
   * earlier date costs a ping, a later one hands out a dead connection. Where nothing is told a loan counts as a sign of
   * life.
   */
  spokeAt?(connection: C): number | undefined;
  /**
   * The connection was taken out of the pool by its borrower: `closed` is to be called once its socket is closed. Until
   * then it counts towards limits over several pools. False, or no such method: that cannot be told, and it no longer
   * counts.
   */
  watchEnd?(connection: C, closed: () => void): boolean;
  /** A loan of it has ended, whoever ended it and how. Nothing has been done about it yet. It must not throw. */
  loanEnded?(connection: C): void;
  /** The application's own code that a connection is being opened by, if that is where it is now. */
  hookOfDials?(): string | undefined;
  /** Whether a command is running; what cannot be told is idle. */
  busy?(connection: C): boolean;
  /** What was done with it last, the latest first, for reports about its borrower. Nothing secret may be in it. */
  recent?(connection: C): readonly string[];
  /** What a failure to open means; everything is transient by default. */
  classify?(error: unknown): OpenFailure;
}

/** What a pool is built on besides its options. */
export interface PoolParts<C, L extends Lease<C> = Lease<C>> {
  readonly connector: Connector<C>;
  /** The class of its leases. @default Lease */
  readonly Lease?: LeaseClass<C, L>;
  /** Asked before each dial. @default always yes */
  readonly permits?: Permits | undefined;
  readonly clock?: Clock;
  /** For jitter: from 0 up to 1. @default Math.random */
  readonly random?: () => number;
}
