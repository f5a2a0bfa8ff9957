import {
  endsTransaction,
  errnoOf,
  leavesTransactionOpen,
  maskStatement,
  mayCommitWithRows,
  transactionStepOf,
} from '../session/index.js';
import { refuse, type Command } from '../mysql/driver.js';
import { TransactionLostError } from '../mysql/errors.js';
import { isStatement, type Guard } from '../mysql/gate.js';
import { runOwn } from '../mysql/own-commands.js';
import type { Session } from '../mysql/session.js';

/** How a transaction ended before its function did. */
interface Loss {
  /**
   * A failed statement made the server roll back; a statement ended the transaction; or a missing savepoint showed that
   * this is another transaction.
   */
  readonly how: 'failure' | 'statement' | 'savepoint';
  /** The statement that failed, or that ended the transaction; shown masked only. */
  readonly statement: string | undefined;
  /** The error of the statement that failed. */
  readonly cause: unknown;
}

// A late KILL may hit our own query instead of the statement that it was meant for.
const ATTEMPTS = 3;

const NO_SAVEPOINT = 1305;

const textOf = ({ sql, query, statement }: Command): string | undefined =>
  [sql, query, statement?.query].find((text): text is string => typeof text === 'string');

/**
 * Prevents statements that belong to a transaction from running outside of it. A server may roll back the whole
 * transaction when one of its statements fails. Which errors do so depends on the server, its version and its settings,
 * but the status flags of the next OK packet tell. Therefore nothing is sent after a failed statement until the state
 * is known. A statement may also end the transaction itself: DDL, a manual COMMIT, BEGIN. From then on every statement
 * is refused.
 */
export class TransactionGuard implements Guard {
  readonly #session: Session;
  /**
   * Whether only failed statements matter, for transactions that were begun with SQL: migrations of ORMs continue after
   * DDL, and rely on being able to.
   */
  readonly #failuresOnly: boolean;
  #loss: Loss | undefined;
  /** The command that ends the transaction for its function: COMMIT or ROLLBACK. */
  #end: Command | undefined;
  #isEnding = false;
  /** Whether that command was sent, so that the server may have executed it. */
  wasEndSent = false;
  /** Resolves once it is known whether the transaction is still open; undefined while no such check is running. */
  known: Promise<void> | undefined;

  private constructor(session: Session, failuresOnly: boolean) {
    this.#session = session;
    this.#failuresOnly = failuresOnly;
  }

  /** Guards the transaction that has just begun on the session, until `remove`. */
  static over(session: Session): TransactionGuard {
    const guard = new TransactionGuard(session, false);
    session.gate.guard = guard;
    return guard;
  }

  /**
   * From now on guards every transaction that a borrower begins with SQL, starting at the first failed statement in it.
   */
  static afterFailures(session: Session): void {
    const { gate } = session;
    gate.guardLate ??= (command, error) => {
      const guard = new TransactionGuard(session, true);
      gate.guard = guard;
      guard.failed(command, error);
    };
  }

