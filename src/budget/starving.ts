// While the account is full, a process without any connection tries to log in several times a second, one with some
// hardly ever. From so many refused logins of other processes a second on, one of them is taken to be starving.
const MANY = 2;
// The refusals are counted over at least SHORTEST (ms); a first reading older than LONGEST says nothing about now.
const SHORTEST = 1_000;
const LONGEST = 5_000;
// A process that waits for a slot is seen in the queue more often than not. Unseen for so long (ms), it is gone.
const UNSEEN = 2_000;

/**
 * Whether some process of the fleet is starving: it has no connection and gets none. The server tells by the number of
 * logins it refuses, and with `cap: 'slots'` by the queue for a slot. The server counts refused logins of other
 * accounts as well, so this may say yes wrongly, but never misses a starving process.
 */
export class Starving {
  #count = 0;
  #own = 0;
  #readAt = -Infinity;
  #seenAt = -Infinity;
  #isSomebody = false;

  /** The result of the latest reading. */
  get isSomebody(): boolean {
    return this.#isSomebody;
  }

  /** Whether enough time has passed to read the refusals again. */
  isDue(now: number): boolean {
    return now - this.#readAt >= SHORTEST;
  }

  /**
   * @param count logins that the server has refused since it was started; undefined when it does not tell, which counts
   *   as a starving process
   * @param own how many of those were logins of this process
   */
  readRefusals(now: number, count: number | undefined, own: number): void {
    const elapsed = now - this.#readAt;
    const others = (count ?? 0) - this.#count - (own - this.#own);
    if (count === undefined) this.#isSomebody = true;
    else if (elapsed <= LONGEST) this.#isSomebody = others * 1_000 >= MANY * elapsed;
    this.#count = count ?? 0;
    this.#own = own;
    this.#readAt = now;
  }

  /** @param isAwaited whether a process without a slot was seen in the queue for one just now */
  readLine(now: number, isAwaited: boolean): void {
    if (isAwaited) this.#seenAt = now;
    this.#isSomebody = now - this.#seenAt <= UNSEEN;
  }
}
