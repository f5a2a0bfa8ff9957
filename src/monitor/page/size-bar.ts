import type { PoolStatsReport } from '../report.js';
import { el, setText, type View } from './dom.js';
import { count } from './format.js';

const PARTS = ['inUse', 'idle', 'connecting', 'closing'] as const;
const WORDS = { inUse: 'in use', idle: 'idle', connecting: 'connecting', closing: 'closing' } as const;

/** Shows a pool's connections by state: as a bar, and in figures. */
export class SizeBar implements View<PoolStatsReport> {
  readonly root: HTMLElement;
  readonly #size = el('strong');
  readonly #most = el('span');
  readonly #segments = PARTS.map((part) => el('span', { class: `segment ${part}` }));
  readonly #figures = PARTS.map(() => el('b'));
  readonly #items = PARTS.map((part, index) =>
    el(
      'li',
      {},
      el('span', { class: `swatch ${part}`, 'aria-hidden': 'true' }),
      this.#figures[index]!,
      ` ${WORDS[part]}`,
    ),
  );

  constructor() {
    this.root = el(
      'div',
      { class: 'size' },
      el('p', { class: 'size-figure' }, this.#size, this.#most),
      el('div', { class: 'bar', 'aria-hidden': 'true' }, ...this.#segments),
      el('ul', { class: 'parts' }, ...this.#items),
    );
  }

  update(stats: PoolStatsReport): void {
    // null stands for Infinity, which JSON does not have.
    const most = stats.maxSize ?? Infinity;
    const whole = Number.isFinite(most) ? Math.max(most, stats.size, 1) : Math.max(stats.size, 1);
    setText(this.#size, count(stats.size));
    setText(this.#most, most === Infinity ? ' connections, no limit' : ` of ${count(most)} connections`);
    for (const [index, part] of PARTS.entries()) {
      this.#segments[index]!.style.width = `${(100 * stats[part]) / whole}%`;
      setText(this.#figures[index]!, count(stats[part]));
      this.#items[index]!.classList.toggle('none', stats[part] === 0);
    }
  }
}
