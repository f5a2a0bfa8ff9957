/** So many statements a backend keeps prepared: over all backends that must stay below the server's max_prepared_stmt_count. */
const MOST = 200;

/** What a backend has prepared, by text and by what the text was bound to; the least recently used go first. */
export class BackendStatements {
  readonly #ids = new Map<string, number>();

  get(key: string): number | undefined {
    const id = this.#ids.get(key);
    if (id === undefined) return undefined;
    this.#ids.delete(key);
    this.#ids.set(key, id);
    return id;
  }

  /** @returns the ids that are to be closed: the one that it had under this key, and one for which there is no room */
  set(key: string, id: number): number[] {
    const closing: number[] = [];
    const before = this.#ids.get(key);
    if (before !== undefined && before !== id) closing.push(before);
    this.#ids.delete(key);
    this.#ids.set(key, id);
    if (this.#ids.size > MOST) {
      const [oldest, oldId] = this.#ids.entries().next().value!;
      this.#ids.delete(oldest);
      closing.push(oldId);
    }
    return closing;
  }

  /** @returns the id that is to be closed */
  forget(key: string): number | undefined {
    const id = this.#ids.get(key);
    this.#ids.delete(key);
    return id;
  }

  /** A reset has ended them all. */
  clear(): void {
    this.#ids.clear();
  }
}
