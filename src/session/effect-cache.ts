import { effectOf, type Effect } from './statement.js';

const MOST_KEPT = 1_000;
const LONGEST_KEPT = 10_000;

/** Effects by text, so that a statement that is used again costs one look-up. */
export class EffectCache {
  readonly #several: boolean;
  readonly #known = new Map<string, Effect>();

  /** @param several whether a text may hold several statements */
  constructor(several: boolean) {
    this.#several = several;
  }

  of(sql: string): Effect {
    const known = this.#known.get(sql);
    if (known !== undefined) return known;
    const effect = effectOf(sql, this.#several);
    if (sql.length > LONGEST_KEPT) return effect;
    // Texts that never come again would fill it; those that do come again are soon back.
    if (this.#known.size >= MOST_KEPT) this.#known.clear();
    this.#known.set(sql, effect);
    return effect;
  }

  /** For a text that holds its values, and will hardly come again. */
  once(sql: string): Effect {
    return effectOf(sql, this.#several);
  }
}
