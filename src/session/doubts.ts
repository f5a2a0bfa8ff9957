import type { ToldOk } from './told.js';
import type { Rows } from './tracked.js';

/** Something that the backend has to be asked, or told, before what the client's session is like is known again. */
export interface Doubt {
  /** What to say; undefined for COM_PING. */
  readonly sql: string | undefined;
  /** What to say after it, whose answer tells nothing. */
  readonly after?: string | undefined;
  /** Takes the answer. */
  told(rows: Rows, ok: ToldOk): void;
}

/** What can be in doubt, one bit each. Each question may change what the client can ask for: those that can wait do so. */
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

/** What is in doubt of one session. */
export class Doubts {
  #kinds = 0;
  #urgent = 0;

  has(kinds: number): boolean {
    return (this.#kinds & kinds) !== 0;
  }

  get all(): number {
    return this.#kinds;
  }

  /** Those to be asked before the client says anything more, and not only before another client gets the backend. */
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

  /** What settles these. */
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
