import { LONGEST_TIMER } from '../pool/clock.js';
import { internals, refuse, type Command, type MysqlConnection } from './driver.js';
import { ConnectionLostError } from './errors.js';

/** The part of its session that a gate needs. */
interface Watched {
  readonly connection: MysqlConnection;
  readonly host: { readonly pool: string };
  readonly inTransaction: boolean;
  own<T>(send: () => T): T;
}

/** Inspects every command of a borrower before it is sent, and is told its outcome. */
export interface Guard {
  /** Called in the turn in which the borrower gives the command, also if it is held back. */
  given(command: Command): void;
  /** Called before the command is sent; may refuse it. */
  sending(command: Command): void;
  /** The server answered OK; the session has already recorded the status flags. */
  answered(command: Command): void;
  /** The server's answer was an error. */
  failed(command: Command | undefined, error: unknown): void;
  /** The borrower resets the session with a command that is not a statement. */
  resetting(): void;
}

/**
 * Stands between the borrowers of a connection and the server. Commands that must not be sent yet are held back here,
 * in order; commands that must never be sent, because the connection or the transaction is lost, are answered here with
 * an error.
 */
export class Gate {
  readonly #session: Watched;
  /** The number of pauses that have not been resumed, and the commands that wait for the last resume. */
  #pauses = 0;
  #waiting: Command[] = [];
  /** Why the connection is unusable; the first reason counts. */
  #loss: { readonly cause: unknown } | undefined;
  /** Listeners that are told of the loss. */
  readonly #lossListeners = new Set<(cause: unknown) => void>();
  guard: Guard | undefined;
  /** Installs a guard when a statement fails in a transaction that has none. */
  guardLate: ((command: Command | undefined, error: unknown) => void) | undefined;

  constructor(session: Watched) {
    this.#session = session;
    const inside = internals(session.connection);
    const closed = inside._addCommandClosedState.bind(inside);
    // mysql2 replaces `addCommand` with this method once it has given the connection up; its own version rejects
    // commands with an error that has neither a code nor a cause.
    inside._addCommandClosedState = (command) => {
      if (this.#loss === undefined) return closed(command);
      // Answered at once, as mysql2 does: the queue is no longer processed.
      refuse(command, () => this.#lossError());
      (command.start as () => void)();
    };
  }

  /** Why the connection was lost; undefined while it is usable. */
  get loss(): unknown {
    return this.#loss?.cause;
  }

  /** Whether commands are held back. */
  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** Marks the connection as lost. Commands that wait to be sent are answered with the reason. */
  lose(cause: unknown): void {
    if (this.#loss !== undefined) return;
    this.#loss = { cause };
    this.pause();
    this.resume();
    const told = [...this.#lossListeners];
    this.#lossListeners.clear();
    for (const listener of told) listener(cause);
  }

  /** Calls `listener` when the connection is lost. @returns a function that removes the listener */
  onLoss(listener: (cause: unknown) => void): () => void {
    this.#lossListeners.add(listener);
    return () => void this.#lossListeners.delete(listener);
  }

  /** Holds back all further commands of borrowers until `resume` has been called as many times as `pause`. */
  pause(): void {
    // Only at the first pause: commands that are queued in mysql2 after that are the pool's own.
    if (this.#pauses++ > 0) return;
    const { _commands } = internals(this.#session.connection);
    for (let next = _commands.shift(); next !== undefined; next = _commands.shift()) this.#waiting.push(next);
  }

  resume(): void {
    if (--this.#pauses > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    // If the connection is gone, mysql2 has replaced `addCommand` by a function that answers each command with an
    // error.
    this.#session.own(() => {
      for (const command of waiting) {
        this.#check(command);
        internals(this.#session.connection).addCommand(command);
      }
    });
  }

  /** Lets a command through, or holds it back. Returns false if it is held back. */
  pass(command: Command): boolean {
    // A longer limit is none: mysql2's own timer would fire at once.
    if (typeof command.timeout === 'number' && command.timeout > LONGEST_TIMER) command.timeout = undefined;
    this.guard?.given(command);
    if (this.#pauses > 0) {
      this.#waiting.push(command);
      return false;
    }
    this.#check(command);
    return true;
  }

  /** The server's answer was an error. */
  failed(command: Command | undefined, error: unknown): void {
    if (this.guard !== undefined) this.guard.failed(command, error);
    else if (this.#session.inTransaction) this.guardLate?.(command, error);
  }

  #check(command: Command): void {
    if (this.#loss === undefined) this.guard?.sending(command);
    else if (isStatement(command)) refuse(command, () => this.#lossError());
  }

  #lossError(): Error {
    return new ConnectionLostError(this.#session.host.pool, this.#loss!.cause);
  }
}

/** Whether a command makes the server execute or prepare a statement. */
export function isStatement({ sql, query, statement }: Command): boolean {
  return typeof sql === 'string' || typeof query === 'string' || (statement !== undefined && statement !== null);
}
