import type { MonitorReport, PoolHistory, PoolReport, ProcessReport } from '../report.js';

/** A pool that the page shows, with its process. */
export interface KnownPool {
  /** Unique among the pools of all processes; it is the hash of the page's URL when the pool is chosen. */
  readonly key: string;
  readonly process: ProcessReport;
  readonly report: PoolReport;
}

/** How much history is kept, in ms. */
const WINDOW = 300_000;
const MOST_EVENTS = 100;

/** How far charts reach back, in ms: less than the whole window as long as there is little history. */
export function windowOf(at: readonly number[]): number {
  const span = (at.at(-1) ?? 0) - (at[0] ?? 0);
  return [60_000, 120_000].find((most) => span <= most) ?? WINDOW;
}

/**
 * The pools with their whole history. Only the first report of a connection is complete; later ones contain what is
 * new.
 */
export class KnownPools {
  #pools = new Map<string, KnownPool>();
  #processes: readonly ProcessReport[] = [];

  get all(): readonly KnownPool[] {
    return [...this.#pools.values()];
  }

  get processes(): readonly ProcessReport[] {
    return this.#processes;
  }

  get(key: string): KnownPool | undefined {
    return this.#pools.get(key);
  }

  take({ processes }: MonitorReport, isFirst: boolean): void {
    const pools = new Map<string, KnownPool>();
    for (const process of processes) {
      for (const report of process.pools) {
        const key = keyOf(process, report);
        const known = isFirst ? undefined : this.#pools.get(key);
        // A different start time means a different process, even if the operating system has reused the process id.
        const before = known?.process.startedAt === process.startedAt ? known.report : undefined;
        pools.set(key, { key, process, report: before ? continued(before, report) : report });
      }
    }
    this.#pools = pools;
    this.#processes = processes;
  }
}

export function keyOf(process: ProcessReport, pool: PoolReport): string {
  return `${encodeURIComponent(process.id)}/${pool.id}`;
}

function continued(before: PoolReport, report: PoolReport): PoolReport {
  const last = before.events.at(-1)?.id ?? 0;
  const events = [...before.events, ...report.events.filter(({ id }) => id > last)].slice(-MOST_EVENTS);
  return { ...report, events, history: joined(before.history, report.history) };
}

/** Joins two histories, without samples that are older than the window, and with each sample only once. */
function joined(before: PoolHistory, now: PoolHistory): PoolHistory {
  const newest = now.at.at(-1) ?? before.at.at(-1) ?? 0;
  const first = now.at[0] ?? Infinity;
  const from = before.at.findIndex((at) => at >= newest - WINDOW);
  const end = before.at.findIndex((at) => at >= first);
  const join = (column: keyof PoolHistory): number[] => [
    ...before[column].slice(from < 0 ? before.at.length : from, end < 0 ? before.at.length : end),
    ...now[column],
  ];
  return {
    at: join('at'),
    idle: join('idle'),
    inUse: join('inUse'),
    connecting: join('connecting'),
    waiters: join('waiters'),
    acquired: join('acquired'),
    failed: join('failed'),
  };
}
