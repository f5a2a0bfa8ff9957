import { OURS } from './subjects/index.js';

/** What was measured of one pool in one case, in one unit. */
export interface Row {
  readonly bench: string;
  readonly subject: string;
  readonly caseName: string;
  readonly unit: string;
  /** One value a run; none where there is nothing to measure. */
  readonly values: number[];
  /** Why there is none. */
  readonly absent?: string;
}

/** The middle value; between the middle two of an even number. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * How many times as much, as the median over the runs: both figures of a run were taken within seconds, so that what
 * else the machine did meanwhile falls out.
 */
export function ratio(row: Row, to: Row): number {
  const runs = Math.min(row.values.length, to.values.length);
  return median(Array.from({ length: runs }, (_, run) => row.values[run]! / to.values[run]!));
}

export const hasFigure = ({ values }: Row): boolean => values.length > 0;

/** The row of one pool among those of a benchmark. */
export function rowOf(rows: readonly Row[], caseName: string, unit: string, subject: string = OURS): Row | undefined {
  return rows.find(
    (row) => row.caseName === caseName && row.unit === unit && row.subject === subject && hasFigure(row),
  );
}
