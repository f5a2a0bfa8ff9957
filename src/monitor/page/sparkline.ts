import type { PoolHistory } from '../report.js';
import { setAttribute, svg, type View } from './dom.js';
import { roundDuration } from './format.js';
import { windowOf } from './known-pools.js';

const WIDTH = 300;
const HEIGHT = 40;

/** A small chart of a pool's last minutes: loans as an area, waiting callers as a dashed line. */
export class Sparkline implements View<PoolHistory> {
  readonly #loans = svg('path', { class: 'loans' });
  readonly #waiters = svg('path', { class: 'waiters' });
  readonly #text = svg('title');
  readonly root = svg(
    'svg',
    { class: 'sparkline', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' },
    this.#text,
    this.#loans,
    this.#waiters,
  );

  update({ at, inUse, waiters }: PoolHistory): void {
    const [loans, line] = [Math.max(0, ...inUse), Math.max(0, ...waiters)];
    const now = at.at(-1) ?? 0;
    const span = windowOf(at);
    const most = Math.max(1, loans, line);
    const x = (time: number): string => (WIDTH - ((now - time) * WIDTH) / span).toFixed(1);
    const points = (values: readonly number[]): string =>
      values
        .map((value, index) => `${x(at[index]!)} ${(HEIGHT - 1 - (value * (HEIGHT - 2)) / most).toFixed(1)}`)
        .join('L');
    const area = at.length > 0 ? `M${x(at[0]!)} ${HEIGHT}L${points(inUse)}L${WIDTH} ${HEIGHT}Z` : '';
    setAttribute(this.#loans, 'd', area);
    setAttribute(this.#waiters, 'd', line > 0 ? `M${points(waiters)}` : '');
    const text = `Last ${roundDuration(span)}: at most ${loans} in use, ${line} waiting`;
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}
