/**
 * What looks like one of the private lists of mysql2's pool: monitors read their `length`. Reading is all it allows.
 */
export class ListView<T> {
  readonly #length: () => number;
  readonly #items: () => Iterable<T>;

  constructor(length: () => number, items: () => Iterable<T>) {
    this.#length = length;
    this.#items = items;
  }

  get length(): number {
    return this.#length();
  }

  get(index: number): T | undefined {
    return this.toArray()[index];
  }

  toArray(): T[] {
    return [...this.#items()];
  }

  [Symbol.iterator](): Iterator<T> {
    return this.toArray()[Symbol.iterator]();
  }
}
