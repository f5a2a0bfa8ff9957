import { readFileSync, writeFileSync } from 'node:fs';
import type { Bench } from './bench.js';
import { shown, verdictFigure } from './report.js';
import { hasFigure, median, type Row } from './results.js';
import { OURS } from './subjects/index.js';
import { verdicts } from './wanted.js';

const MOST_COLUMNS = 6;

interface Column {
  readonly caseName: string;
  readonly unit: string;
}

/** The medians of one benchmark as tables with a line per pool; then the bounds for our figures. */
export function markdown(bench: Bench, rows: readonly Row[]): string {
  const columns = bench.cases.flatMap((caseName) => bench.measures.map(({ unit }) => ({ caseName, unit })));
  const used = columns.filter((column) => rows.some((row) => isIn(row, column) && hasFigure(row)));
  const together = used.length <= MOST_COLUMNS;
  const cases = [...new Set(used.map(({ caseName }) => caseName))];
  const parts = together
    ? [table(rows, used, ({ caseName, unit }) => (cases.length === 1 ? unit : `${caseName}: ${unit}`))]
    : cases.map((caseName) => {
        const own = used.filter((column) => column.caseName === caseName);
        return `*${caseName}*\n\n${table(rows, own, ({ unit }) => unit)}`;
      });
  const runs = Math.max(...rows.map(({ values }) => values.length));
  return [`Median of ${runs} runs.`, ...parts, wishes(bench, rows)].filter((part) => part !== '').join('\n\n');
}

const isIn = (row: Row, { caseName, unit }: Column): boolean => row.caseName === caseName && row.unit === unit;

const cells = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;

function table(rows: readonly Row[], columns: readonly Column[], title: (column: Column) => string): string {
  const own = rows.filter((row) => columns.some((column) => isIn(row, column)));
  const measured = new Set(own.filter(hasFigure).map(({ subject }) => subject));
  const lines = [...measured].map((subject) => {
    const figures = columns.map((column) => {
      const row = own.find((each) => each.subject === subject && isIn(each, column));
      if (row === undefined) return '';
      return hasFigure(row) ? shown(median(row.values)) : (row.absent ?? '');
    });
    const all = [subject, ...figures];
    return cells(subject === OURS ? all.map((text) => (text === '' ? '' : `**${text}**`)) : all);
  });
  const head = [cells(['', ...columns.map(title)]), `|${' --- |'.repeat(columns.length + 1)}`];
  return [...head, ...lines].join('\n') + why(own.filter(({ subject }) => !measured.has(subject)));
}

/** Why some pools have no figures, and therefore no line in the table. */
function why(rows: readonly Row[]): string {
  const reasons = new Map(
    rows.flatMap(({ subject, absent }) => (absent === undefined ? [] : [[subject, absent] as const])),
  );
  if (reasons.size === 0) return '';
  const groups = [...new Set(reasons.values())].map((reason) => {
    const subjects = [...reasons.keys()].filter((subject) => reasons.get(subject) === reason);
    return `${subjects.join('; ')} (${reason})`;
  });
  return `\n\nWithout figures: ${groups.join(', ')}.`;
}

function wishes(bench: Bench, rows: readonly Row[]): string {
  const found = verdicts(bench.wanted, rows);
  if (found.length === 0) return '';
  const lines = found.map((verdict) =>
    cells([verdict.text, verdictFigure(verdict), verdict.against ?? '', verdict.holds ? 'yes' : '**no**']),
  );
  return [cells(['wanted', 'is', 'against', 'holds']), '| --- | --- | --- | --- |', ...lines].join('\n');
}

const END = '<!-- end -->';

/**
 * Puts each text into a page, between the marks `<!-- bench NAME -->` and `<!-- end -->`. Texts for which the page has
 * no marks are left out.
 * @throws Error if the page has the first mark without the second
 */
export function fillPage(file: string, parts: ReadonlyMap<string, string>): void {
  let page = readFileSync(file, 'utf8');
  for (const [name, text] of parts) {
    const begin = `<!-- bench ${name} -->`;
    const from = page.indexOf(begin);
    if (from < 0) continue;
    const to = page.indexOf(END, from);
    if (to < 0) throw new Error(`${file}: ${begin} has no ${END}`);
    page = `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`;
  }
  writeFileSync(file, page);
}
