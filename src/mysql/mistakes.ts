// Whoever throws what is no object may throw another text each time.
const MOST = 100;

/** What was thrown before there was a socket: no affair of the server's or the network's, and no second attempt mends it. */
export class Mistakes {
  readonly #errors = new WeakSet<object>();
  /** Texts and whatever else is no object. */
  readonly #others = new Set<unknown>();

  note(thrown: unknown): void {
    if (typeof thrown === 'object' && thrown !== null) this.#errors.add(thrown);
    else if (this.#others.size < MOST) this.#others.add(thrown);
  }

  has(thrown: unknown): boolean {
    return typeof thrown === 'object' && thrown !== null ? this.#errors.has(thrown) : this.#others.has(thrown);
  }
}
