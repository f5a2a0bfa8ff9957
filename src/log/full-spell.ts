import type { OpenFailure } from '../pool/index.js';

/** A spell is over when the server has refused no login for this long, in ms. */
const OVER_AFTER = 60_000;

/** The logins that a full server has refused. Times are in ms, by the clock that the user of `FullSpell` reads. */
export interface Refusals {
  /** When the first and the last refusal happened. */
  readonly since: number;
  readonly last: number;
  /** How many logins were refused. */
  readonly count: number;
}

/**
 * A spell in which the server of one pool is full: from the first refused login until there was none for a minute, or
 * connecting fails for another reason. While callers wait for room, the pool tries to log in again and again; this is
 * worth one message, not one for each attempt.
 */
export class FullSpell {
  #refusals: Refusals | undefined;

  /** Records a failure to connect. Returns whether to report it: false for a further refusal of the same spell. */
  isNews(kind: OpenFailure, now: number): boolean {
    const before = kind === 'full' ? this.at(now) : undefined;
    this.#refusals =
      kind === 'full' ? { since: before?.since ?? now, last: now, count: (before?.count ?? 0) + 1 } : undefined;
    return before === undefined;
  }

  /** The refusals of the current spell; undefined if there is none. */
  at(now: number): Refusals | undefined {
    const spell = this.#refusals;
    return spell !== undefined && now - spell.last < OVER_AFTER ? spell : undefined;
  }
}
