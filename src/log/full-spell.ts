import type { OpenFailure } from '../pool/index.js';

/** A spell is over when the server has refused nobody for so long, in ms. */
const OVER_AFTER = 60_000;

/** Refusals of a server that is full. Dates are in ms, by whatever clock they were told. */
export interface Refusals {
  /** When the first and the last of them were. */
  readonly since: number;
  readonly last: number;
  /** How many. */
  readonly count: number;
}

/**
 * Refusals of one pool's server that is full, from the first until there has been none for a minute, or connecting fails of
 * something else. While callers wait for room, the server is asked once and again: that is one thing to tell, not many.
 */
export class FullSpell {
  #refusals: Refusals | undefined;

  /** Books a failure to connect. Returns whether it is to be told: not another refusal of the same spell. */
  isNews(kind: OpenFailure, now: number): boolean {
    const before = kind === 'full' ? this.at(now) : undefined;
    this.#refusals =
      kind === 'full' ? { since: before?.since ?? now, last: now, count: (before?.count ?? 0) + 1 } : undefined;
    return before === undefined;
  }

  /** The refusals of the spell; undefined when there is none. */
  at(now: number): Refusals | undefined {
    const spell = this.#refusals;
    return spell !== undefined && now - spell.last < OVER_AFTER ? spell : undefined;
  }
}
