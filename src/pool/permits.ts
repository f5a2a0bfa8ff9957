/** A pool, as an issuer of permits sees it. */
export interface PermitHolder {
  readonly name: string;
  /** How many of its permits are on their way back already: connections that are being closed. */
  readonly closing: number;
  /** How many callers wait for a connection. A wish for more than those is a wish for a reserve. */
  readonly waiters: number;
  /** A permit may be there now: ask again. */
  retry(): void;
  /** Somebody else waits: close one idle connection, which gives its permit back. False when none can be spared. */
  spareOne(): boolean;
}

/** One pool's account with an issuer of permits. */
export interface PermitAccount {
  /** Takes a permit. When there is none it returns false, and calls the holder's `retry` once there may be one. */
  take(): boolean;
  /** Gives a permit back: its connection is really closed, or was never opened. */
  giveBack(): void;
  /** Takes back the wish of a `take` that returned false. */
  withdraw(): void;
  /** Whether another pool waits that has less than its share: connections that come back are then closed. */
  readonly contested: boolean;
  /** What it draws on, the same for all pools under one limit; undefined when there is none. */
  readonly issuer?: { stats(): { readonly limit: number; readonly held: number } };
  /** The pool is closed; no permit is held any more. */
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

/** The default: every pool is bounded by its own `maxSize` alone, unless the process has a limit. */
export const defaultPermits: Permits = { join: (pool) => holder[key]?.join(pool) ?? always };
