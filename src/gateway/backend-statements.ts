/** Most prepared statements of a backend: those of all backends must stay below max_prepared_stmt_count. */
const MOST = 200;
/** Most characters of their texts (a single larger text is kept alone): the server needs many times that memory. */
const MOST_LETTERS = 1_000_000;

/** Whether the statement with this key must stay: a client has a cursor on it, or it cannot be prepared again. */
export type IsHeld = (key: string) => boolean;

const nothing: IsHeld = () => false;

/** An LRU cache of a backend's prepared statements. The key is the text, with the state that the server bound it to. */
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

  /** @returns the ids of statements to close: a former one under this key, and evicted ones */
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

  /** @returns the id of the statement to close */
  forget(key: string): number | undefined {
    const id = this.#ids.get(key);
    if (this.#ids.delete(key)) this.#letters -= key.length;
    return id;
  }

  /** A reset of the session has closed all statements. */
  clear(): void {
    this.#ids.clear();
    this.#letters = 0;
  }
}
