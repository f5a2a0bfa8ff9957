// Bounds the memory: thrown values that are not objects, such as strings, may be different every time.
const MOST = 100;

/**
 * Remembers errors that were thrown before there was a socket: neither the server nor the network caused them, so
 * retrying would not help.
 */
export class Mistakes {
  readonly #errors = new WeakSet<object>();
  /** Thrown strings and other values that are not objects. */
  readonly #others = new Set<unknown>();

  note(thrown: unknown): void {
    if (typeof thrown === 'object' && thrown !== null) this.#errors.add(thrown);
    else if (this.#others.size < MOST) this.#others.add(thrown);
  }

  has(thrown: unknown): boolean {
    return typeof thrown === 'object' && thrown !== null ? this.#errors.has(thrown) : this.#others.has(thrown);
  }
}
