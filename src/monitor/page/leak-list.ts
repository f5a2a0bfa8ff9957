import type { LeakReport } from '../report.js';
import { CallSite } from './call-site.js';
import { ClippedText } from './clipped-text.js';
import { byId, el, KeyedList, setAttribute, setText, show, type View } from './dom.js';
import { duration } from './format.js';
import type { KnownPool } from './known-pools.js';

interface ShownLeak {
  readonly pool: KnownPool;
  readonly leak: LeakReport;
}

/** Loans of all pools that are suspected to be leaks: on top of the page, and told once to those who only listen. */
export class LeakList {
  readonly #section = byId('leaks');
  readonly #list: KeyedList<ShownLeak>;
  #told = new Set<string>();

  constructor() {
    this.#list = new KeyedList(byId('leak-list'), keyOf, () => new Leak());
  }

  /** Answers those that are new since the last call, each as a short text. */
  update(pools: readonly KnownPool[]): readonly string[] {
    const leaks = pools.flatMap((pool) => pool.report.leaks.map((leak) => ({ pool, leak })));
    show(this.#section, leaks.length > 0);
    this.#list.update(leaks);
    const isNew = leaks.filter((shown) => !this.#told.has(keyOf(shown)));
    this.#told = new Set(leaks.map(keyOf));
    return isNew.map(
      ({ pool, leak }) => `${pool.report.stats.name}: suspected leak, ${leak.callSite ?? 'place not known'}`,
    );
  }
}

function keyOf({ pool, leak }: ShownLeak): string {
  return `${pool.key} ${leak.loan}`;
}

class Leak implements View<ShownLeak> {
  readonly #pool = el('a');
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
      this.#pool,
      ' out for ',
      this.#held,
      this.#label,
    ),
    this.#callSite.root,
    this.#statement.root,
    this.#details,
  );

  update({ pool, leak }: ShownLeak): void {
    setText(this.#pool, pool.report.stats.name);
    setAttribute(this.#pool, 'href', `#${pool.key}`);
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
