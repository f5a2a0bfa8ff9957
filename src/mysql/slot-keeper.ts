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
   * What was just sent may release the place. It is claimed next, ahead of all that its borrower says later; when that
   * fails, the connection is dropped.
   */
  secure(session: S): void;
}
