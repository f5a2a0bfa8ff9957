import { OURS } from './subjects/index.js';

/** The measurements of one pool in one case and one unit. */
export interface Row {
  readonly bench: string;
  readonly subject: string;
  readonly caseName: string;
  readonly unit: string;
  /** One value per run; empty if the pool could not be measured. */
  readonly values: number[];
  /** Why there are no values. */
  readonly absent?: string;
}

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * The ratio of two rows, as the median of the ratios within the runs: both figures of a run are taken within seconds,
 * so that other load on the machine affects both and cancels out.
 */
export function ratio(row: Row, to: Row): number {
  const runs = Math.min(row.values.length, to.values.length);
  return median(Array.from({ length: runs }, (_, run) => row.values[run]! / to.values[run]!));
}

export const hasFigure = ({ values }: Row): boolean => values.length > 0;

/** The row of one pool, if it has figures. */
export function rowOf(rows: readonly Row[], caseName: string, unit: string, subject: string = OURS): Row | undefined {
  return rows.find(
    (row) => row.caseName === caseName && row.unit === unit && row.subject === subject && hasFigure(row),
  );
}
