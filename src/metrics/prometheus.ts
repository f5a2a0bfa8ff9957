import type * as PromClient from 'prom-client';
import type { AnyPool, Checks } from '../pool/index.js';
import { OpenPools } from '../pool/open-pools.js';
import { anyPools, checkOptions, having } from './check-options.js';
import { readGauge } from './gauges.js';
import { loadPeer } from './load-peer.js';
import { PrometheusSeries } from './prometheus-series.js';
import { record } from './recorder.js';
import { BUCKETS, COUNTERS, GAUGES, HISTOGRAMS, mapTable, POOL, TOTALS, type Instrument } from './vocabulary.js';
import { watchPools } from './watch-pools.js';

/** A registry of prom-client, of any version. @since 0.1.0 */
export interface PrometheusRegister {
  registerMetric(metric: never): void;
  removeSingleMetric(name: string): void;
  getSingleMetric(name: string): unknown;
}

/** Options of `collectPoolMetrics`. @since 0.1.0 */
export interface PrometheusOptions {
  /** The registry that the metrics are added to. @default the registry that prom-client calls `register` */
  readonly register?: PrometheusRegister | undefined;
  /** The prefix of all metric names. @default 'mysqlpool_' */
  readonly prefix?: string | undefined;
  /** The pools to measure. @default all pools of the process, including those created later */
  readonly pools?: readonly AnyPool[] | undefined;
}

const NAME = 'collectPoolMetrics';
const PREFIX = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const OPTIONS: Checks<PrometheusOptions> = {
  register: having('registerMetric', 'a registry of prom-client'),
  prefix: [
    'letters, digits and underscores, and no digit at the start',
    (value) => typeof value === 'string' && PREFIX.test(value),
  ],
  pools: anyPools,
};

/**
 * Registers the metrics of pools with prom-client. The series of a pool exist from the start and are removed when the
 * pool is closed; pools of the same name share their series. Durations are in seconds.
 * @returns a function that removes the metrics from the registry, and all listeners from the pools
 * @throws TypeError for an unknown option or a wrong value; Error if the registry already has metrics of these names,
 *   or prom-client is not installed
 * @since 0.1.0
 */
export function collectPoolMetrics(options: PrometheusOptions = {}): () => void {
  checkOptions(NAME, options, OPTIONS);
  const { prefix = 'mysqlpool_', pools } = options;
  const prom = loadPeer('prom-client', 'node-mysqlpool/prometheus', () => require('prom-client') as typeof PromClient);
  const { register = prom.register } = options;
  const names = [
    ...Object.values(GAUGES),
    ...Object.values(TOTALS),
    ...Object.values(COUNTERS),
    ...Object.values(HISTOGRAMS),
  ].map(({ metric }) => prefix + metric);
  const taken = names.find((name) => register.getSingleMetric(name) !== undefined);
  if (taken !== undefined) {
    throw new Error(
      `${NAME}: the registry has a metric "${taken}" already; stop the first collection, or give a prefix`,
    );
  }

  const open = new OpenPools<AnyPool>();
  const series = addMetrics(prom, register as PromClient.Registry, prefix, open);
  const unregister = (): void => {
    for (const name of names) register.removeSingleMetric(name);
  };
  try {
    const unwatch = watchPools(pools, (pool) => {
      const { name } = pool;
      const stop = record(pool, series.enter(name));
      open.add(pool);
      return () => {
        stop();
        open.delete(pool);
        series.leave(name);
      };
    });
    return () => {
      unregister();
      unwatch();
    };
  } catch (error) {
    unregister();
    throw error;
  }
}

/** Adds every metric to the registry. Returns the series, which count the events of the pools. */
function addMetrics(
  prom: typeof PromClient,
  register: PromClient.Registry,
  prefix: string,
  open: OpenPools<AnyPool>,
): PrometheusSeries {
  const common = ({ metric, description, attribute }: Instrument): PromClient.MetricConfiguration<string> => ({
    name: prefix + metric,
    help: description,
    labelNames: attribute === undefined ? [POOL.label] : [POOL.label, attribute.label],
    registers: [register],
  });
  mapTable(GAUGES, (gauge, name) => {
    const { attribute, additive } = gauge;
    return new prom.Gauge({
      ...common(gauge),
      aggregator: additive ? 'sum' : 'max',
      collect() {
        this.reset();
        for (const reading of readGauge(name, open.list())) {
          const labels: Record<string, string> = { [POOL.label]: reading.pool };
          if (attribute !== undefined) labels[attribute.label] = reading.attribute!;
          this.set(labels, reading.value);
        }
      },
    });
  });
  mapTable(TOTALS, (total, name) => {
    return new prom.Counter({
      ...common(total),
      collect() {
        this.reset();
        for (const { pool, attribute, value } of readGauge(name, open.list())) {
          const { label } = total.attribute ?? {};
          this.inc({ [POOL.label]: pool, ...(label !== undefined && { [label]: attribute! }) }, value);
        }
      },
    });
  });
  const counters = mapTable(COUNTERS, (counter) => new prom.Counter(common(counter)));
  const histograms = mapTable(
    HISTOGRAMS,
    (histogram) => new prom.Histogram({ ...common(histogram), buckets: [...BUCKETS] }),
  );
  return new PrometheusSeries(counters, histograms);
}
