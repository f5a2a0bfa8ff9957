import { executionIn, parameterIn, statementIdIn, type AnswerKind, type ErrorPacket } from '../wire/index.js';
import type { Binding } from './binding.js';
import { ClientStatements, type ClientStatement } from './client-statements.js';
import { closeStatements } from './statement-on-backend.js';
import { PREPARE, PREPARE_AS_KEPT, PREPARE_OF_TRACKERS, refusal, type Task } from './task.js';
import type { ClientSession, Reading } from '../session/index.js';
import { TOO_MANY_STATEMENTS, WRONG_ARGUMENTS } from './errors.js';

/** What to do with a command: have a backend run a task, answer with an OK, or (undefined) nothing. */
export type Outcome = Task | 'ok' | undefined;

/** The commands about prepared statements, which contain the client's statement ids. */
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
    return { kind: 'prepare', frame, reading: this.#whilePreparing(reading, session), preparing };
  }

  #whilePreparing(reading: Reading, { carried }: ClientSession): Reading {
    if (reading.seesTrackers === true) return PREPARE_OF_TRACKERS;
    const isMySql = this.#server === 'mysql';
    const kept = !isMySql && reading.keepsDiagnostics === true ? PREPARE_AS_KEPT : PREPARE;
    // A PREPARE may change the types of user variables that its text sets (on MariaDB only of existing ones).
    const set = [...(reading.asksFor ?? []), ...(reading.userVariables?.keys() ?? [])];
    const asksFor = set.filter((name) => isMySql || carried.userVariables.has(name));
    return asksFor.length === 0 ? kept : { ...kept, asksFor };
  }

  execute(frame: Buffer, { carried }: ClientSession): Outcome {
    const statement = this.statements.get(statementIdIn(frame));
    if (statement === undefined) return this.#unknown('execute', frame, 'mysqld_stmt_execute');
    const execution = executionIn(frame, statement.parameters, statement.types);
    // The client has never sent the types. It must not run with those that another client has sent for the same text.
    if (execution.types === undefined && statement.parameters > 0) this.statements.setApart(statement);
    const typesBefore = statement.types;
    statement.types = execution.types;
    if (execution.opensCursor) this.statements.setApart(statement);
    const isElsewhere = statement.carried.schema !== carried.schema;
    return {
      kind: 'execute',
      frame: execution.frame,
      reading: isElsewhere ? { ...statement.reading, isElsewhere } : statement.reading,
      statement,
      typesBefore,
      asksForCursor: execution.opensCursor,
      unprepared: statement.isSpoilt ? this.#wrongArguments : undefined,
    };
  }

  get #wrongArguments(): ErrorPacket {
    const what = this.#server === 'mysql' ? 'mysql_stmt_precheck' : 'mysqld_stmt_send_long_data';
    return { errno: WRONG_ARGUMENTS, sqlState: 'HY000', message: `Incorrect arguments to ${what}` };
  }

  fetch(frame: Buffer): Outcome {
    const statement = this.statements.get(statementIdIn(frame));
    if (statement === undefined) return this.#unknown('fetch', frame, 'mysqld_stmt_fetch');
    const message = `The statement (${statement.id}) has no open cursor${this.#server === 'mysql' ? '.' : ''}`;
    const unprepared = { errno: 1421, sqlState: 'HY000', message };
    return { kind: 'fetch', frame, reading: undefined, statement, unprepared };
  }

  longData(frame: Buffer): Outcome {
    const statement = this.statements.get(statementIdIn(frame));
    if (statement === undefined) return undefined;
    this.statements.setApart(statement);
    this.#binding.holds.sentAhead(statement);
    statement.isSpoilt ||= (parameterIn(frame) ?? 0) >= statement.parameters;
    return { kind: 'none', frame, reading: undefined, statement };
  }

  reset(frame: Buffer): Outcome {
    const statement = this.statements.get(statementIdIn(frame));
    if (statement === undefined) return this.#unknown('simple', frame, 'mysqld_stmt_reset');
    const { backend, holds } = this.#binding;
    // If preparing it on the backend had failed, there would be nothing to reset there.
    const isHeld = holds.end(statement) && backend?.statements.get(statement.key) !== undefined;
    statement.isSpoilt = false;
    return isHeld ? { kind: 'simple', frame, reading: undefined, statement } : 'ok';
  }

  close(frame: Buffer): void {
    const statement: ClientStatement | undefined = this.statements.delete(statementIdIn(frame));
    const { backend } = this.#binding;
    // Unless it pins the client, the backend keeps it prepared: other clients may run the same text.
    if (statement === undefined || !this.#binding.holds.close(statement) || backend === undefined) return;
    const id = backend.statements.forget(statement.key);
    if (id !== undefined) closeStatements(backend, [id]);
    this.#binding.end();
  }

  /**
   * The error for an unknown statement id. The server itself is asked for it, unless the id could be one that it has
   * given to a statement of another client.
   */
  #unknown(kind: AnswerKind, frame: Buffer, what: string): Task {
    if (this.statements.isUnknownEverywhere(statementIdIn(frame))) return { kind, frame, reading: undefined };
    const who = this.#server === 'mysql' ? 'mysql_stmt_precheck' : what;
    const message = `Unknown prepared statement handler (${statementIdIn(frame)}) given to ${who}`;
    return refusal({ errno: 1243, sqlState: 'HY000', message });
  }
}
