import type { OpenFailure } from './connector.js';

// Exponential back-off with full jitter: the pause after the n-th failure in a row is random, from 0 to FIRST_PAUSE x
// 2^n, so that processes that lost the same server do not reconnect in step. A full server is asked more often, since
// it may have room at any time.
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5_000;
const LONGEST_PAUSE_FULL = 1_000;
// While somebody waits, a dial begins at the latest this long (and at random up to half as long again) after the last
// one began, so that a server that is back is found within a second.
const AWAITED = 500;
// The circuit breaker opens after this many failures in a row, over at least this time, while no connection is alive.
const BREAK_AFTER = 5;
const BREAK_AFTER_MS = 5_000;

/** The state of a series of consecutive failures to connect. Dates are readings of the clock, in ms. */
export interface Backoff {
  /** The number of failures in the series. */
  readonly failures: number;
  /** When the first (`since`) and the last of them happened. */
  readonly since: number;
  readonly last: number;
  readonly kind: OpenFailure;
  readonly error?: unknown;
  /** When the next dial may begin: `awaitedAt` while somebody waits for a connection, otherwise `retryAt`. */
  readonly retryAt: number;
  readonly awaitedAt: number;
}

/** The state without a failure since the last success. */
export const NO_FAILURE: Backoff = { failures: 0, since: 0, last: 0, kind: 'transient', retryAt: 0, awaitedAt: 0 };

/**
 * A dial that failed at `now`, `took` ms after it began. `dice` is a random number from 0 up to, but not including, 1.
 */
export interface FailedDial {
  readonly now: number;
  readonly took: number;
  readonly kind: OpenFailure;
  readonly error: unknown;
  readonly dice: number;
}

/**
 * The state after one more failure.
 * @param isPaced the issuer of permits says itself when to ask a full server again, so that no pause is added here
 */
export function afterFailure(before: Backoff, { now, took, kind, error, dice }: FailedDial, isPaced = false): Backoff {
  // A full server is alive: being refused by it and failing to reach it count as separate series of failures.
  const isSameRow = before.failures > 0 && (before.kind === 'full') === (kind === 'full');
  const failures = isSameRow ? before.failures + 1 : 1;
  const longest = kind === 'full' ? LONGEST_PAUSE_FULL : LONGEST_PAUSE;
  const pause = kind === 'full' && isPaced ? 0 : dice * Math.min(longest, FIRST_PAUSE * 2 ** failures);
  const awaited = Math.max(0, AWAITED * (1 + dice / 2) - took);
  const retryAt = now + pause;
  // After a fatal failure (a wrong password) the whole pause is kept: with quick retries the account may be locked.
  const awaitedAt = kind === 'fatal' ? retryAt : now + Math.min(pause, awaited);
  const since = failures === 1 ? now : before.since;
  return { failures, since, last: now, kind, error, retryAt, awaitedAt };
}

/** After an eviction the failures belong to the past: the next dial may begin at once. */
export const withoutPause = (before: Backoff): Backoff => ({ ...before, retryAt: 0, awaitedAt: 0 });

/** Whether dials have failed so often, and for so long, that callers are rejected at once instead of waiting. */
export const isBroken = ({ failures, since }: Backoff, now: number): boolean =>
  failures >= BREAK_AFTER && now - since >= BREAK_AFTER_MS;
