import { Status } from '../wire/index.js';
import type { IsHeld } from './backend-statements.js';
import type { ClientStatement } from './client-statements.js';
import { MALFORMED, WRONG_ARGUMENTS } from './errors.js';
import type { Task } from './task.js';

/**
 * Why a client is pinned to its backend by its prepared statements: one has an open cursor; long data was sent for one;
 * or one contains a user variable, whose type MySQL has fixed when it was prepared.
 */
export type Hold = 'cursor' | 'long data' | 'prepared variable';

/** The prepared statements by which a client is pinned to its backend, by reason. */
export class Holds {
  /** Undefined until there is one. */
  #statements: Map<Hold, Set<ClientStatement>> | undefined;

  get isEmpty(): boolean {
    return this.#statements === undefined || this.#statements.size === 0;
  }

  get reasons(): Iterable<Hold> {
    return this.#statements?.keys() ?? [];
  }

  /** Tells by its key whether a statement must stay on the backend. A snapshot; undefined if none must. */
  get isHeld(): IsHeld | undefined {
    if (this.#statements === undefined) return undefined;
    const keys = new Set<string>();
    for (const held of this.#statements.values()) for (const { key } of held) keys.add(key);
    return (key) => keys.has(key);
  }

  /** Long data was sent for the next execution. */
  sentAhead(statement: ClientStatement): void {
    this.#add('long data', statement);
  }

  /** A statement was prepared that cannot be prepared alike again: see `ClientStatement.isUnrepeatable`. */
  prepared(statement: ClientStatement): void {
    this.#add('prepared variable', statement);
  }

  /** A command has succeeded. @param status the status in its answer */
  answered({ kind, statement }: Task, status: number): void {
    if (statement === undefined) return;
    if (kind === 'execute') this.end(statement);
    const isOpen = (status & Status.CURSOR_EXISTS) !== 0 && (status & Status.LAST_ROW_SENT) === 0;
    if (isOpen) this.#add('cursor', statement);
    else this.#delete('cursor', statement);
  }

  /** A command has failed. If the server had begun the execution, cursor and long data of the statement are gone. */
  failed({ kind, statement, typesBefore }: Task, { errno }: { readonly errno: number }): void {
    if (statement === undefined || kind !== 'execute') return;
    if (errno === MALFORMED) statement.types = typesBefore;
    else if (errno !== WRONG_ARGUMENTS) this.end(statement);
  }

  /** The statement was executed or reset. @returns whether it had a cursor or long data */
  end(statement: ClientStatement): boolean {
    const hadCursor = this.#delete('cursor', statement);
    return this.#delete('long data', statement) || hadCursor;
  }

  /** The statement was closed. @returns whether the client was pinned by it */
  close(statement: ClientStatement): boolean {
    const had = this.end(statement);
    return this.#delete('prepared variable', statement) || had;
  }

  clear(): void {
    this.#statements?.clear();
  }

  #add(hold: Hold, statement: ClientStatement): void {
    const all = (this.#statements ??= new Map<Hold, Set<ClientStatement>>());
    const held = all.get(hold);
    if (held === undefined) all.set(hold, new Set([statement]));
    else held.add(statement);
  }

  #delete(hold: Hold, statement: ClientStatement): boolean {
    const held = this.#statements?.get(hold);
    if (held?.delete(statement) !== true) return false;
    if (held.size === 0) this.#statements?.delete(hold);
    return true;
  }
}
