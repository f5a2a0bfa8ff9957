/** A read-only stand-in for one of the private lists of mysql2's pool, whose `length` monitoring tools read. */
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
