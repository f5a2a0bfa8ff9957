import { mapHistory, MOST_SAMPLES } from './history.js';
import { MOST_EVENTS } from './recent-events.js';
import type { MonitorReport, PoolHistory, PoolReport, ProcessReport } from './report.js';

/**
 * Merges the next report of a stream with what is known so far. The result is the next report, with older samples and
 * events put before its own; a sample or event that is in both is kept once.
 * @since 0.1.0
 */
export function mergeReport(known: MonitorReport | undefined, next: MonitorReport): MonitorReport {
  if (known === undefined) return next;
  const processes = new Map(known.processes.map((process) => [process.id, process]));
  return { ...next, processes: next.processes.map((process) => mergeProcess(processes.get(process.id), process)) };
}

function mergeProcess(known: ProcessReport | undefined, next: ProcessReport): ProcessReport {
  // A different start time means a different process, even if the operating system has reused the process id.
  if (known === undefined || known.startedAt !== next.startedAt) return next;
  const pools = new Map(known.pools.map((pool) => [pool.id, pool]));
  return { ...next, pools: next.pools.map((pool) => mergePool(pools.get(pool.id), pool)) };
}

function mergePool(known: PoolReport | undefined, next: PoolReport): PoolReport {
  if (known === undefined) return next;
  const lastEvent = known.events.at(-1)?.id ?? 0;
  const events = [...known.events, ...next.events.filter(({ id }) => id > lastEvent)].slice(-MOST_EVENTS);
  return { ...next, events, history: mergeHistory(known.history, next.history) };
}

function mergeHistory(known: PoolHistory, next: PoolHistory): PoolHistory {
  const last = known.at.at(-1) ?? -Infinity;
  const first = next.at.findIndex((at) => at > last);
  const from = first < 0 ? next.at.length : first;
  return mapHistory(next, (column, values) => [...known[column], ...values.slice(from)].slice(-MOST_SAMPLES));
}
