import type {
  FleetReport,
  Loan,
  MonitorReport,
  ProcessReport,
  RecentEvent,
  WaitingReport,
} from '../../monitor/report.js';
import { duration } from '../../monitor/duration.js';
import { concernsOf } from '../concerns.js';
import { groupLeaks, type LeakGroup } from '../leak-groups.js';
import type { Paint } from '../paint.js';
import { concernText } from '../status.js';
import { poolRows, poolTable, type PoolRow } from '../pool-view.js';
import { table, type Column } from '../table.js';
import { cut, harmless } from '../text.js';

/** A part of the screen, such as the list of loans. */
export interface Section {
  /** Shown above the section; undefined for a section without a title. */
  readonly title: string | undefined;
  /** How many items there are. If rows are short, only some of them are shown. */
  readonly count: number;
  /** How many items there are, in words, if one line may stand for several items; without it, `count` is shown. */
  readonly amount?: string | undefined;
  /** The heading lines, which are always shown; `lines` has one line for each item. */
  readonly head: readonly string[];
  readonly lines: readonly string[];
  /** How many of the lines get a row before any section gets additional rows. */
  readonly least: number;
}

interface Of<T> {
  readonly row: PoolRow;
  readonly item: T;
}

const dash = (text: string | undefined): string => (text === undefined || text === '' ? '-' : harmless(text));
const pools = <T>(): Column<Of<T>> => ({
  title: 'POOL',
  cell: ({ row }) => harmless(row.pool.stats.name),
  least: 6,
  goes: 3,
});

const LOANS: readonly Column<Of<Loan>>[] = [
  { title: 'AGE', cell: ({ item }) => duration(item.heldFor), align: 'right', goes: 0 },
  pools(),
  { title: 'LABEL', cell: ({ item }) => dash(item.label), least: 6, goes: 2 },
  { title: 'CALL SITE', cell: ({ item }) => dash(item.callSite), keep: 'end', least: 12, goes: 1 },
  { title: 'LAST STATEMENT', cell: ({ item }) => dash(item.recent[0]), least: 14, goes: 2 },
];

/** One row for all suspected leaks that were taken at the same line of the program. */
const LEAKS: readonly Column<Of<LeakGroup>>[] = [
  { title: 'LOANS', cell: ({ item }) => String(item.count), align: 'right', goes: 1 },
  { ...LOANS[0]!, title: 'OLDEST' },
  ...LOANS.slice(1),
];

const WAITING: readonly Column<Of<WaitingReport>>[] = [
  { title: 'WAITED', cell: ({ item }) => duration(item.waitedFor), align: 'right', goes: 0 },
  pools(),
  {
    title: 'GIVES UP IN',
    cell: ({ item }) => (item.leftFor === null ? 'never' : duration(Math.max(0, item.leftFor))),
    align: 'right',
    goes: 4,
  },
  { title: 'LABEL', cell: ({ item }) => dash(item.label), least: 6, goes: 2 },
  { title: 'CALL SITE', cell: ({ item }) => dash(item.callSite), keep: 'end', least: 12, goes: 1 },
];

/** The limit that all processes of the fleet share, and this process's part of it. */
const FLEETS: readonly Column<Of<FleetReport>>[] = [
  pools(),
  { title: 'FLEET', cell: ({ item }) => dash(item.name), least: 6, goes: 4 },
  {
    title: 'SESSIONS',
    cell: ({ item }) => `${item.counted ?? '?'}/${item.limit ?? '?'}`,
    align: 'right',
    goes: 0,
  },
  { title: 'HERE', cell: ({ item }) => String(item.held), align: 'right', goes: 1 },
  { title: 'SHARE', cell: ({ item }) => String(item.share ?? '-'), align: 'right', goes: 2 },
  { title: 'DEMAND', cell: ({ item }) => String(item.demand), align: 'right', goes: 2 },
  { title: 'FLOOR', cell: ({ item }) => String(item.floor), align: 'right', goes: 5 },
  { title: 'REFUSED', cell: ({ item }) => String(item.refusals), align: 'right', goes: 6 },
  { title: 'GIVEN UP', cell: ({ item }) => String(item.sheds), align: 'right', goes: 7 },
  {
    title: 'COORDINATOR',
    cell: ({ item }) =>
      dash(item.problem === undefined ? item.coordinator : `${item.coordinator} lost: ${item.problem}`),
    least: 11,
    goes: 8,
    style: ({ item }) => (item.problem === undefined ? undefined : 'yellow'),
  },
];

