import { el, KeyedList, setAttribute, setText, type View } from './dom.js';
import { count, duration, rate } from './format.js';
import type { KnownPool } from './known-pools.js';
import { troublesOf } from './pool-state.js';
import { SizeBar } from './size-bar.js';
import { Sparkline } from './sparkline.js';

const FIGURES = ['Waiting', 'Longest wait', 'Oldest loan', 'Acquires', 'Failures'] as const;

/** The card of one pool in the overview. The pool's name is a link to its details. */
export class PoolCard implements View<{ pool: KnownPool; isChosen: boolean }> {
  readonly root: HTMLElement;
  readonly #name = el('a');
  readonly #state = el('span', { class: 'badge' });
  readonly #troubles = el('ul', { class: 'troubles' });
  readonly #troubleList: KeyedList<string>;
  readonly #size = new SizeBar();
  readonly #figures = FIGURES.map(() => el('dd'));
  readonly #sparkline = new Sparkline();

  constructor() {
    const figures = FIGURES.map((name, index) => el('div', {}, el('dt', {}, name), this.#figures[index]!));
    this.root = el(
      'li',
      { class: 'card' },
      el('div', { class: 'card-head' }, el('h4', {}, this.#name), this.#state),
      this.#troubles,
      this.#size.root,
      el('dl', { class: 'figures' }, ...figures),
      this.#sparkline.root,
    );
    this.#troubleList = new KeyedList(
      this.#troubles,
      (text) => text.replaceAll(/\d+/g, ''),
      () => {
        const root = el('li');
        return { root, update: (text) => setText(root, `▲ ${text}`) };
      },
    );
  }

  update({ pool, isChosen }: { pool: KnownPool; isChosen: boolean }): void {
    const { stats, history } = pool.report;
    const troubles = troublesOf(pool.report);
    setText(this.#name, stats.name);
    setAttribute(this.#name, 'href', `#${pool.key}`);
    setAttribute(this.#name, 'title', stats.name);
    setAttribute(this.#name, 'aria-current', isChosen ? 'true' : undefined);
    setText(this.#state, stats.state);
    setAttribute(this.#state, 'data-state', stats.state);
    this.root.classList.toggle('troubled', troubles.length > 0);
    this.root.classList.toggle('chosen', isChosen);
    this.#troubleList.update(troubles);
    this.#size.update(stats);
    const values = [
      count(stats.waiters),
      stats.waiters === 0 ? '–' : duration(stats.longestWait),
      stats.inUse === 0 ? '–' : duration(stats.oldestLoan),
      rate(history.acquired.at(-1) ?? 0),
      rate(history.failed.at(-1) ?? 0),
    ];
    for (const [index, value] of values.entries()) setText(this.#figures[index]!, value);
    this.#figures[4]!.classList.toggle('bad', (history.failed.at(-1) ?? 0) > 0);
    this.#sparkline.update(history);
  }
}
