import { hasFigure, median, ratio, rowOf, type Row } from './results.js';
import { BY_CALLBACK, FOREIGN, OURS } from './subjects/index.js';

/** A bound for one of our figures. */
export interface Wanted {
  /** What is bounded, and the bound, in a few words. */
  readonly text: string;
  readonly least?: number;
  readonly most?: number;
  /** Finds the figure among the rows; undefined if it, or the row to compare it with, was not measured. */
  readonly of: (rows: readonly Row[]) => { readonly value: number; readonly against?: string } | undefined;
}

/** Whether a bound holds, for the measured figures. */
export interface Verdict {
  readonly text: string;
  readonly value: number;
  readonly against: string | undefined;
  readonly holds: boolean;
}

interface Bound {
  readonly least?: number;
  readonly most?: number;
}

/** The bound, formatted for people. */
export const boundText = ({ least, most }: Bound): string =>
  least === undefined ? `<= ${most!.toLocaleString('en-US')}` : `>= ${least.toLocaleString('en-US')}`;

/** A bound for our figure itself. */
export function figure(caseName: string, unit: string, bound: Bound): Wanted {
  return {
    ...bound,
    text: `${caseName}: ${boundText(bound)} ${unit}`,
    of: (rows) => {
      const ours = rowOf(rows, caseName, unit);
      return ours && { value: median(ours.values) };
    },
  };
}

/** The rows of pools that ours is compared with: Node pools with a promise API. */
export const peers = (rows: readonly Row[]): readonly Row[] =>
  rows.filter((row) => hasFigure(row) && !BY_CALLBACK.has(row.subject) && !FOREIGN.has(row.subject));

/** The best other pool in one case and one unit. */
export function bestPeer(
  rows: readonly Row[],
  caseName: string,
  unit: string,
  better: 'more' | 'less',
): Row | undefined {
  return peers(rows)
    .filter((row) => row.caseName === caseName && row.unit === unit && row.subject !== OURS)
    .toSorted((a, b) => (median(a.values) - median(b.values)) * (better === 'less' ? 1 : -1))[0];
}

/** A bound for the ratio of our figure to that of the best other pool. */
export function ofBest(caseName: string, unit: string, bound: Bound): Wanted {
  return {
    ...bound,
    text: `${caseName}: ${boundText(bound)} x the best peer`,
    of: (rows) => {
      const ours = rowOf(rows, caseName, unit);
      const best = bestPeer(rows, caseName, unit, bound.least === undefined ? 'less' : 'more');
      return ours && best && { value: ratio(ours, best), against: best.subject };
    },
  };
}

/** A bound for the ratio of our figure to that of one other subject. */
export function ofSubject(caseName: string, unit: string, subject: string, bound: Bound): Wanted {
  return {
    ...bound,
    text: `${caseName}: ${boundText(bound)} x ${subject}`,
    of: (rows) => {
      const ours = rowOf(rows, caseName, unit);
      const theirs = rowOf(rows, caseName, unit, subject);
      return ours && theirs && { value: ratio(ours, theirs), against: subject };
    },
  };
}

/** A bound for the ratio of our figures in two cases. */
export function ofCase(caseName: string, other: string, unit: string, bound: Bound): Wanted {
  return {
    ...bound,
    text: `${caseName}: ${boundText(bound)} x ${other}`,
    of: (rows) => {
      const one = rowOf(rows, caseName, unit);
      const two = rowOf(rows, other, unit);
      return one && two && { value: ratio(one, two) };
    },
  };
}

/** Checks every bound whose figure was measured. */
export function verdicts(wanted: readonly Wanted[], rows: readonly Row[]): Verdict[] {
  return wanted.flatMap(({ text, least = -Infinity, most = Infinity, of }) => {
    const found = of(rows);
    if (found === undefined) return [];
    const { value, against } = found;
    return [{ text, value, against, holds: value >= least && value <= most }];
  });
}
