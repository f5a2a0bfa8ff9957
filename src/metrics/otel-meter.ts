import type { Attributes, BatchObservableResult, Meter } from '@opentelemetry/api';
import type { AnyPool } from '../pool/index.js';
import { OpenPools } from '../pool/open-pools.js';
import { readGauge, type Reading } from './gauges.js';
import { record, type Recorder } from './recorder.js';
import {
  BUCKETS,
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  mapTable,
  POOL,
  TOTALS,
  type GaugeName,
  type Instrument,
  type TotalName,
} from './vocabulary.js';
import { watchPools } from './watch-pools.js';

/** Makes every instrument, and feeds them from the pools until the returned function is called. */
export function meterPools(meter: Meter, pools: readonly AnyPool[] | undefined): () => void {
  const open = new OpenPools<AnyPool>();
  const gauges = mapTable(GAUGES, (gauge) =>
    gauge.additive
      ? meter.createObservableUpDownCounter(gauge.name, optionsOf(gauge))
      : meter.createObservableGauge(gauge.name, optionsOf(gauge)),
  );
  const totals = mapTable(TOTALS, (total) => meter.createObservableCounter(total.name, optionsOf(total)));
  const gone = new Set<string>();
  // The last readings of gauges whose attribute has values that come and go, such as the limit that callers wait for.
  let told = new Map<string, readonly [gauge: GaugeName, reading: Reading]>();
  const observe = (result: BatchObservableResult): void => {
    const present = open.list();
    const now: typeof told = new Map();
    const tell = (name: GaugeName, { pool, attribute, value }: Reading): void =>
      result.observe(gauges[name], value, attributesOf(GAUGES[name], pool, attribute));
    for (const name of Object.keys(gauges) as GaugeName[]) {
      const comesAndGoes = GAUGES[name].attribute?.values.length === 0;
      for (const reading of noneOf(GAUGES[name], gone)) tell(name, reading);
      for (const reading of readGauge(name, present)) {
        tell(name, reading);
        if (comesAndGoes) now.set(JSON.stringify([name, reading.pool, reading.attribute]), [name, reading]);
      }
    }
    for (const name of Object.keys(totals) as TotalName[]) {
      for (const { pool, attribute, value } of readGauge(name, present)) {
        result.observe(totals[name], value, attributesOf(TOTALS[name], pool, attribute));
      }
    }
    for (const [key, [name, reading]] of told) if (!now.has(key)) tell(name, { ...reading, value: 0 });
    told = now;
    gone.clear();
  };
  const recorderOf = newRecorders(meter);
  const observed = [...Object.values(gauges), ...Object.values(totals)];
  meter.addBatchObservableCallback(observe, observed);
  const unwatch = watchPools(pools, (pool) => {
    const stop = record(pool, recorderOf(pool.name));
    open.add(pool);
    return () => {
      stop();
      open.delete(pool);
      gone.add(pool.name);
    };
  });
  return () => {
    meter.removeBatchObservableCallback(observe, observed);
    unwatch();
  };
}

/** Readings of 0 for closed pools: without them the SDK would export the last value of each series again and again. */
const noneOf = ({ attribute }: Instrument, pools: Iterable<string>): Reading[] =>
  [...pools].flatMap((pool) =>
    (attribute?.values ?? [undefined]).map((value) => ({ pool, attribute: value, value: 0 })),
  );

const optionsOf = ({ unit, description }: Instrument): { unit: string; description: string } => ({ unit, description });

const attributesOf = ({ attribute }: Instrument, pool: string, value: string | undefined): Attributes =>
  attribute === undefined ? { [POOL.name]: pool } : { [POOL.name]: pool, [attribute.name]: value };

/** Makes the instruments that count events. Returns a function that makes the recorder of a pool. */
function newRecorders(meter: Meter): (pool: string) => Recorder {
  const counters = mapTable(COUNTERS, (counter) => meter.createCounter(counter.name, optionsOf(counter)));
  const histograms = mapTable(HISTOGRAMS, (histogram) =>
    meter.createHistogram(histogram.name, {
      ...optionsOf(histogram),
      advice: { explicitBucketBoundaries: [...BUCKETS] },
    }),
  );
  return (pool) => {
    // One object for all measurements of the pool, instead of one for each loan.
    const own = attributesOf({} as Instrument, pool, undefined);
    return {
      count: (name, value) => counters[name].add(1, attributesOf(COUNTERS[name], pool, value)),
      time: (name, duration) => histograms[name].record(duration, own),
    };
  };
}
