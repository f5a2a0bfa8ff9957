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

/** What a monitor may be allowed to do with a pool. @since 0.1.0 */
export const POOL_ACTIONS = ['evict', 'suspend', 'resume'] as const;
/** One of them. @since 0.1.0 */
export type PoolAction = (typeof POOL_ACTIONS)[number];

/**
 * All that a monitor tells, as `GET /api/report` answers it and `GET /api/stream` sends it. It is JSON: what is `undefined`
 * here is not in it, and `null` stands for `Infinity`. Times of day are in ms since 1970, durations in ms.
 *
 * The first report of a stream is whole. In later ones `history` and `events` of each pool hold only what is new; all the
 * rest is as it is now. `mergeReport` puts them together.
 * @since 0.1.0
 */
export interface MonitorReport {
  readonly version: 1;
  readonly at: number;
  /** One from `startMonitor`, several from `mysqlpool monitor URL URL`. */
  readonly processes: readonly ProcessReport[];
}

/** One process, or one that cannot be reached. @since 0.1.0 */
export interface ProcessReport {
  /** `pid@host`; the address of a monitor while it cannot be reached. */
  readonly id: string;
  /** Why nothing is known of it, in one plain line; then there are no pools, and the rest says nothing. */
  readonly problem: string | undefined;
  /** What the monitor of this process permits. */
  readonly allows: readonly PoolAction[];
  /** What the program is called. */
  readonly title: string;
  readonly pid: number;
  readonly host: string;
  /** The version of Node, such as `v20.20.2`. */
  readonly node: string;
  readonly startedAt: number;
  /** How late timers were in the last second. */
  readonly loopDelay: LoopDelay;
  /** Those that are open, 100 at most. */
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
  /** Stays the same as long as the process does. */
  readonly id: number;
  readonly options: PoolOptionsReport;
  readonly stats: PoolStatsReport;
  /** The last 300 seconds. */
  readonly history: PoolHistory;
  /** How long those waited who got a connection. Its first count is of those who did not wait at all. */
  readonly waits: Histogram;
  /** How long connections were held. */
  readonly holds: Histogram;
  /** The 100 oldest loans, the oldest first. */
  readonly loans: readonly Loan[];
  /** The first 100 in line. */
  readonly waiting: readonly WaitingReport[];
  /** Loans that are out for longer than `leakThreshold`, the oldest first. */
  readonly leaks: readonly LeakReport[];
  /** The last 100, the oldest first. */
  readonly events: readonly RecentEvent[];
  /** Undefined as long as the server could not be asked, and for a pool that is not MySQL's. */
  readonly server: ServerReport | undefined;
  /** Logins that the server has refused because it is full; undefined when it has refused none for a minute. */
  readonly refusals?: RefusalsReport | undefined;
  /** Undefined for a pool that belongs to no fleet. */
  readonly fleet?: FleetReport | undefined;
}

/**
 * One limit for all processes of an account, as this process knows it: the same for all its pools on the account.
 * @since 0.1.0
 */
export interface FleetReport {
  readonly name: string;
  /** Most connections of all processes; undefined until the server has told. */
  readonly limit?: number | undefined;
  /** Sessions of the account when they were counted last, which is done only while it matters; undefined: never. */
  readonly counted?: number | undefined;
  /** Connections of this process. */
  readonly held: number;
  /** How many it may have while others wait; undefined while nobody does, or nobody knows. */
  readonly share?: number | undefined;
  /** How many it could use: in use, and wanted by those who wait. */
  readonly demand: number;
  /** How many it keeps although nobody uses them. */
  readonly floor: number;
  /** Logins that the server has refused, as the limit was full. */
  readonly refusals: number;
  /** Connections closed in favour of other processes. */
  readonly sheds: number;
  /** Who sees to fairness: `mysql`, `redis`, `none`. */
  readonly coordinator: string;
  /** Why the coordinator cannot be reached. */
  readonly problem?: string | undefined;
}

/** `pool.stats()`, without what the monitor itself borrows now and then to ask the server. @since 0.1.0 */
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

/** Columns of equal length: the n-th value of each is of the same moment. One sample a second. @since 0.1.0 */
export interface PoolHistory {
  readonly at: readonly number[];
  readonly idle: readonly number[];
  readonly inUse: readonly number[];
  readonly connecting: readonly number[];
  readonly waiters: readonly number[];
  /** Loans given, per second, since the sample before. */
  readonly acquired: readonly number[];
  /** Callers turned away, per second, since the sample before. */
  readonly failed: readonly number[];
}

/**
 * `counts[n]` is of what is at most `bounds[n]` ms and above the bound before; the last count is of all above the last bound.
 * @since 0.1.0
 */
export interface Histogram {
  readonly bounds: readonly number[];
  /** One more than there are bounds. */
  readonly counts: readonly number[];
}

/** A caller in line. @since 0.1.0 */
export interface WaitingReport extends Omit<WaitingCaller, 'leftFor'> {
  /** How long it will wait yet; null: for ever. */
  readonly leftFor: number | null;
}

/** A loan that is suspected to be a leak. @since 0.1.0 */
export interface LeakReport extends Loan {
  /** The stack of its acquire; empty when the monitor was started later. */
  readonly takenAt: string;
}

/** A server that is full: what it has refused since it last had room for a minute. @since 0.1.0 */
export interface RefusalsReport {
  /** When the first and the last of them were. */
  readonly since: number;
  readonly last: number;
  /** How many logins. */
  readonly count: number;
}

/** Something that happened to a pool. @since 0.1.0 */
export interface RecentEvent {
  /** Counted from 1 per pool. */
  readonly id: number;
  readonly at: number;
  /**
   * What happened; `more` stands for several that are too many to be told one by one, `noRoom` for an `openFailed` of a
   * server that is full, the first of a spell.
   */
  readonly event: PoolEventName | 'more' | 'noRoom';
  /** The same in a short plain line, such as `connection 3 closed: idle for longer than idleTimeout`. */
  readonly text: string;
}

/** What the server says; each undefined when it does not tell. @since 0.1.0 */
export interface ServerReport {
  readonly at: number;
  readonly version: string | undefined;
  readonly threadsConnected: number | undefined;
  readonly maxConnections: number | undefined;
  /** The most for one account; undefined when there is no such limit. */
  readonly maxUserConnections: number | undefined;
  /** Connections of this pool. */
  readonly ours: number;
  /** As whom the pool is logged in, such as `shop@%`. */
  readonly user: string | undefined;
  /** Connections of that user, from wherever they come. */
  readonly userConnections: number | undefined;
  /** What could not be asked and why, in one plain line. */
  readonly problem: string | undefined;
}
