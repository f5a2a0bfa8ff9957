import type { Clock } from '../pool/index.js';

/** How this process stands in its fleet now: connections of all its pools on the account. */
export interface Standing {
  /** How many it has open, or is opening. */
  readonly held: number;
  /** How many of those lie idle and could be closed at once. */
  readonly idle: number;
  /** How many callers wait for one. */
  readonly waiters: number;
  /** How many it could use: in use, and wanted by those who wait. */
  readonly demand: number;
  /** How many it keeps although nobody uses them. */
  readonly floor: number;
  /** How much more than others it is due. */
  readonly weight: number;
  /** How often the server has refused one so far because the limit was full; only grows. */
  readonly refusals: number;
}

/** What the server says of the account. */
export interface AccountCount {
  /** Sessions that it has let in, those of this process included. */
  readonly sessions: number;
  /** Whether there may be a process that has nothing and is refused again and again. */
  readonly isSomebodyStarving: boolean;
}

/** An account's limit, as the server has told it to a process. */
export interface AccountLimit {
  readonly limit: number;
  /** How long ago, in ms. */
  readonly ago: number;
}

/** One process in its fleet, as the one that sees to fairness sees it, and what that may do to it. */
export interface FleetMember {
  /** No other member of the fleet has it, not even another thread of the same process. */
  readonly id: string;
  /** The name of the fleet. */
  readonly name: string;
  /** How many connections the fleet may have; undefined until it is known. */
  readonly limit: number | undefined;
  /** What the server has told it of the account's limit; undefined while it has not, or where the fleet's is another. */
  readonly accountLimit: AccountLimit | undefined;
  readonly clock: Clock;
  /** For jitter: from 0 up to 1. */
  readonly random: () => number;
  standing(): Standing;
  /**
   * How the account stands, asked over a session that the process has anyway. Undefined when there is none to ask over, or
   * it cannot be told. It always settles, however late.
   * @param isFull it was full when it was counted last: whether somebody is starving is of interest
   */
  count(isFull: boolean): Promise<AccountCount | undefined>;
  /** Closes up to so many idle connections, those idle for longest first, down to the floor. Returns how many. */
  shed(count: number): number;
  /**
   * So many of those that come back from now on are closed, whoever waits here; replaces what was said before, and 0 takes
   * it back.
   * @param pause what was given up is for others: for so many ms after each of them is closed nothing is opened beyond the
   *   floor. It counts from then, not from this call: until a loan ends may take longer than that.
   */
  closeOnReturn(count: number, pause: number): void;
  /**
   * What it may have while others wait for less than their share: it opens no more than that, and closes what comes back
   * beyond it. Undefined: nobody waits, and it may have what the server admits.
   */
  setShare(share: number | undefined): void;
  /** What the server has told another process of the account's limit, so long (ms) ago: what was told last holds. */
  told(limit: number, ago: number): void;
  /** Room may be there now: whoever waits tries again at once. */
  retry(): void;
  /** How the coordinator is, for reports. */
  tell(state: CoordinatorState): void;
}

/** `ok`, or since when (by the member's clock) and why it cannot be reached. */
export type CoordinatorState = { readonly state: 'ok' } | { readonly state: 'lost'; readonly why: string };

/** A coordinator's work for one member. */
export interface Coordination {
  /**
   * The standing has changed in a way that others should know of: a caller waits for a connection that cannot be opened,
   * or nobody does any more; one was opened after a refusal; or one was closed while there is a share. May be called as
   * often as one likes.
   */
  changed(): void;
  /** The member has left: no timer runs and nothing is open any more once it has settled. It never rejects. */
  close(): Promise<void>;
}

/**
 * The port that sees to fairness within a fleet. It decides nothing about safety: the server does. Whatever becomes of
 * it, no open connection is closed for it and no caller gets an error.
 * @since 0.1.0
 */
export interface Coordinator {
  /** For reports: `mysql`, `redis`. */
  readonly kind: string;
  join(member: FleetMember): Coordination;
}
