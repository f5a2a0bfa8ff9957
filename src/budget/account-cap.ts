// A refused login is tried again after a random pause between these (ms), the longest of which doubles with each refusal in
// a row: a place that is given back is found soon, and a full account is asked no more than six or seven times a second.
const SHORTEST = 5;
const FIRST = 10;
const LONGEST = 320;
// Nobody waits: a reserve is no reason to ask often.
const RESERVE = 2_000;

/**
 * When a process may try to log in to an account that has refused it: one attempt at a time, after a random pause. Holds
 * no timer; dates are readings of one clock.
 */
export class AccountCap {
  #refusals = 0;
  #refusedAt = -Infinity;
  #retryAt = -Infinity;
  /** The attempt that finds out whether there is room again is under way. */
  #isProbing = false;

  /** Whether the server had no room when it was asked last. */
  get isFull(): boolean {
    return this.#refusals > 0;
  }

  /**
   * How long until an attempt may begin, in ms; Infinity while another one is finding out.
   * @param isUrgent somebody waits for it
   */
  pause(now: number, isUrgent: boolean): number {
    if (!this.isFull) return 0;
    if (this.#isProbing) return Infinity;
    return Math.max(0, (isUrgent ? this.#retryAt : Math.max(this.#retryAt, this.#refusedAt + RESERVE)) - now);
  }

  /** An attempt begins. */
  began(): void {
    this.#isProbing = this.isFull;
  }

  /** The server has let somebody in. */
  admitted(): void {
    this.#refusals = 0;
    this.#isProbing = false;
  }

  /** @param dice from 0 up to 1 */
  refused(now: number, dice: number): void {
    const longest = Math.min(LONGEST, FIRST * 2 ** this.#refusals++);
    this.#refusedAt = now;
    this.#retryAt = now + SHORTEST + dice * (longest - SHORTEST);
    this.#isProbing = false;
  }

  /** An attempt has ended without an answer to the question. */
  ended(): void {
    this.#isProbing = false;
  }

  /**
   * There should be room: a connection of ours is closed, or somebody says so. The server may count it a moment longer,
   * so that the next attempt finds out, and the pauses begin again with the shortest.
   */
  roomMade(now: number): void {
    this.#isProbing = false;
    if (this.isFull) this.#refusals = 1;
    this.#retryAt = Math.min(this.#retryAt, now);
  }
}
