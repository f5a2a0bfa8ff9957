// How many bytes all kept texts may take, and the overhead of each. A character counts as two bytes, as V8 may need.
const ROOM = 2_000_000;
const PER_TEXT = 120;

/** Longer texts, in characters, mostly contain values and hardly come again: they are not kept. */
const LONGEST_KEPT = 10_000;

/**
 * Decides which texts a cache keeps, in bounded memory: those that come a second time. A text that comes only once
 * probably contains values of users, and would be kept in vain.
 */
export class BoundedTexts {
  readonly #forget: () => void;
  #size = 0;
  /** The hashes of texts that were seen, in slots by hash: a later one overwrites an earlier one. */
  readonly #seen = new Uint32Array(4_096);

  /** @param forget drops everything that is kept */
  constructor(forget: () => void) {
    this.#forget = forget;
  }

  /** Approximately how many bytes are kept. */
  get size(): number {
    return this.#size;
  }

  /** Whether to keep the text from now on. If there is no room for it, all are dropped: those in use soon come back. */
  keep(sql: string): boolean {
    if (sql.length > LONGEST_KEPT || !this.#hasCome(sql)) return false;
    const bytes = sql.length * 2 + PER_TEXT;
    if (this.#size + bytes > ROOM) this.clear();
    this.#size += bytes;
    return true;
  }

  clear(): void {
    this.#size = 0;
    this.#forget();
  }

  /** Whether the text was seen before, as far as the slots remember. */
  #hasCome(sql: string): boolean {
    const hash = hashOf(sql);
    const slot = hash % this.#seen.length;
    if (this.#seen[slot] === hash) return true;
    this.#seen[slot] = hash;
    return false;
  }
}

/** FNV-1a. */
function hashOf(sql: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < sql.length; at++) hash = Math.imul(hash ^ sql.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
