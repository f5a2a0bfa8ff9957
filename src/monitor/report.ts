import type {
  LimitedBy,
  Loan,
  PoolCounters,
  PoolEventName,
  PoolState,
  PoolStats,
  WaitingCaller,
} from '../pool/index.js';

export type { LimitedBy, Loan, PoolCounters, PoolState, PoolStats };

/** The actions on a pool that a monitor may be allowed to perform. @since 0.1.0 */
export const POOL_ACTIONS = ['evict', 'suspend', 'resume'] as const;
/** An action on a pool. @since 0.1.0 */
export type PoolAction = (typeof POOL_ACTIONS)[number];

/**
 * The report of a monitor, which `GET /api/report` returns and `GET /api/stream` sends. It is JSON: a property that is
 * `undefined` here is missing there, and `null` stands for `Infinity`. Times of day are in ms since 1970, durations in
 * ms.
 *
 * The first report of a stream is complete. In later ones `history` and `events` of each pool contain only what is new;
 * everything else is complete. `mergeReport` puts them together.
 * @since 0.1.0
 */
export interface MonitorReport {
  readonly version: 1;
  readonly at: number;
  /** One process from `startMonitor`, several from `mysqlpool monitor URL URL`. */
  readonly processes: readonly ProcessReport[];
}

/** A process, or a monitor that cannot be reached. @since 0.1.0 */
export interface ProcessReport {
  /** `pid@host`; the address of a monitor while it cannot be reached. */
  readonly id: string;
  /**
   * Why nothing is known about the process, in one line. If it is set there are no pools, and the other properties mean
   * nothing.
   */
  readonly problem: string | undefined;
  /** The actions that the monitor of this process permits. */
  readonly allows: readonly PoolAction[];
  /** The name of the program. */
  readonly title: string;
  readonly pid: number;
  readonly host: string;
  /** The version of Node, such as `v20.20.2`. */
  readonly node: string;
  readonly startedAt: number;
  /** How late timers were in the last second. */
  readonly loopDelay: LoopDelay;
  /** The open pools, 100 at most. */
  readonly pools: readonly PoolReport[];
  /** How many pools are open. */
  readonly openPools: number;
}

