import type { LeakReport, PoolReport } from '../monitor/report.js';
import { byCallSite } from '../log/by-call-site.js';

/** Loans that are suspected to be leaks and were taken by the same line of the program; the oldest stands for all. */
export interface LeakGroup extends LeakReport {
  readonly count: number;
}

/** The leaks of a pool, those of one line together. The oldest first. */
export const groupLeaks = ({ leaks }: Pick<PoolReport, 'leaks'>): readonly LeakGroup[] =>
  byCallSite(leaks.toSorted(older)).map((group) => ({ ...group[0], count: group.length }));

const older = (a: LeakReport, b: LeakReport): number => b.heldFor - a.heldFor;
