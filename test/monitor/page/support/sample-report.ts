import type { MonitorReport, PoolHistory, PoolReport, ProcessReport } from 'node-mysqlpool/monitor';
import * as reports from '../../../cli/support/reports.js';

/** The report of an empty pool, except for the given parts. */
export const poolReport = ({ stats = statsOf(), ...given }: Partial<PoolReport> = {}): PoolReport =>
  reports.poolReport(stats, {
    waits: { bounds: [0, 1], counts: [0, 0, 0] },
    holds: { bounds: [1], counts: [0, 0] },
    ...given,
  });

export const statsOf = (given: Partial<PoolReport['stats']> = {}): PoolReport['stats'] =>
  reports.poolReport({ name: 'orders', ...given }).stats;

/** Samples at these times. `inUse` is the sample's time in seconds, so that a mixed-up column is noticed. */
export function historyOf(at: readonly number[], failed = 0): PoolHistory {
  const nothing = at.map(() => 0);
  return {
    at,
    idle: nothing,
    inUse: at.map((time) => time / 1000),
    connecting: nothing,
    waiters: nothing,
    acquired: nothing,
    failed: at.map(() => failed),
  };
}

export const processReport = (pools: readonly PoolReport[], given: Partial<ProcessReport> = {}): ProcessReport =>
  reports.processReport(pools, {
    id: '7@web-1',
    title: 'shop',
    pid: 7,
    host: 'web-1',
    startedAt: 1_000,
    loopDelay: { mean: 0, p99: 0, max: 0 },
    ...given,
  });

export const reportOf = (...processes: ProcessReport[]): MonitorReport => ({
  ...reports.reportOf(...processes),
  at: 1_000_000,
});
