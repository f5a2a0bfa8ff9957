import type { MonitorReport } from '../../monitor/report.js';
import type { Paint } from '../paint.js';
import { processLine } from '../pool-view.js';
import { columnsIn, cut, harmless } from '../text.js';
import { reached, sectionsOf, timeOf, type Section } from './sections.js';

/** What a frame shows. */
export interface Sight {
  /** The address of the monitor. */
  readonly url: string;
  /** The latest report. */
  readonly report: MonitorReport;
  /** One line about the connection to the monitor, such as why there is no newer report; undefined if all is well. */
  readonly trouble: string | undefined;
  /** Whether it is printed once (`--once`) instead of refreshed. */
  readonly isOnce: boolean;
}

const MOST_PROCESS_LINES = 3;

/** The lines of a frame: at most `rows` lines, each narrower than `columns`. */
export function frame(sight: Sight, columns: number, rows: number, paint: Paint): string[] {
  const width = Math.max(1, columns - 1);
  const head = [...headLines(sight, width, paint), ''];
  const sections = sectionsOf(sight.report, width, paint);
  if (sections.length === 0) return [...head, cut('No pool is open.', width)].slice(0, rows);
  return [...head, ...fill(sections, rows - head.length, width, paint)].slice(0, rows);
}

function headLines({ url, report, trouble, isOnce }: Sight, width: number, paint: Paint): string[] {
  const right = `${timeOf(report.at)}${isOnce ? '' : '  q quits'}`;
  const left = cut(`mysqlpool top  ${url}`, width - right.length - 2);
  const gap = Math.max(2, width - columnsIn(left) - right.length);
  const first = paint('bold', left) + ' '.repeat(gap) + paint('dim', right);
  const processes = reached(report);
  const shown = processes.slice(0, MOST_PROCESS_LINES).map((process) => cut(processLine(process, report.at), width));
  const more = processes.length - shown.length;
  return [
    width < right.length + 6 ? cut('mysqlpool top', width) : first,
    ...(trouble === undefined ? [] : [paint('yellow', cut(harmless(trouble), width))]),
    ...shown,
    ...(more > 0 ? [cut(`and ${more} more processes`, width)] : []),
  ];
}

/**
 * Distributes the rows: first each section gets its minimum, in order. Then the sections that have more lines get one
 * row each in turn, until all rows are used.
 */
function fill(sections: readonly Section[], rows: number, width: number, paint: Paint): string[] {
  const overhead = (section: Section): number => section.head.length + (section.title === undefined ? 0 : 1) + 1;
  let left = rows;
  const given = new Map<Section, number>();
  for (const section of sections) {
    const wanted = Math.min(section.least, section.lines.length);
    const room = Math.min(wanted, left - overhead(section));
    if (room < 1) continue;
    given.set(section, room);
    left -= room + overhead(section);
  }
  let someoneGrew = true;
  while (left > 0 && someoneGrew) {
    someoneGrew = false;
    for (const [section, room] of given) {
      if (left === 0 || room >= section.lines.length) continue;
      given.set(section, room + 1);
      left--;
      someoneGrew = true;
    }
  }
  const lines = [...given].flatMap(([section, room]) => [
    ...titleOf(section, room, width, paint),
    ...section.head,
    ...section.lines.slice(0, room),
    '',
  ]);
  return lines.slice(0, -1);
}

function titleOf({ title, count, amount }: Section, shown: number, width: number, paint: Paint): string[] {
  if (title === undefined) return [];
  const all = amount ?? String(count);
  return [paint('bold', cut(shown < count ? `${title}  ${shown} of ${all}` : `${title}  ${all}`, width))];
}
