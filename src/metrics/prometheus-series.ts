import type { Counter, Histogram } from 'prom-client';
import type { Recorder } from './recorder.js';
import { COUNTERS, HISTOGRAMS, POOL, type Attribute, type CounterName, type HistogramName } from './vocabulary.js';

type Labels = Record<string, string>;

/** The series of all pools of one name. */
class PoolSeries implements Recorder {
  /** How many pools of this name are open. */
  users = 0;
  readonly #pool: Labels;
  readonly #counters: Readonly<Record<CounterName, Counter>>;
  readonly #histograms: Readonly<Record<HistogramName, Histogram>>;
  /** For each counter, the labels of its series, by the value of the counter's attribute. */
  readonly #used = new Map<CounterName, Map<string | undefined, Labels>>();

  constructor(
    name: string,
    counters: Readonly<Record<CounterName, Counter>>,
    histograms: Readonly<Record<HistogramName, Histogram>>,
  ) {
    this.#pool = { [POOL.label]: name };
    this.#counters = counters;
    this.#histograms = histograms;
    // All series start with 0: the increase by the first event would not be seen in a series that begins with it.
    for (const histogram of Object.values(histograms)) histogram.zero(this.#pool);
    for (const [counter, { attribute }] of Object.entries(COUNTERS)) {
      for (const value of attribute === undefined ? [undefined] : attribute.values) {
        counters[counter as CounterName].inc(this.#labels(counter as CounterName, value), 0);
      }
    }
  }

  #labels(counter: CounterName, value: string | undefined): Labels {
    let used = this.#used.get(counter);
    if (used === undefined) this.#used.set(counter, (used = new Map()));
    let labels = used.get(value);
    if (labels === undefined) {
      const attribute: Attribute | undefined = COUNTERS[counter].attribute;
      labels = attribute === undefined ? this.#pool : { ...this.#pool, [attribute.label]: value ?? '' };
      used.set(value, labels);
    }
    return labels;
  }

  count(counter: CounterName, value?: string): void {
    this.#counters[counter].inc(this.#labels(counter, value));
  }

  time(histogram: HistogramName, duration: number): void {
    this.#histograms[histogram].observe(this.#pool, duration);
  }

  remove(): void {
    for (const name of Object.keys(HISTOGRAMS)) this.#histograms[name as HistogramName].remove(this.#pool);
    for (const [counter, used] of this.#used) {
      for (const labels of used.values()) this.#counters[counter].remove(labels);
    }
  }
}

/** The series of all pools, by name. They exist as long as a pool of that name is open. */
export class PrometheusSeries {
  readonly #counters: Readonly<Record<CounterName, Counter>>;
  readonly #histograms: Readonly<Record<HistogramName, Histogram>>;
  readonly #byName = new Map<string, PoolSeries>();

  constructor(
    counters: Readonly<Record<CounterName, Counter>>,
    histograms: Readonly<Record<HistogramName, Histogram>>,
  ) {
    this.#counters = counters;
    this.#histograms = histograms;
  }

  /** Adds a pool of that name. */
  enter(name: string): Recorder {
    let series = this.#byName.get(name);
    if (series === undefined) {
      series = new PoolSeries(name, this.#counters, this.#histograms);
      this.#byName.set(name, series);
    }
    series.users++;
    return series;
  }

  /** Removes a pool of that name. The last one takes the series with it. */
  leave(name: string): void {
    const series = this.#byName.get(name);
    if (series === undefined || --series.users > 0) return;
    this.#byName.delete(name);
    series.remove();
  }
}