/** A section that is a table of items. `least` is the number of rows that it gets first. */
function listed<T>(
  title: string,
  columns: readonly Column<Of<T>>[],
  items: readonly Of<T>[],
  least: number,
  view: View,
): Section {
  const several = new Set(view.rows.map(({ pool }) => pool)).size > 1;
  const shown = several ? columns : columns.filter((column) => column.title !== 'POOL');
  // No terminal has room for more rows.
  const [head = '', ...lines] = table(shown, items.slice(0, 200), view.width, view.paint);
  return {
    title,
    count: items.length,
    head: items.length === 0 ? [] : [head],
    lines: items.length === 0 ? [] : lines,
    least,
  };
}

function leakSection(groups: readonly Of<LeakGroup>[], view: View): Section {
  const count = groups.reduce((sum, { item }) => sum + item.count, 0);
  if (count === groups.length) return listed<Loan>('SUSPECTED LEAKS', LOANS, groups, 2, view);
  const amount = `${count} from ${groups.length === 1 ? 'one line' : `${groups.length} lines`}`;
  return { ...listed<LeakGroup>('SUSPECTED LEAKS', LEAKS, groups, 2, view), amount };
}

interface View {
  readonly rows: readonly PoolRow[];
  readonly width: number;
  readonly paint: Paint;
}

/** All sections of the screen below its heading, in order. Empty sections are left out. */
export function sectionsOf(report: MonitorReport, width: number, paint: Paint): Section[] {
  const rows = poolRows(report);
  const view = { rows, width, paint };
  const all = <T>(itemsOf: (row: PoolRow) => readonly T[]): Of<T>[] =>
    rows.flatMap((row) => itemsOf(row).map((item) => ({ row, item })));
  const others = ({ pool }: PoolRow): readonly Loan[] => {
    const suspected = new Set(pool.leaks.map(({ loan }) => loan));
    return pool.loans.filter(({ loan }) => !suspected.has(loan));
  };
  const loans = all(others).toSorted((a, b) => b.item.heldFor - a.item.heldFor);
  const waiting = all(({ pool }) => pool.waiting).toSorted((a, b) => b.item.waitedFor - a.item.waitedFor);
  const leaks = all(({ pool }) => groupLeaks(pool)).toSorted((a, b) => b.item.heldFor - a.item.heldFor);
  const sections = [
    poolSection(view),
    concernSection(report, view),
    listed<FleetReport>(
      'FLEETS',
      FLEETS,
      all(({ pool }) => (pool.fleet === undefined ? [] : [pool.fleet])),
      1,
      view,
    ),
    leakSection(leaks, view),
    listed<Loan>(leaks.length > 0 ? 'OTHER LOANS' : 'LOANS', LOANS, loans, 3, view),
    listed<WaitingReport>('WAITING', WAITING, waiting, 2, view),
    eventSection(
      all(({ pool }) => pool.events),
      view,
    ),
  ];
  return sections.filter(({ count }) => count > 0);
}

function poolSection({ rows, width, paint }: View): Section {
  const [head = '', ...lines] = poolTable(rows, width, paint);
  return { title: undefined, count: rows.length, head: [head], lines, least: 3 };
}

function concernSection(report: MonitorReport, { width, paint }: View): Section {
  const concerns = concernsOf(report);
  const lines = concerns.map((concern) => paint('red', '!') + cut(` ${concernText(concern)}`, width - 1));
  return { title: undefined, count: lines.length, head: [], lines, least: 2 };
}

/** The newest first. */
function eventSection(events: readonly Of<RecentEvent>[], { rows, width, paint }: View): Section {
  const newest = events.toSorted((a, b) => b.item.at - a.item.at || b.item.id - a.item.id).slice(0, 100);
  const lines = newest.map(({ row, item }) => {
    const name = rows.length > 1 ? `${row.pool.stats.name}: ` : '';
    const time = cut(timeOf(item.at), width);
    return paint('dim', time) + cut(` ${harmless(name + item.text)}`, width - time.length);
  });
  return { title: 'EVENTS', count: events.length, head: [], lines, least: 1 };
}

/** The time of day in the local time zone. */
export const timeOf = (at: number): string => new Date(at).toTimeString().slice(0, 8);

/** The processes that can be reached. The others are listed as concerns instead. */
export const reached = ({ processes }: MonitorReport): readonly ProcessReport[] =>
  processes.filter(({ problem }) => problem === undefined);
