import { mapHistory, MOST_SAMPLES } from './history.js';
import { MOST_EVENTS } from './recent-events.js';
import type { MonitorReport, PoolHistory, PoolReport, ProcessReport } from './report.js';

/**
 * What is known after another report of a stream: that report, with the older samples and events put before its own. A
 * sample or event that is in both is there once.
 * @since 0.1.0
 */
export function mergeReport(known: MonitorReport | undefined, next: MonitorReport): MonitorReport {
  if (known === undefined) return next;
  const processes = new Map(known.processes.map((process) => [process.id, process]));
  return { ...next, processes: next.processes.map((process) => mergeProcess(processes.get(process.id), process)) };
}

function mergeProcess(known: ProcessReport | undefined, next: ProcessReport): ProcessReport {
  // With another start it is another process, though the system has given it the same number.
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
