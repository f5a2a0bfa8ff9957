import type { OpenFailure } from './connector.js';

// The pause after the n-th failure in a row is random, from 0 to FIRST_PAUSE x 2^n: processes that lost the same server
// must not come back in step. A server that is full is asked more often, as it may have room at any time.
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;
const LONGEST_PAUSE_FULL = 1_000;
// While somebody waits, dials begin no further apart than from this to half as much again: a server that is back is found
// within a second.
const AWAITED = 500;
// The breaker opens after so many failures in a row, over so long, with nothing alive.
const BREAK_AFTER = 5;
const BREAK_AFTER_MS = 5_000;

/** What a row of failures to connect has led to. Dates are readings of the clock. */
export interface Backoff {
  /** How many in a row. */
  readonly failures: number;
  /** When the first and the last of them were. */
  readonly since: number;
  readonly last: number;
  readonly kind: OpenFailure;
  readonly error?: unknown;
  /** When the next dial may begin, and when it may while somebody waits. */
  readonly retryAt: number;
  readonly awaitedAt: number;
}

/** All is well. */
export const NO_FAILURE: Backoff = { failures: 0, since: 0, last: 0, kind: 'transient', retryAt: 0, awaitedAt: 0 };

/** A dial that failed at `now`, `took` ms after it began. `dice` is from 0 up to 1. */
export interface FailedDial {
  readonly now: number;
  readonly took: number;
  readonly kind: OpenFailure;
  readonly error: unknown;
  readonly dice: number;
}

/**
 * One failure more.
 * @param isPaced somebody else says when to ask a full server again
 */
export function afterFailure(before: Backoff, { now, took, kind, error, dice }: FailedDial, isPaced = false): Backoff {
  // A server that is full is there: its answers and those failures that others are told of are two rows.
  const isSameRow = before.failures > 0 && (before.kind === 'full') === (kind === 'full');
  const failures = isSameRow ? before.failures + 1 : 1;
  const longest = kind === 'full' ? LONGEST_PAUSE_FULL : LONGEST_PAUSE;
  const pause = kind === 'full' && isPaced ? 0 : dice * Math.min(longest, FIRST_PAUSE * 2 ** failures);
  const awaited = Math.max(0, AWAITED * (1 + dice / 2) - took);
  const retryAt = now + pause;
  // What trying again cannot mend must not lock an account.
  const awaitedAt = kind === 'fatal' ? retryAt : now + Math.min(pause, awaited);
  const since = failures === 1 ? now : before.since;
  return { failures, since, last: now, kind, error, retryAt, awaitedAt };
}

/** What failed was about connections that are replaced now: the next dial need not wait. */
export const withoutPause = (before: Backoff): Backoff => ({ ...before, retryAt: 0, awaitedAt: 0 });

/** Whether it has failed so often, and for so long, that nobody need wait for the next time. */
export const isBroken = ({ failures, since }: Backoff, now: number): boolean =>
  failures >= BREAK_AFTER && now - since >= BREAK_AFTER_MS;
