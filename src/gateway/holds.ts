import { Status } from '../wire/index.js';
import type { IsHeld } from './backend-statements.js';
import type { ClientStatement } from './client-statements.js';
import { MALFORMED, WRONG_ARGUMENTS } from './errors.js';
import type { Task } from './task.js';

/**
 * Why a client keeps its backend, as its prepared statements tell and not a text: a cursor is open, data was sent ahead, or a user
 * variable is in one, which MySQL has given the type that the variable had then, or none.
 */
export type Hold = 'cursor' | 'long data' | 'prepared variable';

/** What a client has on its backend that belongs to its prepared statements. */
export class Holds {
  /** Undefined until there is something. */
  #statements: Map<Hold, Set<ClientStatement>> | undefined;

  get isEmpty(): boolean {
    return this.#statements === undefined || this.#statements.size === 0;
  }

  get reasons(): Iterable<Hold> {
    return this.#statements?.keys() ?? [];
  }

  /** Tells what of a backend's statements has to stay, by their keys, as it is now. */
  get isHeld(): IsHeld | undefined {
    if (this.#statements === undefined) return undefined;
    const keys = new Set<string>();
    for (const held of this.#statements.values()) for (const { key } of held) keys.add(key);
    return (key) => keys.has(key);
  }

  /** Data was sent ahead of the execution that uses it. */
  sentAhead(statement: ClientStatement): void {
    this.#add('long data', statement);
  }

  /** It was prepared, and cannot be prepared again as it was. */
  prepared(statement: ClientStatement): void {
    this.#add('prepared variable', statement);
  }

  /** A command was answered. @param status of the answer */
  answered({ kind, statement }: Task, status: number): void {
    if (statement === undefined) return;
    if (kind === 'execute') this.end(statement);
    const isOpen = (status & Status.CURSOR_EXISTS) !== 0 && (status & Status.LAST_ROW_SENT) === 0;
    if (isOpen) this.#add('cursor', statement);
    else this.#delete('cursor', statement);
  }

  /** A command was refused: an execution that the server has begun with has ended what was there. */
  failed({ kind, statement, typesBefore }: Task, { errno }: { readonly errno: number }): void {
    if (statement === undefined || kind !== 'execute') return;
    if (errno === MALFORMED) statement.types = typesBefore;
    else if (errno !== WRONG_ARGUMENTS) this.end(statement);
  }

  /** The statement is run or reset. @returns whether it had a cursor or data there */
  end(statement: ClientStatement): boolean {
    const hadCursor = this.#delete('cursor', statement);
    return this.#delete('long data', statement) || hadCursor;
  }

  /** It is closed. @returns whether it had anything there */
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
