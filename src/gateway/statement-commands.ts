import { executionIn, statementIdIn, type AnswerKind } from '../wire/index.js';
import type { Binding } from './binding.js';
import { ClientStatements, type ClientStatement } from './client-statements.js';
import { closeStatements } from './statement-on-backend.js';
import { PREPARE, PREPARE_AS_KEPT, PREPARE_OF_TRACKERS, refusal, type Task } from './task.js';
import type { ClientSession, Reading } from '../session/index.js';
import { TOO_MANY_STATEMENTS } from './errors.js';

/** What becomes of a command: a backend runs it, or the client is told something, or nothing. */
export type Outcome = Task | 'ok' | undefined;

/** The commands about prepared statements, which name them by the client's own numbers. */
export class StatementCommands {
  readonly statements: ClientStatements;
  readonly #binding: Binding;
  readonly #server: 'mysql' | 'mariadb';

  constructor(binding: Binding, server: 'mysql' | 'mariadb') {
    this.#server = server;
    this.statements = new ClientStatements(server);
    this.#binding = binding;
  }

  prepare(frame: Buffer, session: ClientSession): Outcome {
    if (this.statements.isFull) {
      this.statements.failed();
      return refusal(TOO_MANY_STATEMENTS);
    }
    const text = frame.toString('latin1', 5);
    const reading = session.read(text);
    const preparing = { text, reading };
    return { kind: 'prepare', frame, reading: this.#whilePreparing(reading), preparing };
  }

  #whilePreparing({ seesTrackers, keepsDiagnostics }: Reading): Reading {
    if (seesTrackers === true) return PREPARE_OF_TRACKERS;
    return keepsDiagnostics === true && this.#server === 'mariadb' ? PREPARE_AS_KEPT : PREPARE;
  }

  execute(frame: Buffer): Outcome {
    const statement = this.statements.get(statementIdIn(frame));
    if (statement === undefined) return this.#unknown('execute', frame, 'mysqld_stmt_execute');
    const execution = executionIn(frame, statement.parameters, statement.types);
    // What an earlier client has told the backend is not said for this one.
    if (execution.types === undefined && statement.parameters > 0) this.statements.setApart(statement);
    const typesBefore = statement.types;
    statement.types = execution.types;
    if (execution.opensCursor) this.statements.setApart(statement);
    this.#binding.holds.end(statement);
    const { frame: whole, opensCursor: asksForCursor } = execution;
    return { kind: 'execute', frame: whole, reading: statement.reading, statement, typesBefore, asksForCursor };
  }

  fetch(frame: Buffer): Outcome {
    const statement = this.statements.get(statementIdIn(frame));
    if (statement === undefined) return this.#unknown('fetch', frame, 'mysqld_stmt_fetch');
    return { kind: 'fetch', frame, reading: undefined, statement };
  }

  longData(frame: Buffer): Outcome {
    const statement = this.statements.get(statementIdIn(frame));
    if (statement === undefined) return undefined;
    this.statements.setApart(statement);
    this.#binding.holds.sentAhead(statement);
    return { kind: 'none', frame, reading: undefined, statement };
  }

  reset(frame: Buffer): Outcome {
    const statement = this.statements.get(statementIdIn(frame));
    if (statement === undefined) return this.#unknown('simple', frame, 'mysqld_stmt_reset');
    const isHeld = this.#binding.holds.end(statement);
    return isHeld ? { kind: 'simple', frame, reading: undefined, statement } : 'ok';
  }

  close(frame: Buffer): void {
    const statement: ClientStatement | undefined = this.statements.delete(statementIdIn(frame));
    const { backend } = this.#binding;
    // Others may run the same text there.
    if (statement === undefined || !this.#binding.holds.close(statement) || backend === undefined) return;
    const id = backend.statements.forget(statement.key);
    if (id !== undefined) closeStatements(backend, [id]);
    this.#binding.end();
  }

  /** The server says so itself, where it cannot know the number from another client. */
  #unknown(kind: AnswerKind, frame: Buffer, what: string): Task {
    if (this.statements.isUnknownEverywhere(statementIdIn(frame))) return { kind, frame, reading: undefined };
    const who = this.#server === 'mysql' ? 'mysql_stmt_precheck' : what;
    const message = `Unknown prepared statement handler (${statementIdIn(frame)}) given to ${who}`;
    return refusal({ errno: 1243, sqlState: 'HY000', message });
  }
}