  remove(): void {
    if (this.#session.gate.guard === this) this.#session.gate.guard = undefined;
  }

  /** The pool's name. */
  get pool(): string {
    return this.#session.host.pool;
  }

  /** Whether the transaction ended before its function did. */
  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** Whether part of the transaction may have been committed. */
  get mayBeHalfDone(): boolean {
    if (this.#loss === undefined) return false;
    const { how, statement } = this.#loss;
    return how !== 'failure' || (statement !== undefined && !leavesTransactionOpen(statement));
  }

  /**
   * The error for the transaction as a whole: the server's error if a failed statement ended it, otherwise a
   * TransactionLostError.
   */
  get failure(): unknown {
    return this.#loss?.how === 'failure' ? this.#loss.cause : this.error();
  }

  /** The error for statements that are sent after the transaction was lost. */
  error(): TransactionLostError {
    const { how, statement, cause } = this.#loss!;
    const shown = statement === undefined ? undefined : maskStatement(statement);
    return new TransactionLostError(this.pool, { how, statement: shown, mayBeHalfDone: this.mayBeHalfDone }, cause);
  }

  /**
   * Called when a savepoint could not be released or rolled back to. If it does not exist, something has ended the
   * transaction that it belonged to.
   */
  savepointFailed(error: unknown): void {
    if (errnoOf(error) === NO_SAVEPOINT) this.#lose({ how: 'savepoint', statement: undefined, cause: error });
  }

  #lose(loss: Loss): void {
    if (this.#loss !== undefined) return;
    this.#loss = loss;
    // Commands that are still queued in mysql2 were meant for the transaction: pause takes them back, and resume lets
    // `sending` refuse them.
    this.#session.gate.pause();
    this.#session.gate.resume();
  }

  /** Sends the command that ends the transaction. */
  end<T>(send: () => Promise<T>): Promise<T> {
    this.#isEnding = true;
    try {
      return send();
    } finally {
      this.#isEnding = false;
    }
  }

  given(command: Command): void {
    if (this.#isEnding) this.#noteEnd(command);
    if (!this.#failuresOnly) this.#watchRows(command);
  }

  sending(command: Command): void {
    if (typeof command.query === 'string') this.#watchPreparation(command);
    if (this.#loss === undefined || !isStatement(command)) return;
    const step = transactionStepOf(textOf(command) ?? '');
    if (this.#end === command && step === 'rollback') return;
    // By rolling back or beginning anew, the borrower has reacted to the loss.
    if (this.#failuresOnly && (step === 'rollback' || step === 'begin')) this.remove();
    else if (!this.#failuresOnly || step !== 'characteristics') refuse(command, () => this.error());
  }

  answered(command: Command): void {
    if (this.#failuresOnly || this.#loss !== undefined || this.#end === command) return;
    const text = textOf(command) ?? '';
    if (endsTransaction(text) || !this.#session.inTransaction)
      this.#lose({ how: 'statement', statement: text, cause: undefined });
  }

  failed(command: Command | undefined, error: unknown): void {
    if (this.#loss !== undefined || (command !== undefined && this.#end === command)) return;
    const statement = command === undefined ? undefined : textOf(command);
    this.#hold({ how: 'failure', statement, cause: error });
  }

  /** Sends nothing more until it is known whether the transaction is still open; if it is not, this is how it ended. */
  #hold(loss: Loss): void {
    const { gate } = this.#session;
    gate.pause();
    const asked = this.#ask(loss).finally(() => {
      if (this.known === all) this.known = undefined;
      if (this.#failuresOnly && this.#loss === undefined) this.remove();
      gate.resume();
    });
    const all: Promise<void> = Promise.all([this.known, asked]).then(() => undefined);
    this.known = all;
    // If the loan ends in the meantime, its connection is cleaned only after the check.
    this.#session.judgeAfter(all);
  }

  /** A reset ends the transaction; statements after it would run outside of it. */
  resetting(): void {
    if (!this.#failuresOnly) this.#lose({ how: 'statement', statement: 'RESET CONNECTION', cause: undefined });
  }

  async #ask(loss: Loss): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#session.heard(await runOwn(this.#session, 'DO 0'));
        if (!this.#session.inTransaction) this.#lose(loss);
        return;
      } catch (failure) {
        // The connection is lost: commands that wait are told so.
        if (errnoOf(failure) === undefined) return;
        if (attempt === ATTEMPTS) return this.#lose(loss);
      }
    }
  }

  #noteEnd(command: Command): void {
    this.#isEnding = false;
    this.#end = command;
    this.wasEndSent = false;
    const start = command.start as (...args: unknown[]) => unknown;
    command.start = (...args: unknown[]) => {
      this.wasEndSent = true;
      return start.apply(command, args);
    };
  }

  /** ANALYZE TABLE and others commit, and are answered with rows, whose end the session does not watch. */
  #watchRows(command: Command): void {
    const statement = typeof command.query === 'string' ? undefined : textOf(command);
    if (statement === undefined || !mayCommitWithRows(statement)) return;
    command.on('fields', (fields) => {
      if (fields !== undefined && this.#loss === undefined)
        this.#hold({ how: 'statement', statement, cause: undefined });
    });
  }

  /** The session watches executions only, but PREPARE can take locks as well, and fail because of them. */
  #watchPreparation(command: Command): void {
    const { onResult } = command;
    if (onResult === undefined) return;
    command.onResult = (error, ...answer) => {
      if (error && errnoOf(error) !== undefined) this.failed(command, error);
      onResult(error, ...answer);
    };
  }
}
