import type { Clock } from '../pool/index.js';

/** The figures of this process in its fleet now, over all its pools on the account. */
export interface Standing {
  /** Connections that are open, or being opened. */
  readonly held: number;
  /** How many of those are idle and could be closed at once. */
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiters: number;
  /** How many connections it could use: those in use, and one for each waiter. */
  readonly demand: number;
  /** How many connections it keeps although nobody uses them. */
  readonly floor: number;
  /** Relative size of its share: weight 2 is due twice as many connections as weight 1. */
  readonly weight: number;
  /** Logins that the server has refused so far because the limit was reached; only grows. */
  readonly refusals: number;
}

/** A count of the account's sessions on the server. */
export interface AccountCount {
  /** Open sessions of the account, those of this process included. */
  readonly sessions: number;
  /** Whether there may be a process that has no connection and is refused again and again. */
  readonly isSomebodyStarving: boolean;
}

/** An account's limit, as the server has told it to a process. */
export interface AccountLimit {
  readonly limit: number;
  /** How long ago the server told it, in ms. */
  readonly ago: number;
}

/** One process of a fleet: what its coordinator can see of it, and what the coordinator can have it do. */
export interface FleetMember {
  /** Unique within the fleet, also between threads of one process. */
  readonly id: string;
  /** The name of the fleet. */
  readonly name: string;
  /** How many connections the fleet may have; undefined until it is known. */
  readonly limit: number | undefined;
  /** The account's limit as the server last told it; undefined while it has not, and with `cap: 'slots'`. */
  readonly accountLimit: AccountLimit | undefined;
  readonly clock: Clock;
  /** For jitter: from 0 up to 1. */
  readonly random: () => number;
  standing(): Standing;
  /**
   * Counts the account's sessions by a query over a connection that the process has open anyway. Undefined when it has
   * none, or the query fails. The promise always settles, however late.
   * @param isFull whether the account was full at the latest count: then it is also found out if a process is starving
   */
  count(isFull: boolean): Promise<AccountCount | undefined>;
  /** Closes up to `count` idle connections, the longest idle first, down to the floor. Returns how many it closes. */
  shed(count: number): number;
  /**
   * Has the next `count` connections that are released closed, even if callers of this process wait. Replaces the
   * previous call; 0 cancels it.
   * @param pause for how long, in ms, nothing is opened beyond the floor after each of these closes, so that other
   *   processes get the freed room. It starts with the close, not with this call, as a loan may last longer than the
   *   pause.
   */
  closeOnReturn(count: number, pause: number): void;
  /**
   * Limits the member while others wait for less than their share: it opens no more than `share` connections, and
   * closes released ones beyond it. Undefined: nobody waits, and it may open as many as the server admits.
   */
  setShare(share: number | undefined): void;
  /** Reports the account's limit as the server told it to another process `ago` ms ago. The latest report counts. */
  told(limit: number, ago: number): void;
  /** There may be room now: waiting pools try again at once. */
  retry(): void;
  /** Reports the state of the coordinator, for `stats`. */
  tell(state: CoordinatorState): void;
}

/** `ok`, or why the coordinator cannot be reached. */
export type CoordinatorState = { readonly state: 'ok' } | { readonly state: 'lost'; readonly why: string };

/** A coordinator's work for one member. */
export interface Coordination {
  /**
   * Tells the coordinator of a change that matters to other processes: a caller waits for a connection that cannot be
   * opened, or none waits any more; a login succeeded after refusals; or a connection was closed while a share is set.
   * May be called as often as you like.
   */
  changed(): void;
  /** The member leaves. Once the promise has settled, no timer runs and nothing is open. It never rejects. */
  close(): Promise<void>;
}

/**
 * The port that provides fairness between the processes of a fleet. It does not enforce the limit, which is the
 * server's part: when a coordinator fails, no connection is closed for it and no caller gets an error.
 * @since 0.1.0
 */
export interface Coordinator {
  /** Its name in reports, such as `mysql` or `redis`. */
  readonly kind: string;
  /** Called when the first pool of this process begins to open a connection. */
  join(member: FleetMember): Coordination;
}
