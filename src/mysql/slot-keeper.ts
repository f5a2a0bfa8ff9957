import type { FleetFullError } from './errors.js';

/** Gives sessions places in their fleet, which are locks of the server; shared by all connections of the pool. */
export interface SlotKeeper<S> {
  /** Why a session is not lent again. */
  readonly lostText: string;
  fullError(pool: string): FleetFullError;
  /**
   * Makes sure that the session has a place: its own, if that is to be had. False when all are taken. The first
   * statement is sent at once, so that it may go out together with others.
   */
  claim(session: S): Promise<boolean>;
  /**
   * A new session has found no place. When its process has nothing at all it stands in line for a moment, where others see
   * it, and tries again. Returns whether it has a place now.
   */
  wait(session: S): Promise<boolean>;
  /** How many places are taken, and whether anybody stands in line. */
  count(session: S): Promise<{ readonly sessions: number; readonly isAwaited: boolean }>;
  /**
   * What was just sent may release the place. It is claimed next, ahead of all that its borrower says later; when that
   * fails, the connection is dropped.
   */
  secure(session: S): void;
}
