import type { Bench } from './bench.js';
import type { Row } from './sampling.js';
import { BY_CALLBACK, OURS } from './subjects/index.js';

/** The middle value; between the middle two of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Four digits that count, no more: the measurement is not better than that. */
const rounded = (value: number): number => (value >= 1_000 ? Math.round(value) : Number(value.toPrecision(4)));

const shown = (value: number): string => rounded(value).toLocaleString('en-US', { maximumFractionDigits: 3 });

/** One line a row, each a JSON object; the value is the median of the runs. */
export function jsonLines(rows: readonly Row[]): string {
  return rows
    .map(({ bench, subject, caseName, values, unit }) =>
      JSON.stringify({ bench, subject, case: caseName, value: rounded(median(values)), unit }),
    )
    .join('\n');
}

/** A table a case and unit, at most 60 columns wide, each followed by how ours compares with the best others. */
export function tables(bench: Bench, rows: readonly Row[]): string {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const title = `${bench.name}, ${row.caseName}: ${row.unit}`;
    groups.set(title, [...(groups.get(title) ?? []), row]);
  }
  return [...groups].map(([title, group]) => `${title}\n${table(group)}${comparison(bench, group)}`).join('\n');
}

function table(rows: readonly Row[]): string {
  const ours = oursOf(rows);
  const lines = rows.map(({ subject, values }) => [
    subject,
    shown(median(values)),
    shown(Math.min(...values)),
    shown(Math.max(...values)),
    ours === undefined || ours === 0 ? '' : `${(median(values) / ours).toFixed(2)} x`,
  ]);
  return [['', 'median', 'min', 'max', 'of ours'], ...lines].map(line).join('');
}

const line = ([name, ...figures]: readonly string[]): string =>
  `  ${name!.padEnd(16)}${figures.map((figure) => figure.padStart(10)).join('')}`.trimEnd() + '\n';

function oursOf(rows: readonly Row[]): number | undefined {
  const row = rows.find(({ subject }) => subject === OURS);
  return row === undefined ? undefined : median(row.values);
}

/** Ours against the best of the others: one line for those with promises, one for those with callbacks. */
function comparison(bench: Bench, rows: readonly Row[]): string {
  const others = rows.filter(({ subject }) => subject !== OURS);
  const promises = others.filter(({ subject }) => !BY_CALLBACK.has(subject));
  const callbacks = others.filter(({ subject }) => BY_CALLBACK.has(subject));
  return against(bench, oursOf(rows), promises) + against(bench, oursOf(rows), callbacks);
}

function against({ better }: Bench, ours: number | undefined, others: readonly Row[]): string {
  const best = others.toSorted((a, b) => (median(a.values) - median(b.values)) * (better === 'less' ? 1 : -1))[0];
  if (ours === undefined || best === undefined) return '';
  const theirs = median(best.values);
  const ratio = theirs === 0 ? `${shown(ours)} to 0` : `${(ours / theirs).toFixed(2)} x`;
  return `  ours is ${ratio} ${best.subject} (${better} is better)\n`;
}
