import type { Command } from './driver.js';

/**
 * Manages the named locks (GET_LOCK) that are taken by statements sent through the pool itself; shared by all
 * connections of the pool.
 */
export interface LockKeeper<S> {
  /** Whether any session holds such a lock. */
  readonly isHolding: boolean;
  /**
   * Called with a statement sent through the pool itself that leaves state behind and calls nothing unknown. True: it
   * is a lock statement, and the keeper sends it.
   */
  send(session: S, command: Command, sql: string): boolean;
  /**
   * Called with a borrower's statement that leaves state behind. True: the server is first asked whether it requests a
   * lock that the session keeps for somebody else. If so, the statement is refused; otherwise `book` is called and the
   * statement is sent.
   */
  asks(session: S, command: Command, sql: string, book: () => void): boolean;
  /**
   * Further statements are sent on a connection that is set aside: by the borrower that took the lock, or in a scope
   * that shares the connection.
   */
  goOn(session: S): void;
  /** Stops managing the session's locks; they go with its next reset. */
  drop(session: S): void;
  /** The session is about to be reset, which releases its locks. */
  lose(session: S): void;
  /** The session's loan has ended. Returns whether its locks have to be checked before it is cleaned. */
  mustLook(session: S): boolean;
  /** Asks the server which of the locks the session still holds. */
  look(session: S): Promise<void>;
}
