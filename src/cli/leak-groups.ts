import type { LeakReport, PoolReport } from '../monitor/report.js';
import { byCallSite } from '../log/by-call-site.js';

/** Suspected leaks that were taken at the same line of the program. The properties are those of the oldest loan. */
export interface LeakGroup extends LeakReport {
  readonly count: number;
}

/** Groups the suspected leaks of a pool by the line that took them, the oldest first. */
export const groupLeaks = ({ leaks }: Pick<PoolReport, 'leaks'>): readonly LeakGroup[] =>
  byCallSite(leaks.toSorted(older)).map((group) => ({ ...group[0], count: group.length }));

const older = (a: LeakReport, b: LeakReport): number => b.heldFor - a.heldFor;
