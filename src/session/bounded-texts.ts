// In bytes, of all texts that are kept and what keeping one costs: two bytes a letter are counted, as V8 may need.
const ROOM = 2_000_000;
const PER_TEXT = 120;

/** Longer texts hold values more often than not, and are read again each time: in letters. */
const LONGEST_KEPT = 10_000;

/**
 * Which texts are worth remembering what they mean, in bounded room. What comes once is not: it may hold users' values.
 */
export class BoundedTexts {
  readonly #forget: () => void;
  #size = 0;
  /** Hashes of texts that have come, by hash: a later one takes the place of an earlier one. */
  readonly #seen = new Uint32Array(4_096);

  /** @param forget drops all that is kept */
  constructor(forget: () => void) {
    this.#forget = forget;
  }

  /** How many bytes are kept, nearly. */
  get size(): number {
    return this.#size;
  }

  /** Whether the text is to be kept from now on. When there is no room, all are forgotten: those that come again are soon back. */
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

  /** Whether the text has come before, as far as is remembered. */
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
