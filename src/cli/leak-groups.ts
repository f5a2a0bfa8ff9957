import type { LeakReport, PoolReport } from '../monitor/report.js';

/** Loans that are suspected to be leaks and were taken by the same line of the program; the oldest stands for all. */
export interface LeakGroup extends LeakReport {
  readonly count: number;
}

/** The leaks of a pool, those of one line together; by their label where no line is known. The oldest first. */
export function groupLeaks({ leaks }: Pick<PoolReport, 'leaks'>): readonly LeakGroup[] {
  const groups = new Map<string, LeakGroup>();
  for (const leak of leaks) {
    const key = leak.callSite ?? `by ${leak.label ?? ''}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...leak, count: 1 });
    else groups.set(key, { ...(leak.heldFor > known.heldFor ? leak : known), count: known.count + 1 });
  }
  return [...groups.values()].toSorted((a, b) => b.heldFor - a.heldFor);
}
