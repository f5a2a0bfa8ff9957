// A process that has nothing tries to log in several times a second while the account is full, one that has some hardly ever:
// from so many refusals of others a second on there is one that has nothing.
const MANY = 2;
// So long (ms) they are counted before that is judged, and so long ago an earlier reading may be.
const SHORTEST = 1_000;
const LONGEST = 5_000;
// Who stands in line is there more often than not: nobody was seen for so long (ms), and nobody is.
const UNSEEN = 2_000;

/**
 * Whether there is a process that gets nothing, as the server knows it: it counts the logins that it refuses, and with slots
 * whoever has none stands in a line that others see. It counts the logins of other accounts as well: what is said here may be
 * too much, and is not too little.
 */
export class Starving {
  #count = 0;
  #own = 0;
  #readAt = -Infinity;
  #seenAt = -Infinity;
  #isSomebody = false;

  /** What it came to when it was judged last. */
  get isSomebody(): boolean {
    return this.#isSomebody;
  }

  /** Whether it is time to ask for the refusals again. */
  isDue(now: number): boolean {
    return now - this.#readAt >= SHORTEST;
  }

  /**
   * @param count logins that the server has refused since it was started; undefined: it does not tell, so that there may
   *   be somebody
   * @param own how many this process was refused
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

  readLine(now: number, isAwaited: boolean): void {
    if (isAwaited) this.#seenAt = now;
    this.#isSomebody = now - this.#seenAt <= UNSEEN;
  }
}
