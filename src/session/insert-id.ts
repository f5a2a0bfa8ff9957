import type { Rows } from './tracked.js';

/**
 * What LAST_INSERT_ID() is to answer a client. The backend that it gets answers 0 until it makes an id for it, or is told the
 * client's.
 */
export class InsertId {
  /** What it answered when the backend was given to it, and is to answer when nothing has changed it since. */
  #value: bigint = 0n;
  /** The backend answers what it has to answer. */
  #isThere = false;

  clear(): void {
    this.#value = 0n;
    this.#isThere = false;
  }

  /** The backend has to be told it before it can answer. */
  get isMissing(): boolean {
    return !this.#isThere && this.#value !== 0n;
  }

  get setUp(): string {
    return `SET last_insert_id = ${this.#value}`;
  }

  /** The backend was told it, or the client has set another. */
  isThere(): void {
    this.#isThere = true;
  }

  /** From the answer to `ASK_INSERT_ID`, after which the backend answers 0. */
  answered([row]: Rows): void {
    const answered = BigInt(row?.[0] ?? 0);
    // 0: the backend has made none, so that it is what it was.
    if (this.#isThere || answered !== 0n) this.#value = answered;
    this.#isThere = false;
  }
}

export const ASK_INSERT_ID = 'SELECT LAST_INSERT_ID(), LAST_INSERT_ID(0)';
