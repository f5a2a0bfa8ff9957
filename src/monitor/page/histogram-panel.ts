import type { Histogram } from '../report.js';
import { el, setText, show, type View } from './dom.js';
import { count, roundDuration } from './format.js';

/** A histogram of durations: a row for each range, with a bar whose length is relative to the highest count. */
export class HistogramPanel implements View<Histogram> {
  readonly root: HTMLElement;
  readonly #summary = el('p', { class: 'histogram-summary' });
  readonly #rows = el('ol', { class: 'histogram' });
  readonly #zero: string;
  #bars: readonly { readonly bar: HTMLElement; readonly figure: HTMLElement }[] = [];

  /** @param zero the text for a duration of 0 */
  constructor(heading: string, zero: string) {
    this.#zero = zero;
    this.root = el('section', { class: 'panel' }, el('h3', {}, heading), this.#summary, this.#rows);
  }

  update({ bounds, counts }: Histogram): void {
    if (this.#bars.length !== counts.length) this.#build(bounds);
    const total = counts.reduce((sum, value) => sum + value, 0);
    const most = Math.max(1, ...counts);
    for (const [index, { bar, figure }] of this.#bars.entries()) {
      const value = counts[index] ?? 0;
      bar.style.width = `${(100 * value) / most}%`;
      setText(figure, count(value));
    }
    show(this.#rows, total > 0);
    setText(this.#summary, total === 0 ? 'Nothing yet.' : this.#summaryOf({ bounds, counts }, total));
  }

  #summaryOf(histogram: Histogram, total: number): string {
    const [half, most] = [0.5, 0.99].map((share) => this.#within(histogram, share * total));
    return `${count(total)} since the start: half ${half}, 99 % ${most}`;
  }

  #within({ bounds, counts }: Histogram, wanted: number): string {
    let sum = 0;
    const index = counts.findIndex((value) => (sum += value) >= wanted);
    const bound = bounds[index];
    if (bound === undefined) return `over ${roundDuration(bounds.at(-1) ?? 0)}`;
    return bound === 0 ? this.#zero : `within ${roundDuration(bound)}`;
  }

  #build(bounds: readonly number[]): void {
    const words = bounds.map((bound) => (bound === 0 ? this.#zero : `≤ ${roundDuration(bound)}`));
    words.push(`> ${roundDuration(bounds.at(-1) ?? 0)}`);
    this.#bars = words.map(() => ({ bar: el('span', { class: 'fill' }), figure: el('b') }));
    const rows = this.#bars.map(({ bar, figure }, index) =>
      el('li', {}, el('span', { class: 'range' }, words[index]!), el('span', { class: 'track' }, bar), figure),
    );
    this.#rows.replaceChildren(...rows);
  }
}
