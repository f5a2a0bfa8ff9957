import type { MonitorReport } from '../../monitor/report.js';
import { duration } from '../../monitor/duration.js';
import { count } from '../amounts.js';
import { limitText } from '../concerns.js';
import { poolRows, type PoolRow } from '../pool-view.js';
import { harmless } from '../text.js';

/** One line for each pool and for each process that cannot be reached, for output into a pipe or a log. */
export function plainLines(report: MonitorReport): string[] {
  const time = new Date(report.at).toISOString();
  const rows = poolRows(report);
  const several = report.processes.length > 1;
  const lost = report.processes.flatMap(({ id, problem }) =>
    problem === undefined ? [] : [`${time} ${harmless(`${id}: ${problem}`)}`],
  );
  if (rows.length === 0 && lost.length === 0) return [`${time} no pool is open`];
  return [
    ...lost,
    ...rows.map((row) => `${time} ${harmless(several ? `${row.process.id} ` : '')}${several ? ' ' : ''}${lineOf(row)}`),
  ];
}

function lineOf({ pool }: PoolRow): string {
  const { name, state, size, maxSize, inUse, waiters, longestWait, oldestLoan, limitedBy } = pool.stats;
  const parts = [
    `${state}, ${size} of ${maxSize ?? 'any number of'} open`,
    `${inUse} in use${oldestLoan > 0 ? ` (oldest ${duration(oldestLoan)})` : ''}`,
    `${waiters} waiting${limitedBy === undefined ? '' : ` for ${limitText(limitedBy)}`}${longestWait > 0 ? ` (longest ${duration(longestWait)})` : ''}`,
    `${Math.round(pool.history.acquired.at(-1) ?? 0)} loans/s`,
    `${Math.round(pool.history.failed.at(-1) ?? 0)} failed/s`,
  ];
  const { fleet } = pool;
  if (fleet !== undefined) {
    parts.push(`${fleet.held} of ${fleet.limit ?? '?'} of fleet ${fleet.name} here (demand ${fleet.demand})`);
  }
  if (pool.leaks.length > 0) parts.push(`${count(pool.leaks.length, 'leak')} suspected`);
  return harmless(`${name}: ${parts.join(', ')}`);
}
