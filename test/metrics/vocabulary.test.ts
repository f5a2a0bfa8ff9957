import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUCKETS, COUNTERS, GAUGES, HISTOGRAMS, TOTALS } from '#internal/metrics/vocabulary.js';

const ALL = [
  ...Object.values(GAUGES),
  ...Object.values(TOTALS),
  ...Object.values(COUNTERS),
  ...Object.values(HISTOGRAMS),
];

test('every instrument has a name of its own, in both worlds', () => {
  assert.equal(new Set(ALL.map(({ name }) => name)).size, ALL.length);
  assert.equal(new Set(ALL.map(({ metric }) => metric)).size, ALL.length);
});

test('what is our own says so, and what is not is the conventions’', () => {
  for (const { name } of ALL) assert.match(name, /^(mysqlpool|db\.client\.connection)(\.[a-z_]+)+$/);
});

test('Prometheus’ names end in what they count or measure', () => {
  for (const { metric } of [...Object.values(COUNTERS), ...Object.values(TOTALS)])
    assert.match(metric, /^[a-z_]+_total$/);
  for (const { metric, unit } of [...Object.values(GAUGES), ...Object.values(HISTOGRAMS)]) {
    assert.equal(metric.endsWith('_seconds'), unit === 's', metric);
    assert.doesNotMatch(metric, /_(?:total|count|sum|bucket)$/);
  }
});

test('every description is a sentence', () => {
  for (const { description } of ALL) assert.match(description, /^[A-Z].*\.$/);
});

test('the buckets rise', () => {
  assert.deepEqual(
    BUCKETS,
    [...BUCKETS].toSorted((a, b) => a - b),
  );
});
