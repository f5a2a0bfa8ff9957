import { el, setAttribute, setText, svg } from './dom.js';
import { roundDuration, timeOfDay } from './format.js';
import { windowOf } from './known-pools.js';

/** One line of a chart. Its colour comes from the class `line-<name>` in the style sheet. */
export interface Line {
  readonly name: string;
  readonly label: string;
  /** The lengths of dashes and gaps in pixels, so that lines can also be told apart without colours. */
  readonly dash?: readonly number[];
  readonly isFilled?: boolean;
  /** Whether the line is drawn in steps, as a value that stays the same until the next sample. */
  readonly isStepped?: boolean;
  readonly format: (value: number) => string;
}

const HEIGHT = 190;
const AXIS = 48;
/** The time (ms) between two rows of the table that shows the same values as the chart. */
const STEP = 30_000;

/** A chart of up to the last five minutes. Its legend shows the newest values, or those under the pointer. */
export class TimeChart {
  readonly root: HTMLElement;
  readonly #lines: readonly Line[];
  readonly #canvas = el('div', { class: 'chart', role: 'img' });
  readonly #moment = el('span', { class: 'moment' });
  readonly #swatches: readonly SVGElement[];
  readonly #values: readonly HTMLElement[];
  readonly #details: HTMLDetailsElement;
  readonly #rows = el('tbody');
  #chart: uPlot | undefined;
  #at: readonly number[] = [];
  #columns: readonly (readonly number[])[] = [];

  constructor(heading: string, lines: readonly Line[]) {
    this.#lines = lines;
    this.#swatches = lines.map(swatch);
    this.#values = lines.map(() => el('b'));
    const legend = lines.map((line, index) =>
      el('li', {}, this.#swatches[index]!, `${line.label} `, this.#values[index]!),
    );
    const heads = ['Time', ...lines.map(({ label }) => label)].map((text) => el('th', { scope: 'col' }, text));
    const table = el('table', { 'aria-label': heading }, el('thead', {}, el('tr', {}, ...heads)), this.#rows);
    this.#details = el('details', {}, el('summary', {}, 'As a table'), table);
    this.#details.addEventListener('toggle', () => this.#tabulate());
    this.root = el(
      'section',
      { class: 'panel' },
      el('h3', {}, heading, ' ', this.#moment),
      el('ul', { class: 'legend' }, ...legend),
      this.#canvas,
      this.#details,
    );
    new ResizeObserver(() => this.#fit()).observe(this.#canvas);
  }

  /** @param at times in ms; the n-th column belongs to the n-th line */
  update(at: readonly number[], columns: readonly (readonly number[])[]): void {
    this.#at = at;
    this.#columns = columns;
    this.#chart?.setData(this.#data());
    this.#showValues(this.#chart?.cursor.idx ?? undefined);
    setAttribute(this.#canvas, 'aria-label', this.#inWords());
    this.#tabulate();
  }

  /** Draws the chart again, after its colours have changed. */
  repaint(): void {
    this.#chart?.redraw(false, true);
  }

  #data(): uPlot.AlignedData {
    return [this.#at.map((at) => at / 1000), ...this.#columns.map((column) => [...column])];
  }

  #fit(): void {
    const width = this.#canvas.clientWidth;
    if (width === 0) return;
    if (this.#chart === undefined) this.#chart = new uPlot(this.#options(width), this.#data(), this.#canvas);
    else this.#chart.setSize({ width, height: HEIGHT });
  }

  #options(width: number): uPlot.Options {
    const axis: uPlot.Axis = {
      stroke: () => getComputedStyle(this.#moment).color,
      grid: { stroke: () => getComputedStyle(this.root).borderTopColor, width: 1 },
      ticks: { show: false },
      font: '12px "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", system-ui, sans-serif',
    };
    const now = (): number => (this.#at.at(-1) ?? Date.now()) / 1000;
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { range: () => [now() - windowOf(this.#at) / 1000, now()] },
        y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] },
      },
      axes: [
        { ...axis, size: 30, space: 70, incrs: [10, 20, 30, 60], values: timesOf },
        { ...axis, size: AXIS, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5] },
      ],
      series: [{}, ...this.#lines.map((line, index) => this.#series(line, this.#swatches[index]!))],
      hooks: { setCursor: [({ cursor }) => this.#showValues(cursor.idx ?? undefined)] },
    };
  }

  #series(line: Line, sample: SVGElement): uPlot.Series {
    // The colour is read from the style sheet, which differs for the light and the dark theme.
    const colour = (): string => getComputedStyle(sample).color;
    const stepped = line.isStepped === true ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
    return {
      stroke: colour,
      width: 1.75,
      points: { show: false },
      ...(line.isFilled === true && { fill: () => colour().replace(/^rgb\((.*)\)$/, 'rgba($1, 0.16)') }),
      ...(line.dash && { dash: [...line.dash] }),
      ...(stepped && { paths: stepped }),
    };
  }

  #showValues(index: number | undefined): void {
    const shown = index ?? this.#at.length - 1;
    const at = this.#at[shown];
    setText(this.#moment, index === undefined || at === undefined ? 'now' : `at ${timeOfDay(at)}`);
    for (const [nth, line] of this.#lines.entries()) {
      const value = this.#columns[nth]?.[shown];
      setText(this.#values[nth]!, value === undefined ? '–' : line.format(value));
    }
  }

  #inWords(): string {
    const lines = this.#lines.map(({ label, format }, nth) => {
      const values = this.#columns[nth] ?? [];
      return `${label}: now ${format(values.at(-1) ?? 0)}, at most ${format(Math.max(0, ...values))}.`;
    });
    return `Chart of the last ${roundDuration(windowOf(this.#at))}. ${lines.join(' ')}`;
  }

  #tabulate(): void {
    if (!this.#details.open) return;
    const rows: HTMLElement[] = [];
    let next = Infinity;
    for (let index = this.#at.length - 1; index >= 0; index--) {
      const at = this.#at[index]!;
      if (at > next) continue;
      next = at - STEP;
      const values = this.#lines.map((line, nth) => el('td', {}, line.format(this.#columns[nth]?.[index] ?? 0)));
      rows.push(el('tr', {}, el('th', { scope: 'row' }, timeOfDay(at)), ...values));
    }
    this.#rows.replaceChildren(...rows);
  }
}

function timesOf(_chart: uPlot, times: number[], _axis: number, _space: number, step: number): string[] {
  return times.map((time) => timeOfDay(time * 1000).slice(0, step < 60 ? undefined : 5));
}

function swatch({ name, dash, isFilled }: Line): SVGElement {
  const path = svg('path', { d: 'M0 6H24', 'stroke-dasharray': dash?.join(' ') });
  const area = isFilled === true ? [svg('rect', { class: 'area', y: '6', width: '24', height: '6' })] : [];
  const attributes = { class: `line line-${name}`, viewBox: '0 0 24 12', 'aria-hidden': 'true' };
  return svg('svg', attributes, ...area, path);
}
