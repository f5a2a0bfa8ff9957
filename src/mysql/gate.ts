import { internals, refuse, type Command, type MysqlConnection } from './driver.js';
import { ConnectionLostError } from './errors.js';

/** What a timer of Node can count to; longer times, of weeks, are as good as none. */
export const LONGEST_TIMEOUT: number = 2 ** 31 - 1;

/** What a gate needs of the session that it belongs to. */
interface Watched {
  readonly connection: MysqlConnection;
  readonly host: { readonly pool: string };
  readonly inTransaction: boolean;
  own<T>(send: () => T): T;
}

/** Looks at every command of a borrower before it is sent, and hears what came of it. */
export interface Guard {
  /** It may have the command refused. */
  sending(command: Command): void;
  /** An OK came; the session knows its status. */
  answered(command: Command): void;
  /** The server's answer was an error. */
  failed(command: Command | undefined, error: unknown): void;
  /** The borrower has the session reset, by a command that is no statement. */
  resetting(): void;
}

/**
 * What stands between borrowers and the server: commands that must not be sent yet are held back here, in their order,
 * and those that must not be sent at all, as the connection or the transaction is gone, are answered here.
 */
export class Gate {
  readonly #session: Watched;
  /** How many pauses are not over yet, and the commands that wait for their end. */
  #pauses = 0;
  #waiting: Command[] = [];
  /** Why the connection is of no use any more; the first reason counts. */
  #loss: { readonly cause: unknown } | undefined;
  /** Who is told of the loss. */
  readonly #lossListeners = new Set<(cause: unknown) => void>();
  guard: Guard | undefined;
  /** Finds a guard for a transaction that had none when a statement of it failed. */
  guardLate: ((command: Command | undefined, error: unknown) => void) | undefined;

  constructor(session: Watched) {
    this.#session = session;
    const inside = internals(session.connection);
    const closed = inside._addCommandClosedState.bind(inside);
    // What mysql2 puts in the place of `addCommand` when it has given the connection up: it says neither code nor reason.
    inside._addCommandClosedState = (command) => {
      if (this.#loss === undefined) return closed(command);
      // mysql2 tells at once as well: there is no turn to wait for.
      refuse(command, () => this.#lossError());
      (command.start as () => void)();
    };
  }

  /** Why the connection was lost; undefined while it is not. */
  get loss(): unknown {
    return this.#loss?.cause;
  }

  /** Whether commands are held back. */
  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** The connection is of no use any more. What waits to be sent is told why. */
  lose(cause: unknown): void {
    if (this.#loss !== undefined) return;
    this.#loss = { cause };
    this.pause();
    this.resume();
    const told = [...this.#lossListeners];
    this.#lossListeners.clear();
    for (const listener of told) listener(cause);
  }

  /** Has `listener` called when the connection is lost. @returns what forgets it */
  onLoss(listener: (cause: unknown) => void): () => void {
    this.#lossListeners.add(listener);
    return () => void this.#lossListeners.delete(listener);
  }

  /** Sends nothing more of what borrowers ask for until `resume` has been called as often. */
  pause(): void {
    // Later, what stands in mysql2's line is the pool's own.
    if (this.#pauses++ > 0) return;
    const { _commands } = internals(this.#session.connection);
    for (let next = _commands.shift(); next !== undefined; next = _commands.shift()) this.#waiting.push(next);
  }

  resume(): void {
    if (--this.#pauses > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    // mysql2 has put another function there when the connection is gone, which tells each of them.
    this.#session.own(() => {
      for (const command of waiting) {
        this.#check(command);
        internals(this.#session.connection).addCommand(command);
      }
    });
  }

  /** False when the command is held back. */
  pass(command: Command): boolean {
    // mysql2's own timer would run out at once.
    if (typeof command.timeout === 'number' && command.timeout > LONGEST_TIMEOUT) command.timeout = undefined;
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

/** Whether it has the server run or prepare something. */
export function isStatement({ sql, query, statement }: Command): boolean {
  return typeof sql === 'string' || typeof query === 'string' || (statement !== undefined && statement !== null);
}
