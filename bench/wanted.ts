import { hasFigure, median, ratio, rowOf, type Row } from './results.js';
import { BY_CALLBACK, FOREIGN, OURS } from './subjects/index.js';

/** A bound for one of our figures. */
export interface Wanted {
  /** Of what, and how much, in a few words. */
  readonly text: string;
  readonly least?: number;
  readonly most?: number;
  /** The figure, or undefined when what it takes was not measured. */
  readonly of: (rows: readonly Row[]) => { readonly value: number; readonly against?: string } | undefined;
}

/** Whether a bound holds, for the figures of one execution. */
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

/** What a bound says, as people read it. */
export const boundText = ({ least, most }: Bound): string =>
  least === undefined ? `<= ${most!.toLocaleString('en-US')}` : `>= ${least.toLocaleString('en-US')}`;

/** Our figure itself. */
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

/** Those a row is measured against: pools of Node whose API has promises. */
export const peers = (rows: readonly Row[]): readonly Row[] =>
  rows.filter((row) => hasFigure(row) && !BY_CALLBACK.has(row.subject) && !FOREIGN.has(row.subject));

/** The best of all pools but ours, in one case and one unit. */
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

/** Our figure, as so many times that of the best other pool. */
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

/** Our figure, as so many times that of one other. */
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

/** Our figure in one case, as so many times that in another. */
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

/** Judges every bound whose figure was measured. */
export function verdicts(wanted: readonly Wanted[], rows: readonly Row[]): Verdict[] {
  return wanted.flatMap(({ text, least = -Infinity, most = Infinity, of }) => {
    const found = of(rows);
    if (found === undefined) return [];
    const { value, against } = found;
    return [{ text, value, against, holds: value >= least && value <= most }];
  });
}
