/**
 * What a fleet wants of the sessions of a pool, and what it is told about them. A pool without one does nothing of all
 * this: not a byte goes to the server for it.
 */
export interface FleetSessions {
  /** How long (ms) a session may be silent before the server ends it. The server counts in whole seconds. */
  readonly lease: number;
  /** Longest time (ms) of a statement; undefined: as the server says. */
  readonly statementLimit: number | undefined;
  /** Name of a fleet whose places are locks of the server, and how many there are; undefined: the account's limit counts. */
  readonly slots: { readonly fleet: string; readonly count: number } | undefined;
  /** Whether callers wait for a process that has nothing, in a fleet that was full when it was asked last. */
  readonly isStarving: boolean;
  /** A session was admitted. @param limit the account's limit, as the server says: 0 for none */
  admitted(limit: number): void;
  /** The server has refused a login because of a limit. @param limit the account's, when the server has told it */
  refused(limit: number | undefined): void;
  /** The account's limit, as a session that is open says: 0 for none. It may have been altered. */
  told(limit: number): void;
  /** How the account's sessions can be counted over a pool's connections; called once for each pool. */
  countBy(counter: SessionCounter): void;
}

/** Counts an account's sessions over a pool's connections. */
export interface SessionCounter {
  /** The pool is closed. */
  readonly isOver: boolean;
  /** @param asksRefusals also how many logins the server has refused */
  now(asksRefusals: boolean): Promise<SessionCount | undefined>;
}

export interface SessionCount {
  /** Sessions of the account that the server has let in; where places are locks, places that are taken. */
  readonly sessions: number;
  /** Where places are locks: whether a process that has none stands in line. */
  readonly isAwaited?: boolean | undefined;
  /** Logins that the server has refused since it was started, of whatever account; undefined: not asked, or not told. */
  readonly refusals?: number | undefined;
}
