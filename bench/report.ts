import type { Bench, Measure } from './bench.js';
import { hasFigure, median, ratio, type Row } from './results.js';
import { BY_CALLBACK, FOREIGN, OURS } from './subjects/index.js';
import { verdicts, type Verdict } from './wanted.js';

/** Four significant digits: the measurements are not more precise than that. */
const rounded = (value: number): number =>
  Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));

/** A figure, formatted for people. */
export const shown = (value: number): string => rounded(value).toLocaleString('en-US', { maximumFractionDigits: 3 });

/** One JSON object per row and line; the value is the median of the runs. */
export function jsonLines(rows: readonly Row[]): string {
  return rows
    .filter(hasFigure)
    .map(({ bench, subject, caseName, values, unit }) =>
      JSON.stringify({ bench, subject, case: caseName, value: rounded(median(values)), unit }),
    )
    .join('\n');
}

/** The rows grouped by case and unit, in their original order. */
export function groups(rows: readonly Row[]): readonly (readonly Row[])[] {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.caseName, row.unit]);
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found.values()].filter((group) => group.some(hasFigure));
}

/** One table per case and unit, at most 60 columns wide; then the bounds for our figures and whether they hold. */
export function tables(bench: Bench, rows: readonly Row[]): string {
  const text = groups(rows).map((group) => {
    const { caseName, unit } = group[0]!;
    const { better } = bench.measures.find((measure) => measure.unit === unit)!;
    return `${bench.name}, ${caseName}: ${unit}\n${table(group)}${comparison(better, group)}`;
  });
  return [...text, wishes(verdicts(bench.wanted, rows))].join('\n');
}

function table(rows: readonly Row[]): string {
  const ours = rows.find((row) => row.subject === OURS && hasFigure(row));
  const lines = rows.map((row) => {
    if (!hasFigure(row)) return [row.subject, row.absent ?? ''];
    const times = ours === undefined || median(ours.values) === 0 ? '' : `${ratio(row, ours).toFixed(2)} x`;
    return [
      row.subject,
      shown(median(row.values)),
      shown(Math.min(...row.values)),
      shown(Math.max(...row.values)),
      times,
    ];
  });
  return [['', 'median', 'min', 'max', 'of ours'], ...lines].map(line).join('');
}

const line = ([name, ...figures]: readonly string[]): string =>
  figures.length === 1
    ? `  ${name!.padEnd(16)}  ${figures[0]}\n`
    : `  ${name!.padEnd(16)}${figures.map((figure) => figure.padStart(10)).join('')}`.trimEnd() + '\n';

/** Compares our pool with the best other one: one line for pools with promises, one for pools with callbacks. */
function comparison(better: Measure['better'], rows: readonly Row[]): string {
  const measured = rows.filter(hasFigure);
  const ours = measured.find(({ subject }) => subject === OURS);
  const others = measured.filter(({ subject }) => subject !== OURS && !FOREIGN.has(subject));
  const promises = others.filter(({ subject }) => !BY_CALLBACK.has(subject));
  const callbacks = others.filter(({ subject }) => BY_CALLBACK.has(subject));
  return against(better, ours, promises) + against(better, ours, callbacks);
}

function against(better: Measure['better'], ours: Row | undefined, others: readonly Row[]): string {
  const best = others.toSorted((a, b) => (median(a.values) - median(b.values)) * (better === 'less' ? 1 : -1))[0];
  if (ours === undefined || best === undefined) return '';
  const times = median(best.values) === 0 ? `${shown(median(ours.values))} to 0` : `${ratio(ours, best).toFixed(2)} x`;
  return `  ours is ${times} ${best.subject} (${better} is better)\n`;
}

/** Small values, such as ratios, get at most three decimals; other figures are shown as usual. */
export const verdictFigure = ({ value }: Verdict): string => shown(value < 10 ? Number(value.toFixed(3)) : value);

function wishes(found: readonly Verdict[]): string {
  if (found.length === 0) return '';
  const lines = found.map((verdict) => {
    const { text, holds, against: peer } = verdict;
    const versus = peer === undefined || text.includes(peer) ? '' : ` (${peer})`;
    return `  ${holds ? 'yes' : 'NO '} ${text}\n      it is ${verdictFigure(verdict)}${versus}\n`;
  });
  return `wanted\n${lines.join('')}`;
}
