// After a refused login the next attempt waits for a random time between SHORTEST and an upper bound (all in ms). The
// bound doubles with each refusal up to LONGEST_PAUSE, so that a process asks a full account about six times a second.
// It starts at FIRST where room is expected, since a connection was just closed; and at NEWCOMERS_FIRST for a new
// process, which has no reason to expect room. With a longer bound, those that have waited long would ask less often
// than one that has just had a turn.
const SHORTEST = 5;
const FIRST = 10;
const NEWCOMERS_FIRST = 40;
export const LONGEST_PAUSE = 320;
// A process that has just given up a connection for others asks seldom at first, so that those that have waited longer
// get it: the bound is SELDOM, falls in a straight line towards 0 at RISE, but not below OFTEN, and is as for all
// others from LATE on. Between the fall and LATE it asks more often than others, to make up for it. In all that is at
// most seven times a second.
const SELDOM = 1_280;
const OFTEN = 180;
const RISE = 4_000;
const LATE = 6_000;
// While no caller waits, a connection is wanted only as a reserve: it is tried this rarely (ms).
const RESERVE = 2_000;

/**
 * Paces the logins to an account that has reached its limit: one attempt at a time, each after a random pause. Holds no
 * timer; all dates are readings of one clock.
 */
export class AccountCap {
  #isFull = false;
  #longest = NEWCOMERS_FIRST;
  #refusedAt = -Infinity;
  #retryAt = -Infinity;
  #gaveUpAt = -Infinity;
  /** An attempt is under way that will tell whether there is room again. */
  #isProbing = false;

  /** Whether the server refused the latest login because the limit was reached. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /**
   * How long until an attempt may begin, in ms; Infinity while another attempt is under way.
   * @param isUrgent whether a caller waits for the connection
   */
  pause(now: number, isUrgent: boolean): number {
    if (!this.#isFull) return 0;
    if (this.#isProbing) return Infinity;
    return Math.max(0, (isUrgent ? this.#retryAt : Math.max(this.#retryAt, this.#refusedAt + RESERVE)) - now);
  }

  /** An attempt has begun. */
  began(): void {
    this.#isProbing = this.#isFull;
  }

  /** The server has accepted a login. */
  admitted(): void {
    this.#isFull = this.#isProbing = false;
    this.#longest = FIRST;
  }

  /**
   * The server has refused a login because the limit was reached.
   * @param dice a random number from 0 up to 1
   */
  refused(now: number, dice: number): void {
    this.#isFull = true;
    this.#isProbing = false;
    this.#refusedAt = now;
    const since = now - this.#gaveUpAt;
    const longest = since < LATE ? Math.max(OFTEN, SELDOM * (1 - since / RISE)) : this.#longest;
    this.#retryAt = now + SHORTEST + dice * (longest - SHORTEST);
    this.#longest = Math.min(LONGEST_PAUSE, 2 * this.#longest);
  }

  /** This process has closed a connection in favour of others. */
  gaveUp(now: number): void {
    this.#gaveUpAt = now;
  }

  /** An attempt has failed for another reason, so that it does not tell whether there is room. */
  ended(): void {
    this.#isProbing = false;
  }

  /**
   * There should be room: this process has closed a connection, or the coordinator says so. As the server may count a
   * closed session for a moment longer, the next attempt may still be refused, and the pauses start again with the
   * shortest.
   */
  roomMade(now: number): void {
    this.#isProbing = false;
    this.#longest = FIRST;
    this.#retryAt = Math.min(this.#retryAt, now);
  }
}