/** How late timers were, in ms. @since 0.1.0 */
export interface LoopDelay {
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

/** One pool. @since 0.1.0 */
export interface PoolReport {
  /** Stays the same for the life of the process. */
  readonly id: number;
  readonly options: PoolOptionsReport;
  readonly stats: PoolStatsReport;
  /** Samples of the last 300 seconds. */
  readonly history: PoolHistory;
  /** How long the callers waited that got a connection. The first count is that of callers which did not wait. */
  readonly waits: Histogram;
  /** How long connections were held. */
  readonly holds: Histogram;
  /** The 100 oldest loans, the oldest first. */
  readonly loans: readonly Loan[];
  /** The first 100 callers in the queue. */
  readonly waiting: readonly WaitingReport[];
  /** Loans that are out for longer than `leakThreshold`, the oldest first. */
  readonly leaks: readonly LeakReport[];
  /** The last 100 events, the oldest first. */
  readonly events: readonly RecentEvent[];
  /** Undefined until something is known about the server, and for a pool that is not a MySQL pool. */
  readonly server: ServerReport | undefined;
  /** Logins that the server has refused because it is full; undefined if it has refused none for a minute. */
  readonly refusals?: RefusalsReport | undefined;
  /** Undefined for a pool that belongs to no fleet. */
  readonly fleet?: FleetReport | undefined;
}

/**
 * The limit that all processes of an account share, as this process knows it; the same in all its pools on the account.
 * @since 0.1.0
 */
export interface FleetReport {
  readonly name: string;
  /** The most connections of all processes together; undefined until the server has told it. */
  readonly limit?: number | undefined;
  /**
   * The number of the account's sessions when the server was last asked for it, which is done only while it matters;
   * undefined if it never was.
   */
  readonly counted?: number | undefined;
  /** How many connections this process has. */
  readonly held: number;
  /**
   * How many connections this process may have while other processes wait; undefined if none waits, or it is not known.
   */
  readonly share?: number | undefined;
  /** How many connections this process could use: those in use, and those that callers wait for. */
  readonly demand: number;
  /** How many connections this process keeps although it does not use them. */
  readonly floor: number;
  /** How many logins the server has refused because the limit was reached. */
  readonly refusals: number;
  /** How many connections this process has closed in favour of other processes. */
  readonly sheds: number;
  /** What provides for fairness among the processes: `mysql`, `redis`, `none`. */
  readonly coordinator: string;
  /** Why the coordinator cannot be reached; undefined if it can. */
  readonly problem?: string | undefined;
}

/**
 * `pool.stats()`, without the connection that the monitor itself borrows now and then to ask the server. @since 0.1.0
 */
export interface PoolStatsReport extends Omit<PoolStats, 'maxSize'> {
  readonly maxSize: number | null;
}

/** The options that a pool has now. Times are in ms; null stands for Infinity. @since 0.1.0 */
export interface PoolOptionsReport {
  readonly maxSize: number | null;
  readonly maxIdle: number | null;
  readonly minIdle: number;
  readonly acquireTimeout: number | null;
  readonly maxWaiters: number | null;
  readonly maxLifetime: number;
  readonly idleTimeout: number;
  readonly leakThreshold: number;
}

/** Columns of equal length, with one sample per second: the n-th values of all columns belong together. @since 0.1.0 */
export interface PoolHistory {
  readonly at: readonly number[];
  readonly idle: readonly number[];
  readonly inUse: readonly number[];
  readonly connecting: readonly number[];
  readonly waiters: readonly number[];
  /** Loans per second since the previous sample. */
  readonly acquired: readonly number[];
  /** Failed acquires per second since the previous sample. */
  readonly failed: readonly number[];
}

/**
 * `counts[n]` is the number of durations of at most `bounds[n]` ms that are above the previous bound. The last count is
 * that of all durations above the last bound.
 * @since 0.1.0
 */
export interface Histogram {
  readonly bounds: readonly number[];
  /** One element more than `bounds`. */
  readonly counts: readonly number[];
}

/** A caller that waits in the pool's queue. @since 0.1.0 */
export interface WaitingReport extends Omit<WaitingCaller, 'leftFor'> {
  /** How long the caller will wait at most from now on, in ms; null means without limit. */
  readonly leftFor: number | null;
}

/** A loan that is suspected to be a leak. @since 0.1.0 */
export interface LeakReport extends Loan {
  /** The stack of the call that took the connection; empty if the leak was suspected before the monitor was started. */
  readonly takenAt: string;
}

/** The logins that a full server has refused, from the first one until there was none for a minute. @since 0.1.0 */
export interface RefusalsReport {
  /** When the first and the last login was refused. */
  readonly since: number;
  readonly last: number;
  /** How many logins were refused. */
  readonly count: number;
}

/** Something that happened to a pool. @since 0.1.0 */
export interface RecentEvent {
  /** Counted from 1 per pool. */
  readonly id: number;
  readonly at: number;
  /**
   * What happened. `more` sums up events that are too many to be listed one by one. `noRoom` is the first `openFailed`
   * of a spell in which the server is full.
   */
  readonly event: PoolEventName | 'more' | 'noRoom';
  /** The same as a short line of text, such as `connection 3 closed: idle for longer than idleTimeout`. */
  readonly text: string;
}

/** What the database server says about itself. A property is undefined if the server does not tell it. @since 0.1.0 */
export interface ServerReport {
  readonly at: number;
  readonly version: string | undefined;
  readonly threadsConnected: number | undefined;
  readonly maxConnections: number | undefined;
  /** The most connections of the account; undefined if there is no such limit. */
  readonly maxUserConnections: number | undefined;
  /** How many connections this pool has. */
  readonly ours: number;
  /** The account that the server has authenticated the pool as, such as `shop@%`. */
  readonly user: string | undefined;
  /** How many connections that account has, from any host. */
  readonly userConnections: number | undefined;
  /** What could not be asked and why, in one line. */
  readonly problem: string | undefined;
}
