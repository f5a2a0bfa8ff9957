import type { MonitorReport, PoolReport, ProcessReport } from '../monitor/report.js';
import { duration } from '../monitor/duration.js';
import { concernsOfPool } from './concerns.js';
import type { Paint } from './paint.js';
import { table, type Column } from './table.js';
import { harmless } from './text.js';

/** A pool and the process that it belongs to. */
export interface PoolRow {
  readonly process: ProcessReport;
  readonly pool: PoolReport;
  readonly isTroubled: boolean;
}

/** All pools: first those with a concern, then the busiest. */
export function poolRows({ at, processes }: MonitorReport): PoolRow[] {
  const rows = processes.flatMap((process) =>
    process.pools.map((pool) => ({ process, pool, isTroubled: concernsOfPool(pool, at).length > 0 })),
  );
  return rows.toSorted(
    (a, b) =>
      Number(b.isTroubled) - Number(a.isTroubled) ||
      b.pool.stats.waiters - a.pool.stats.waiters ||
      share(b.pool) - share(a.pool) ||
      a.pool.stats.name.localeCompare(b.pool.stats.name) ||
      a.process.id.localeCompare(b.process.id),
  );
}

/** The fraction of the pool that is in use, for sorting. A pool without a limit is ranked by its number of loans. */
function share({ stats: { inUse, maxSize } }: PoolReport): number {
  return maxSize === null ? inUse / 1_000 : inUse / maxSize;
}

const last = (values: readonly number[]): number => values.at(-1) ?? 0;
const perSecond = (values: readonly number[]): string => {
  const value = last(values);
  return value > 0 && value < 10 ? value.toFixed(1) : String(Math.round(value));
};
const since = (ms: number): string => (ms > 0 ? duration(ms) : '-');
const open = ({ stats: { size, maxSize } }: PoolReport): string => {
  return `${size}/${maxSize ?? '∞'}`;
};

const COLUMNS: readonly Column<PoolRow>[] = [
  {
    title: 'POOL',
    cell: ({ pool }) => harmless(pool.stats.name),
    least: 10,
    goes: 0,
    style: ({ isTroubled }) => (isTroubled ? 'red' : 'bold'),
  },
  { title: 'PROCESS', cell: ({ process }) => harmless(process.id), least: 8, goes: 6 },
  {
    title: 'STATE',
    cell: ({ pool }) => pool.stats.state,
    goes: 8,
    style: ({ pool }) => (pool.stats.state === 'open' ? undefined : 'yellow'),
  },
  { title: 'OPEN', cell: ({ pool }) => open(pool), align: 'right', goes: 1 },
  { title: 'IN USE', cell: ({ pool }) => String(pool.stats.inUse), align: 'right', goes: 2 },
  { title: 'IDLE', cell: ({ pool }) => String(pool.stats.idle), align: 'right', goes: 9 },
  {
    title: 'WAIT',
    cell: ({ pool }) => String(pool.stats.waiters),
    align: 'right',
    goes: 1,
    style: ({ pool }) => (pool.stats.waiters > 0 ? 'yellow' : undefined),
  },
  { title: 'LONGEST', cell: ({ pool }) => since(pool.stats.longestWait), align: 'right', goes: 3 },
  { title: 'LOANS/S', cell: ({ pool }) => perSecond(pool.history.acquired), align: 'right', goes: 7 },
  {
    title: 'FAILED/S',
    cell: ({ pool }) => perSecond(pool.history.failed),
    align: 'right',
    goes: 5,
    style: ({ pool }) => (last(pool.history.failed) > 0 ? 'red' : undefined),
  },
  { title: 'OLDEST LOAN', cell: ({ pool }) => since(pool.stats.oldestLoan), align: 'right', goes: 4 },
  { title: 'SERVER', cell: ({ pool }) => serverOf(pool), align: 'right', goes: 10 },
];

/** How many of the server's connections are in use. */
function serverOf({ server }: PoolReport): string {
  if (server?.threadsConnected === undefined) return '-';
  return `${server.threadsConnected}/${server.maxConnections ?? '?'}`;
}

/** A table of pools, with as many columns as fit into the width. */
export function poolTable(rows: readonly PoolRow[], width: number, paint: Paint): string[] {
  const several = new Set(rows.map(({ process }) => process.id)).size > 1;
  const columns = several ? COLUMNS : COLUMNS.filter(({ title }) => title !== 'PROCESS');
  return table(columns, rows, width, paint);
}

/** Describes a process in one line. */
export function processLine({ id, title, node, startedAt, loopDelay, problem }: ProcessReport, now: number): string {
  if (problem !== undefined) return harmless(`${id}: ${problem}`);
  const up = duration(Math.max(0, now - startedAt));
  const about = `node ${node.replace(/^v/, '')}, up ${up}, event loop late by ${duration(loopDelay.p99)} (p99)`;
  return [title, id, about].map(harmless).join('  ');
}
