/** A pool, or whoever else opens connections, as an issuer of permits sees it. */
export interface PermitHolder {
  readonly name: string;
  /** Connections it has, in every state; what was detached from it not included. */
  readonly size: number;
  /** How many of its permits are on their way back already: connections that are being closed. */
  readonly closing: number;
  /** How many lie idle, and could be closed at once. */
  readonly idle: number;
  /** How many callers wait for a connection. A wish for more than those is a wish for a reserve. */
  readonly waiters: number;
  /** How many connections would be in use if there were enough: in use, and wanted by those who wait. */
  readonly demand: number;
  /** How many it keeps although nobody uses them. */
  readonly floor: number;
  /** A permit may be there now: ask again. */
  retry(): void;
  /**
   * Somebody else waits, or there are too many: close up to so many idle connections. Returns how many it has begun to
   * close; each gives its permit back once it is closed, which may take a while.
   */
  shed(count: number): number;
}

/** Why there is no permit. */
export interface Denial {
  /** What limits, as it goes on after "waiting for": `the limit over all pools`. */
  readonly limit: string;
  /** How many permits are out, and how many there are. */
  readonly held: number;
  readonly of: number;
  /** How many are on their way back for this holder: connections of others that are being closed in its favour. */
  readonly coming: number;
  /** Ask again after so many ms. Without it the issuer calls `retry`. */
  readonly retryIn?: number | undefined;
}

/**
 * Why a permit comes back: its connection is closed, or was never opened; or the server itself had no room for one more,
 * although there was a permit.
 */
export type PermitOutcome = 'closed' | 'failed' | 'full';

/** A holder's account with an issuer of permits. */
export interface PermitAccount {
  /** Takes a permit: true, or why there is none. After a denial the holder is in line, until it has one or withdraws. */
  take(): true | Denial;
  /** Gives a permit back. It is held exactly as long as the socket of its connection is open. */
  giveBack(outcome: PermitOutcome): void;
  /** Takes back the wish of a `take` that was denied. */
  withdraw(): void;
  /** Whether another holder waits that has less than its share: connections that come back are then closed. */
  readonly contested: boolean;
  /**
   * When the server had no room (`giveBack('full')`) its denials say when to try again: the pool makes no pause of its own.
   */
  readonly pacesFull?: boolean;
  /** What limits while the server had no room when it was asked last, also while it is being asked again. */
  readonly full?: Denial | undefined;
  /** What it draws on, the same for all holders under one limit; undefined when there is none. */
  readonly issuer?: { stats(): { readonly limit: number; readonly held: number } } | undefined;
  /** The holder is closed; no permit is held any more. */
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

/** Gives permits to every pool that is made from now on and is given none: the process has one limit. */
export function setProcessPermits(permits: Permits): void {
  holder[key] = permits;
}

/** Whether the process has a limit. */
export const hasProcessPermits = (): boolean => holder[key] !== undefined;

/** The default: every pool is bounded by its own `maxSize` alone, unless the process has a limit. */
export const defaultPermits: Permits = { join: (pool) => holder[key]?.join(pool) ?? always };
