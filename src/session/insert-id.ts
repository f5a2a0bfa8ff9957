import type { Rows } from './tracked.js';

/**
 * What LAST_INSERT_ID() has to return to a client. A backend that the client gets returns 0, until it generates an id
 * or is told the client's.
 */
export class InsertId {
  /** The value when the client got its backend, and the value now if nothing has changed it since. */
  #value: bigint = 0n;
  /** Whether the backend returns what it has to return. */
  #isThere = false;

  clear(): void {
    this.#value = 0n;
    this.#isThere = false;
  }

  /** Whether the backend has to be told the id before it can return it. */
  get isMissing(): boolean {
    return !this.#isThere && this.#value !== 0n;
  }

  get setUp(): string {
    return `SET last_insert_id = ${this.#value}`;
  }

  /** The backend was told the id, or the client has set another one. */
  isThere(): void {
    this.#isThere = true;
  }

  /** Takes the answer to `ASK_INSERT_ID`, after which the backend returns 0. */
  answered([row]: Rows): void {
    const answered = BigInt(row?.[0] ?? 0);
    // 0 means that the backend has generated no id, so that the client still has its old one.
    if (this.#isThere || answered !== 0n) this.#value = answered;
    this.#isThere = false;
  }
}

export const ASK_INSERT_ID = 'SELECT LAST_INSERT_ID(), LAST_INSERT_ID(0)';
