/** So many statements a backend keeps prepared: over all backends that must stay below the server's max_prepared_stmt_count. */
const MOST = 200;
/** So much their texts take together, in letters, but for one that is larger: here, and in the server's memory many times that. */
const MOST_LETTERS = 1_000_000;

/** Whether a client has something there that belongs to the statement of this key: it cannot be prepared anew. */
export type IsHeld = (key: string) => boolean;

const nothing: IsHeld = () => false;

/** What a backend has prepared, by text and by what the text was bound to; the least recently used go first. */
export class BackendStatements {
  readonly #ids = new Map<string, number>();
  #letters = 0;

  get size(): number {
    return this.#ids.size;
  }

  get(key: string): number | undefined {
    const id = this.#ids.get(key);
    if (id === undefined) return undefined;
    this.#ids.delete(key);
    this.#ids.set(key, id);
    return id;
  }

  /** @returns the ids that are to be closed: the one that it had under this key, and those for which there is no room */
  set(key: string, id: number, isHeld: IsHeld = nothing): number[] {
    const before = this.forget(key);
    const closing = before === undefined || before === id ? [] : [before];
    for (const oldest of this.#ids.keys()) {
      if (this.#ids.size < MOST && this.#letters + key.length <= MOST_LETTERS) break;
      if (!isHeld(oldest)) closing.push(this.forget(oldest)!);
    }
    this.#ids.set(key, id);
    this.#letters += key.length;
    return closing;
  }

  /** @returns the id that is to be closed */
  forget(key: string): number | undefined {
    const id = this.#ids.get(key);
    if (this.#ids.delete(key)) this.#letters -= key.length;
    return id;
  }

  /** A reset has ended them all. */
  clear(): void {
    this.#ids.clear();
    this.#letters = 0;
  }
}
