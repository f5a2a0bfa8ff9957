/** docs/monitoring.md names what there is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BUCKETS, COUNTERS, GAUGES, HISTOGRAMS, TOTALS } from '#internal/metrics/vocabulary.js';

const page = readFileSync('docs/monitoring.md', 'utf8');
const alerts = readFileSync('docs/monitoring/alerts.yml', 'utf8');

const kinds = [
  ...Object.values(GAUGES).map((gauge) => [gauge, gauge.additive ? 'UpDownCounter' : 'Gauge'] as const),
  ...Object.values(TOTALS).map((total) => [total, 'Counter'] as const),
  ...Object.values(COUNTERS).map((counter) => [counter, 'Counter'] as const),
  ...Object.values(HISTOGRAMS).map((histogram) => [histogram, 'Histogram'] as const),
];

test('every instrument has a row with its names, attribute, kind and unit; there are no other rows', () => {
  const rows = new Set(
    page.split('\n').filter((line) => /^\| `(?:db\.client|mysqlpool)\.[^|]*\| `mysqlpool_/.test(line)),
  );
  for (const [{ name, metric, unit, attribute }, kind] of kinds) {
    const by = (one: string | undefined): string => (one === undefined ? '' : `<br>by \`${one}\``);
    const names = `| \`${name}\`${by(attribute?.name)} | \`mysqlpool_${metric}\`${by(attribute?.label)} | `;
    const row = [...rows].find((line) => line.startsWith(`${names}${kind}, \`${unit}\` | `));
    assert.ok(row, names);
    rows.delete(row);
    for (const value of attribute?.values ?? []) assert.ok(row.includes(`\`${value}\``), `${name}: ${value}`);
  }
  assert.deepEqual([...rows], []);
});

test('the buckets are those', () => {
  assert.ok(page.includes(`: ${BUCKETS.join(', ')} s.`));
});

test('every alert is explained, and none that there is not', () => {
  const explained = [...page.matchAll(/`(MysqlPool\w+)`/g)].map(([, name]) => name!);
  const all = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);
  assert.deepEqual([...new Set(explained)].sort(), all.toSorted());
});
