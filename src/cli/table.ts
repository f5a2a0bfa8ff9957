import { columnsIn, cut, cutStart, pad } from './text.js';
import { plain, type Paint, type Style } from './paint.js';

/** One column of a table over rows of one kind. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly style?: ((row: Row) => Style | undefined) | undefined;
  readonly align?: 'left' | 'right';
  /** What stays when it is cut. */
  readonly keep?: 'start' | 'end';
  /** It may be cut down to so many columns of the terminal before any other goes. */
  readonly least?: number;
  /** When there is no room the column with the highest number goes first; the one with 0 stays. */
  readonly goes: number;
}

interface Laid<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  width: number;
}

const GAP = 2;
const MOST = 400; // no cell is ever wider

/** The rows as lines of at most `width` columns, under their titles. Cells must be harmless. */
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
  // Each turn drops one column, so there are no more turns than columns.
  for (;;) {
    for (const each of laid) each.width = natural.get(each.column)!;
    if (shrink(laid, width) || laid.length <= 1) return laid;
    const first = Math.max(...laid.map(({ column }) => column.goes));
    const gone = laid.findLast(({ column }) => column.goes === first);
    laid = laid.filter((each) => each !== gone);
  }
}

/** Cuts the widest of those that may be cut, until they fit; whether they do. */
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
  // A single column that is too wide is cut all the same.
  if (over > 0 && laid.length === 1) laid[0]!.width = Math.max(1, room);
  return over <= 0;
}
