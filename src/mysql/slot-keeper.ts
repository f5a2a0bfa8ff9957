import type { FleetFullError } from './errors.js';

/** Assigns places in the fleet to sessions, as named locks of the server; shared by all connections of the pool. */
export interface SlotKeeper<S> {
  /** The reason for which a session that lost its place is not lent again. */
  readonly lostText: string;
  fullError(pool: string): FleetFullError;
  /**
   * Makes sure that the session has a place, preferably the one it had. Returns false if all are taken. The first
   * statement is sent synchronously, so that it can go out together with others.
   */
  claim(session: S): Promise<boolean>;
  /**
   * Called when a new session has found no place. If its process has no connection at all, the session queues for a
   * moment, visible to other processes, and tries again. Returns whether it has a place now.
   */
  wait(session: S): Promise<boolean>;
  /** How many places are taken, and whether a session is queueing. */
  count(session: S): Promise<{ readonly sessions: number; readonly isAwaited: boolean }>;
  /**
   * Called when the command just sent may release the place. The place is claimed again ahead of all later commands of
   * the borrower; if that fails, the connection is dropped.
   */
  secure(session: S): void;
}
