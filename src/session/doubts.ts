import type { ToldOk } from './told.js';
import type { Rows } from './tracked.js';

/** Something that the backend has to be asked, or told, before the state of the client's session is known again. */
export interface Doubt {
  /** The text to send; undefined for COM_PING. */
  readonly sql: string | undefined;
  /** A text to send after it, whose answer is ignored. */
  readonly after?: string | undefined;
  /** Takes the answer. */
  told(rows: Rows, ok: ToldOk): void;
}

/** What can be in doubt, one bit each. A question may change what the client can ask for, so most are asked late. */
export const In = {
  TRACKERS: 1,
  VARIABLES: 2,
  SET_UP: 4,
  STATUS: 8,
  CHARSET: 16,
  INSERT_ID: 32,
  LOCKS: 64,
  USERS: 128,
} as const;

/** What is in doubt about one session. */
export class Doubts {
  #kinds = 0;
  #urgent = 0;

  has(kinds: number): boolean {
    return (this.#kinds & kinds) !== 0;
  }

  get all(): number {
    return this.#kinds;
  }

  /** The doubts to settle before the client's next command; the others only before another client gets the backend. */
  get urgent(): number {
    return this.#urgent;
  }

  add(kind: number, isUrgent = false): void {
    this.#kinds |= kind;
    if (isUrgent) this.#urgent |= kind;
  }

  clear(): void {
    this.#kinds = this.#urgent = 0;
  }

  /** The question whose answer settles the doubts `kinds`. */
  question(kinds: number, sql: string | undefined, told: Doubt['told'], after?: string): Doubt {
    return {
      sql,
      after,
      told: (rows, ok) => {
        this.#kinds &= ~kinds;
        this.#urgent &= ~kinds;
        told(rows, ok);
      },
    };
  }
}
