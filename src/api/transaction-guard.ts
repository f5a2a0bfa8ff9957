import { errnoOf, leavesTransactionOpen, maskStatement, transactionStepOf } from '../session/index.js';
import { refuse, type Command } from '../mysql/driver.js';
import { TransactionLostError } from '../mysql/errors.js';
import { isStatement, type Guard } from '../mysql/gate.js';
import { runOwn } from '../mysql/own-commands.js';
import type { Session } from '../mysql/session.js';

/** How a transaction ended without its function. */
interface Loss {
  /** What a failed statement took along, what a statement ended, or what was found to be another transaction. */
  readonly how: 'failure' | 'statement' | 'savepoint';
  /** The statement that failed, or that ended it: shown masked. */
  readonly statement: string | undefined;
  /** The error of the statement that failed. */
  readonly cause: unknown;
}

// A KILL that comes late may hit the question instead of the statement that it was meant for.
const ATTEMPTS = 3;

const NO_SAVEPOINT = 1305;

const textOf = ({ sql, query, statement }: Command): string | undefined =>
  [sql, query, statement?.query].find((text): text is string => typeof text === 'string');

/**
 * Keeps what belongs to a transaction from running outside of it. A server may roll a whole transaction back when one of
 * its statements fails, and which errors do so depends on the server, its version and its settings; but the status of
 * the next OK tells. So after a failed statement nothing is sent before that is known. A statement may also end the
 * transaction by itself: DDL, COMMIT by hand, BEGIN. From then on everything is refused.
 */
export class TransactionGuard implements Guard {
  readonly #session: Session;
  /** Whether only failures count: migrations of ORMs go on after DDL, and rely on it. */
  readonly #failuresOnly: boolean;
  #loss: Loss | undefined;
  /** What ends the transaction for its function: COMMIT, or ROLLBACK. */
  #end: Command | undefined;
  #isEnding = false;
  /** The last one was sent, so that the server may have carried it out. */
  wasEndSent = false;
  /** Resolves when it is known whether the transaction is still open; undefined when that is known. */
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

  /** Guards from now on every transaction that a borrower begins by SQL, once a statement of it has failed. */
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

  /** Whether the transaction ended without its function. */
  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** Whether a part of it may have been committed before its end. */
  get mayBeHalfDone(): boolean {
    if (this.#loss === undefined) return false;
    const { how, statement } = this.#loss;
    return how !== 'failure' || (statement !== undefined && !leavesTransactionOpen(statement));
  }

  /** What the whole transaction fails with: the server's error, or that it has ended. */
  get failure(): unknown {
    return this.#loss?.how === 'failure' ? this.#loss.cause : this.error();
  }

  /** For whoever goes on. */
  error(): TransactionLostError {
    const { how, statement, cause } = this.#loss!;
    const shown = statement === undefined ? undefined : maskStatement(statement);
    return new TransactionLostError(this.pool, { how, statement: shown, mayBeHalfDone: this.mayBeHalfDone }, cause);
  }

  /** A savepoint could not be released, or rolled back to. One that is gone was taken along by something. */
  savepointFailed(error: unknown): void {
    if (errnoOf(error) === NO_SAVEPOINT) this.#lose({ how: 'savepoint', statement: undefined, cause: error });
  }

  #lose(loss: Loss): void {
    if (this.#loss !== undefined) return;
    this.#loss = loss;
    // What waits in line was meant for the transaction.
    this.#session.gate.pause();
    this.#session.gate.resume();
  }

  /** Sends what ends the transaction. */
  end<T>(send: () => Promise<T>): Promise<T> {
    this.#isEnding = true;
    try {
      return send();
    } finally {
      this.#isEnding = false;
    }
  }

  sending(command: Command): void {
    if (this.#isEnding) this.#noteEnd(command);
    if (typeof command.query === 'string') this.#watchPreparation(command);
    if (this.#loss === undefined || !isStatement(command)) return;
    const step = transactionStepOf(textOf(command) ?? '');
    if (this.#end === command && step === 'rollback') return;
    // The borrower has understood.
    if (this.#failuresOnly && (step === 'rollback' || step === 'begin')) this.remove();
    else if (!this.#failuresOnly || step !== 'characteristics') refuse(command, () => this.error());
  }

  answered(command: Command): void {
    if (this.#failuresOnly || this.#loss !== undefined || this.#end === command) return;
    const text = textOf(command) ?? '';
    const step = transactionStepOf(text);
    const isAnother = step === 'begin' || step === 'commit' || step === 'rollback';
    if (isAnother || !this.#session.inTransaction) this.#lose({ how: 'statement', statement: text, cause: undefined });
  }

  failed(command: Command | undefined, error: unknown): void {
    if (this.#loss !== undefined || (command !== undefined && this.#end === command)) return;
    const { gate } = this.#session;
    gate.pause();
    const asked = this.#ask(error, command === undefined ? undefined : textOf(command)).finally(() => {
      if (this.known === all) this.known = undefined;
      if (this.#failuresOnly && this.#loss === undefined) this.remove();
      gate.resume();
    });
    const all: Promise<void> = Promise.all([this.known, asked]).then(() => undefined);
    this.known = all;
    // A loan that ends meanwhile has its connection cleaned once that is known.
    this.#session.judgeAfter(all);
  }

  /** What comes after it would run outside of the transaction. */
  resetting(): void {
    if (!this.#failuresOnly) this.#lose({ how: 'statement', statement: 'RESET CONNECTION', cause: undefined });
  }

  async #ask(error: unknown, statement: string | undefined): Promise<void> {
    const loss: Loss = { how: 'failure', statement, cause: error };
    for (let attempt = 1; ; attempt++) {
      try {
        this.#session.heard(await runOwn(this.#session, 'DO 0'));
        if (!this.#session.inTransaction) this.#lose(loss);
        return;
      } catch (failure) {
        // Whoever waits is told of the loss of the connection.
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

  /** The session looks at what is executed only, but to prepare a statement takes locks too, and may fail for them. */
  #watchPreparation(command: Command): void {
    const { onResult } = command;
    if (onResult === undefined) return;
    command.onResult = (error, ...answer) => {
      if (error && errnoOf(error) !== undefined) this.failed(command, error);
      onResult(error, ...answer);
    };
  }
}
