import assert from 'node:assert/strict';
import { MetricReader, type DataPoint, type Histogram, type MetricData } from '@opentelemetry/sdk-metrics';

/** A metric reader that collects on demand; the SDK's own exporters collect periodically. */
export class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}

  async metrics(): Promise<Map<string, MetricData>> {
    const { resourceMetrics, errors } = await this.collect();
    assert.deepEqual(errors, []);
    const all = resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) => {
      assert.equal(scope.name, 'node-mysqlpool');
      return metrics;
    });
    return new Map(all.map((metric) => [metric.descriptor.name, metric]));
  }

  /** The values of an instrument, by `pool` or `pool attribute`; for a histogram, the counts of its buckets. */
  async values(instrument: string): Promise<Record<string, unknown>> {
    const metric = (await this.metrics()).get(instrument);
    const points = (metric?.dataPoints ?? []) as DataPoint<number | Histogram>[];
    return Object.fromEntries(
      points.map(({ attributes, value }) => [
        Object.values(attributes).join(' '),
        typeof value === 'number' ? value : value.buckets.counts,
      ]),
    );
  }
}
