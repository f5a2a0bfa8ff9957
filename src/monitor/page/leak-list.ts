import type { LeakReport } from '../report.js';
import { CallSite } from './call-site.js';
import { ClippedText } from './clipped-text.js';
import { byId, el, KeyedList, setAttribute, setText, show, type View } from './dom.js';
import { duration, plural } from './format.js';
import type { KnownPool } from './known-pools.js';

/** Suspected leaks that were taken at the same line of the program. */
interface LeakGroup {
  readonly key: string;
  readonly pool: KnownPool;
  /** The oldest first. */
  readonly leaks: [LeakReport, ...LeakReport[]];
}

/**
 * The suspected leaks of all pools, at the top of the page. Leaks that were taken at the same line are shown together.
 * Each leak is announced to screen readers once.
 */
export class LeakList {
  readonly #section = byId('leaks');
  readonly #count = byId('leaks-count');
  readonly #list: KeyedList<LeakGroup>;
  #told = new Set<string>();

  constructor() {
    this.#list = new KeyedList(
      byId('leak-list'),
      ({ key }) => key,
      () => new Leak(),
    );
  }

  /**
   * Shows the suspected leaks. Returns a short text for each line of the program with leaks that are new since the last
   * call.
   */
  update(pools: readonly KnownPool[]): readonly string[] {
    const groups = pools.flatMap(groupsOf).toSorted((a, b) => b.leaks[0].heldFor - a.leaks[0].heldFor);
    const count = groups.reduce((sum, { leaks }) => sum + leaks.length, 0);
    show(this.#section, count > 0);
    setText(this.#count, groups.length === count ? String(count) : `${count} from ${plural(groups.length, 'line')}`);
    this.#list.update(groups);
    const told = this.#told;
    this.#told = new Set(groups.flatMap(keysOf));
    return groups.flatMap((group) => {
      const isNew = keysOf(group).filter((key) => !told.has(key)).length;
      const what = isNew === 1 ? 'suspected leak' : `${isNew} suspected leaks`;
      const [{ callSite = 'place not known' }] = group.leaks;
      return isNew === 0 ? [] : [`${group.pool.report.stats.name}: ${what}, ${callSite}`];
    });
  }
}

/** Groups leaks by the line that took them, or by their label if that line is not known. */
function groupsOf(pool: KnownPool): readonly LeakGroup[] {
  const groups = new Map<string, LeakGroup>();
  for (const leak of pool.report.leaks) {
    const key = `${pool.key} ${leak.callSite ?? `by ${leak.label ?? ''}`}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, pool, leaks: [leak] });
    else group.leaks.push(leak);
  }
  return [...groups.values()];
}

const keysOf = ({ pool, leaks }: LeakGroup): string[] => leaks.map(({ loan }) => `${pool.key} ${loan}`);

/** Shortens a call site to file and line, such as `shop.mjs:13`. */
const shortPlace = (callSite: string | undefined): string =>
  /([^\\/]+:\d+):\d+\)?$/.exec(callSite ?? '')?.[1] ?? callSite ?? 'place not known';

class Leak implements View<LeakGroup> {
  readonly #times = el('b');
  readonly #pool = el('a');
  readonly #out = el('span');
  readonly #held = el('b');
  readonly #label = el('span', { class: 'leak-label' });
  readonly #callSite = new CallSite();
  readonly #statement = new ClippedText('code');
  readonly #stack = el('pre', { tabindex: '0' });
  readonly #details = el('details', {}, el('summary', {}, 'Where it was taken'), this.#stack);
  readonly root = el(
    'li',
    {},
    el(
      'p',
      {},
      el('span', { class: 'sign', 'aria-hidden': 'true' }, '▲ '),
      this.#times,
      this.#pool,
      this.#out,
      this.#held,
      this.#label,
    ),
    this.#callSite.root,
    this.#statement.root,
    this.#details,
  );

  update({ pool, leaks }: LeakGroup): void {
    const [leak] = leaks;
    const isOne = leaks.length === 1;
    setText(this.#times, isOne ? '' : `${leaks.length} × ${shortPlace(leak.callSite)} in `);
    setText(this.#pool, pool.report.stats.name);
    setAttribute(this.#pool, 'href', `#${pool.key}`);
    setText(this.#out, isOne ? ' out for ' : ', oldest ');
    setText(this.#held, duration(leak.heldFor));
    setText(this.#label, leak.label === undefined ? '' : ` by ${leak.label}`);
    this.#callSite.update(leak.callSite);
    this.#statement.update(leak.recent[0] ?? '');
    show(this.#statement.root, leak.recent.length > 0);
    show(this.#details, leak.takenAt !== '');
    setText(this.#stack, leak.takenAt);
    setAttribute(this.#stack, 'aria-label', `Stack of loan ${leak.loan}`);
  }
}
