/**
 * What a fleet requires of the sessions of a pool, and what it is told about them. For a pool without a fleet nothing
 * of this is done, and nothing is sent to the server.
 */
export interface FleetSessions {
  /** How long (ms) a session may be idle before the server ends it. The server counts in whole seconds. */
  readonly lease: number;
  /** The longest time (ms) that a statement may take; undefined: the server's own setting. */
  readonly statementLimit: number | undefined;
  /**
   * If the places of the fleet are named locks of the server: its name, and the number of places. Undefined if the
   * account's limit applies.
   */
  readonly slots: { readonly fleet: string; readonly count: number } | undefined;
  /** Whether this process has no connection although callers wait, in a fleet that was full at the last check. */
  readonly isStarving: boolean;
  /** The server has accepted a session. @param limit the account's limit as the server reports it; 0 for none */
  admitted(limit: number): void;
  /** The server has refused a login because of a limit. @param limit the account's limit, if the server has told it */
  refused(limit: number | undefined): void;
  /** The account's limit as an open session reports it, 0 for none: it may have been altered since the last login. */
  told(limit: number): void;
  /** Provides a way to count the account's sessions over the pool's connections; called once for each pool. */
  countBy(counter: SessionCounter): void;
}

/** Counts an account's sessions over a pool's connections. */
export interface SessionCounter {
  /** Whether the pool is closed. */
  readonly isOver: boolean;
  /** @param asksRefusals whether to ask also how many logins the server has refused */
  now(asksRefusals: boolean): Promise<SessionCount | undefined>;
}

export interface SessionCount {
  /** The sessions of the account that the server has accepted; if places are named locks, the taken places. */
  readonly sessions: number;
  /** If places are named locks: whether a process without any place is waiting for one. */
  readonly isAwaited?: boolean | undefined;
  /** How many logins of any account the server has refused since it was started; undefined if not asked or not told. */
  readonly refusals?: number | undefined;
}
