/** A pool, or anything else that opens connections, as an issuer of permits sees it. */
export interface PermitHolder {
  readonly name: string;
  /** How many connections it has, in all states, without those detached from it. */
  readonly size: number;
  /** How many of its permits will be given back soon: those of connections that are being closed. */
  readonly closing: number;
  /** How many of its connections are idle, and could be closed at once. */
  readonly idle: number;
  /**
   * How many callers wait for a connection. Permits that it wants beyond these are for a reserve of idle connections.
   */
  readonly waiters: number;
  /** How many connections would be in use if there were enough: those in use, and one for each waiter. */
  readonly demand: number;
  /** How many connections it keeps although nobody uses them. */
  readonly floor: number;
  /** The issuer calls it when there may be a permit: ask again. */
  retry(): void;
  /**
   * The issuer calls it when another holder waits, or too many permits are out: close up to `count` idle connections.
   * Returns how many it has begun to close; each permit is given back once its connection is closed, which may take a
   * while.
   */
  shed(count: number): number;
}

/** Why there is no permit. */
export interface Denial {
  /** The limit, in words that follow "waiting for" in a message: `the limit over all pools`. */
  readonly limit: string;
  /** How many permits are held, and how many there are (`of`). */
  readonly held: number;
  readonly of: number;
  /** How many permits will soon be free for this holder: connections of others are being closed in its favour. */
  readonly coming: number;
  /** Ask again after so many ms. If undefined, the issuer calls `retry`. */
  readonly retryIn?: number | undefined;
}

/**
 * Why a permit is given back. `closed`: its connection was closed, or its dial abandoned. `failed`: the dial failed.
 * `full`: the server itself had no room for one more connection, although there was a permit.
 */
export type PermitOutcome = 'closed' | 'failed' | 'full';

/** A holder's account with an issuer of permits. */
export interface PermitAccount {
  /** Takes a permit. Returns true, or why there is none; the holder is then queued until it has one or withdraws. */
  take(): true | Denial;
  /** Gives a permit back. It is held exactly as long as the socket of its connection is open. */
  giveBack(outcome: PermitOutcome): void;
  /** Withdraws a request for a permit that was denied. */
  withdraw(): void;
  /**
   * Whether a holder with less than its share waits: connections returned to this one are then closed in its favour.
   */
  readonly contested: boolean;
  /**
   * Whether, after the server had no room (`giveBack('full')`), the issuer's denials say when to try again: the pool
   * then makes no pause of its own.
   */
  readonly pacesFull?: boolean;
  /** The denial to show when the server had no room the last time it was asked, also while it is being asked again. */
  readonly full?: Denial | undefined;
  /** What the permits come from, the same object for all holders under one limit; undefined when there is none. */
  readonly issuer?: { stats(): { readonly limit: number; readonly held: number } } | undefined;
  /** Called when the holder is closed and holds no permit any more. */
  close(): void;
}

/**
 * The port that answers "may I open one more connection?". The engine asks before each dial. The default always says
 * yes; a limit over all pools of a process is one implementation, a budget for a fleet of processes another.
 * @since 0.1.0
 */
export interface Permits {
  join(holder: PermitHolder): PermitAccount;
}

const always: PermitAccount = {
  contested: false,
  take: () => true,
  giveBack: () => undefined,
  withdraw: () => undefined,
  close: () => undefined,
};

// One per process and thread, also for a second copy of the package.
const key = Symbol.for('node-mysqlpool.permits');
const holder = globalThis as { [key]?: Permits };

/** Sets the limit of the process: every pool created from now on without `permits` of its own takes them from here. */
export function setProcessPermits(permits: Permits): void {
  holder[key] = permits;
}

/** Whether the process has a limit, set by `setProcessPermits`. */
export const hasProcessPermits = (): boolean => holder[key] !== undefined;

/** The default: every pool is bounded by its own `maxSize` alone, unless the process has a limit. */
export const defaultPermits: Permits = { join: (pool) => holder[key]?.join(pool) ?? always };
