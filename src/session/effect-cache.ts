import { BoundedTexts } from './bounded-texts.js';
import type { Dialect, HiddenEffects } from './dialect.js';
import type { Effect } from './effect.js';
import { namesIn } from './hidden-effects.js';
import { effectOf } from './statement.js';

/** The properties of a connection that the meaning of a text depends on. */
export type Usage = Pick<Dialect, 'several' | 'server' | 'version'>;

/**
 * Caches the effects of the texts that the connections of one pool send, so that a repeated statement costs one
 * look-up. Its memory is bounded, however many connections there are.
 */
export class EffectCache {
  readonly #effects = new Map<string, Effects>();
  #hidden: HiddenEffects | undefined;
  /** The names in unanswered statements that make views or triggers: a look at the server may not show these yet. */
  readonly #expected = new Set<ReadonlySet<string>>();
  /** Whether the views and triggers have to be looked at again. */
  isOutdated = false;
  /** @internal */
  readonly texts: BoundedTexts = new BoundedTexts(() => this.#forget());

  /** Approximately how many bytes it holds. */
  get size(): number {
    return this.texts.size;
  }

  /** The effects for connections of this usage; the same object for the same usage. */
  for({ several = false, server, version }: Usage): Effects {
    const key = `${several} ${server} ${version}`;
    let effects = this.#effects.get(key);
    if (effects === undefined) {
      effects = new Effects(this, { several, server, version, hidden: this.#hidden });
      this.#effects.set(key, effects);
    }
    return effects;
  }

  /** Sets what is behind names that look like tables, in addition to what is being made now. */
  hide(hidden: HiddenEffects | undefined): void {
    this.#take(
      this.#expected.size === 0
        ? hidden
        : withNames(
            hidden,
            [...this.#expected].flatMap((each) => [...each]),
          ),
    );
  }

  #take(hidden: HiddenEffects | undefined): void {
    this.#hidden = hidden;
    this.texts.clear();
  }

  #forget(): void {
    for (const effects of this.#effects.values()) effects.forget(this.#hidden);
  }

  /**
   * A statement was sent that makes views or triggers: until they have been looked at, whatever it names may do
   * anything.
   * @returns to be called when the server has answered: only a look after that shows what was made
   */
  expect(sql: string): () => void {
    const names = namesIn(sql);
    this.#expected.add(names);
    this.isOutdated = true;
    this.#take(withNames(this.#hidden, names));
    return () => {
      this.#expected.delete(names);
      this.isOutdated = true;
    };
  }
}

/** Adds names that may do anything. */
function withNames(hidden: HiddenEffects | undefined, names: Iterable<string>): HiddenEffects {
  const { onUse, onWrite, onFailure } = hidden ?? NOTHING_HIDDEN;
  const added = [...names];
  return { onUse: new Set([...onUse, ...added]), onWrite: new Set([...onWrite, ...added]), onFailure };
}

const NOTHING_HIDDEN: HiddenEffects = { onUse: new Set(), onWrite: new Set(), onFailure: new Set() };

/** The effects of texts on connections of one usage. */
export class Effects {
  readonly #cache: EffectCache;
  #dialect: Dialect;
  readonly #known = new Map<string, Effect>();
  /** The text that was looked up last. A string built anew, as by ORMs, is compared faster than it is looked up. */
  #last = '';
  #lastEffect: Effect | undefined;

  /** @internal made by an `EffectCache` */
  constructor(cache: EffectCache, dialect: Dialect) {
    this.#cache = cache;
    this.#dialect = dialect;
  }

  of(sql: string): Effect {
    if (this.#lastEffect !== undefined && sql === this.#last) return this.#lastEffect;
    const known = this.#known.get(sql);
    if (known !== undefined) {
      this.#last = sql;
      this.#lastEffect = known;
      return known;
    }
    const effect = effectOf(sql, this.#dialect);
    if (this.#cache.texts.keep(sql)) this.#known.set(sql, effect);
    return effect;
  }

  /** For a text that contains its values and will hardly come again: it is not kept. */
  once(sql: string): Effect {
    return effectOf(sql, this.#dialect);
  }

  /** @internal */
  forget(hidden: HiddenEffects | undefined): void {
    this.#known.clear();
    this.#lastEffect = undefined;
    this.#dialect = { ...this.#dialect, hidden };
  }
}
