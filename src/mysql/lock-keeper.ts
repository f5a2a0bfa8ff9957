import type { Command } from './driver.js';

/** Looks after the named locks that statements on their own take; shared by all connections of the pool. */
export interface LockKeeper<S> {
  /** Whether any session has one. */
  readonly isHolding: boolean;
  /** A statement on its own calls nothing unknown and leaves something behind. True: it is about locks, and sent from here. */
  send(session: S, command: Command, sql: string): boolean;
  /**
   * A borrower says something that leaves something behind. True: the server is asked first whether it is about a lock that
   * the session keeps for somebody else. Then it is refused; otherwise `book` is called, and it is sent.
   */
  asks(session: S, command: Command, sql: string, book: () => void): boolean;
  /** More is said on a connection that is set aside: by the borrower who took the lock, or in a scope that shares it. */
  goOn(session: S): void;
  /** Its locks are no business of statements on their own any more. */
  drop(session: S): void;
  /** It is to be reset, which releases its locks. */
  lose(session: S): void;
  /** Its loan has ended: whether it has to be looked at before it is cleaned. */
  mustLook(session: S): boolean;
  /** Asks the server which locks it still has. */
  look(session: S): Promise<void>;
}
