import { Status } from '../wire/index.js';
import type { ClientStatement } from './client-statements.js';

/** Why a client keeps its backend, as the answers tell and not a text: a cursor is open, or data was sent ahead. */
export type Hold = 'cursor' | 'long data';

/** What a client has on its backend that belongs to one of its prepared statements. */
export class Holds {
  readonly #statements = new Map<Hold, ClientStatement>();

  get isEmpty(): boolean {
    return this.#statements.size === 0;
  }

  get reasons(): Iterable<Hold> {
    return this.#statements.keys();
  }

  /** Data was sent ahead of the execution that uses it. */
  sentAhead(statement: ClientStatement): void {
    this.#statements.set('long data', statement);
  }

  /** @param status of the answer to a command about the statement */
  answered(statement: ClientStatement, status: number): void {
    const isOpen = (status & Status.CURSOR_EXISTS) !== 0 && (status & Status.LAST_ROW_SENT) === 0;
    if (isOpen) this.#statements.set('cursor', statement);
    else if (this.#statements.get('cursor') === statement) this.#statements.delete('cursor');
  }

  /** The statement is run, reset or closed. @returns whether it had anything there */
  end(statement: ClientStatement): boolean {
    let had = false;
    for (const [hold, held] of this.#statements) {
      if (held !== statement) continue;
      this.#statements.delete(hold);
      had = true;
    }
    return had;
  }

  clear(): void {
    this.#statements.clear();
  }
}
