// A refused login is tried again after a random pause between these (ms): a full account is asked no more than six times a
// second. Where there should be room the longest begins with 10 ms and doubles with each refusal; for one that has just come,
// to whom nothing says that there is, with 40 ms, so that it asks no more than seven times in its first seconds. Otherwise
// whoever has waited long would ask more rarely than one who has just had its turn.
const SHORTEST = 5;
const FIRST = 10;
const NEWCOMERS_FIRST = 40;
export const LONGEST_PAUSE = 320;
// Whoever has just had its turn asks seldom, and more and more often until this long after it (ms), while those are served
// that have waited longer; for a while it then asks more often than others. From its turn on that is no more than seven times a second.
const SELDOM = 1_280;
const OFTEN = 180;
const RISE = 4_000;
const LATE = 6_000;
// Nobody waits: a reserve is no reason to ask often.
const RESERVE = 2_000;

/**
 * When a process may try to log in to an account that has refused it: one attempt at a time, after a random pause. Holds
 * no timer; dates are readings of one clock.
 */
export class AccountCap {
  #isFull = false;
  #longest = NEWCOMERS_FIRST;
  #refusedAt = -Infinity;
  #retryAt = -Infinity;
  #gaveUpAt = -Infinity;
  /** The attempt that finds out whether there is room again is under way. */
  #isProbing = false;

  /** Whether the server had no room when it was asked last. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /**
   * How long until an attempt may begin, in ms; Infinity while another one is finding out.
   * @param isUrgent somebody waits for it
   */
  pause(now: number, isUrgent: boolean): number {
    if (!this.#isFull) return 0;
    if (this.#isProbing) return Infinity;
    return Math.max(0, (isUrgent ? this.#retryAt : Math.max(this.#retryAt, this.#refusedAt + RESERVE)) - now);
  }

  /** An attempt begins. */
  began(): void {
    this.#isProbing = this.#isFull;
  }

  /** The server has let somebody in. */
  admitted(): void {
    this.#isFull = this.#isProbing = false;
    this.#longest = FIRST;
  }

  /** @param dice from 0 up to 1 */
  refused(now: number, dice: number): void {
    this.#isFull = true;
    this.#isProbing = false;
    this.#refusedAt = now;
    const since = now - this.#gaveUpAt;
    const longest = since < LATE ? Math.max(OFTEN, SELDOM * (1 - since / RISE)) : this.#longest;
    this.#retryAt = now + SHORTEST + dice * (longest - SHORTEST);
    this.#longest = Math.min(LONGEST_PAUSE, 2 * this.#longest);
  }

  /** A connection was closed in favour of other processes. */
  gaveUp(now: number): void {
    this.#gaveUpAt = now;
  }

  /** An attempt has ended without an answer to the question. */
  ended(): void {
    this.#isProbing = false;
  }

  /**
   * There should be room for us: a connection of ours is closed, or somebody says so. The server may count it a moment
   * longer, so that the next attempt finds out, and the pauses begin again with the shortest.
   */
  roomMade(now: number): void {
    this.#isProbing = false;
    this.#longest = FIRST;
    this.#retryAt = Math.min(this.#retryAt, now);
  }
}
