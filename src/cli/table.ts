import { columnsIn, cut, cutStart, pad } from './text.js';
import { plain, type Paint, type Style } from './paint.js';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly style?: ((row: Row) => Style | undefined) | undefined;
  readonly align?: 'left' | 'right';
  /** Which part of a cell's text stays when it is cut. */
  readonly keep?: 'start' | 'end';
  /**
   * The width to which the column may be narrowed before whole columns are dropped; undefined if it must not be cut.
   */
  readonly least?: number;
  /** If there is not enough room, the columns with the highest number are dropped first. */
  readonly goes: number;
}

interface Laid<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  width: number;
}

const GAP = 2;
const MOST = 400; // in columns; a longer cell is cut

/**
 * Formats rows as lines of at most `width` columns, below a line of titles. Cells must have gone through `harmless`.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  paint: Paint = plain,
): string[] {
  const laid = layOut(columns, rows, width);
  const line = (texts: readonly string[], styles: readonly (Style | undefined)[]): string =>
    laid
      .map(({ column, width: room }, at) => {
        const isLast = at === laid.length - 1 && column.align !== 'right';
        const text = column.keep === 'end' ? cutStart(texts[at]!, room) : cut(texts[at]!, room);
        const style = styles[at];
        const painted = style === undefined ? text : paint(style, text);
        const blanks = ' '.repeat(Math.max(0, room - columnsIn(text)));
        if (isLast) return painted;
        return column.align === 'right' ? blanks + painted : painted + blanks;
      })
      .join(' '.repeat(GAP));
  const head = laid.map(({ column, width: room }) => pad(cut(column.title, room), room, column.align ?? 'left'));
  return [
    paint('dim', head.join(' '.repeat(GAP)).trimEnd()),
    ...rows.map((row, index) =>
      line(
        laid.map(({ cells }) => cells[index]!),
        laid.map(({ column }) => column.style?.(row)),
      ),
    ),
  ];
}

function layOut<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): Laid<Row>[] {
  let laid: Laid<Row>[] = columns.map((column) => {
    const cells = rows.map((row) => column.cell(row));
    return { column, cells, width: Math.min(MOST, Math.max(...[column.title, ...cells].map(columnsIn))) };
  });
  const natural = new Map(laid.map((each) => [each.column, each.width]));
  // Each iteration drops one column, so the loop ends.
  for (;;) {
    for (const each of laid) each.width = natural.get(each.column)!;
    if (shrink(laid, width) || laid.length <= 1) return laid;
    const first = Math.max(...laid.map(({ column }) => column.goes));
    const gone = laid.findLast(({ column }) => column.goes === first);
    laid = laid.filter((each) => each !== gone);
  }
}

/** Narrows the widest of the columns that may be cut, until all columns fit. Returns whether they fit. */
function shrink<Row>(laid: readonly Laid<Row>[], width: number): boolean {
  const room = width - GAP * (laid.length - 1);
  let over = laid.reduce((sum, each) => sum + each.width, -room);
  while (over > 0) {
    const elastic = laid.filter((each) => each.column.least !== undefined && each.width > each.column.least);
    const widest = elastic.reduce<Laid<Row> | undefined>((a, b) => (a && a.width >= b.width ? a : b), undefined);
    if (widest === undefined) break;
    widest.width--;
    over--;
  }
  // A single remaining column is cut even if it is not meant to be.
  if (over > 0 && laid.length === 1) laid[0]!.width = Math.max(1, room);
  return over <= 0;
}
