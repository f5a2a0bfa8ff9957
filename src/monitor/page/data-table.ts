import { el, KeyedList, setText, show, type View } from './dom.js';

export type ColumnKind = 'number' | 'label' | 'place' | 'text';

export interface Column<T> {
  readonly heading: string;
  /** Decides on the width of the column, and whether its text may wrap. @default 'text' */
  readonly kind?: ColumnKind;
  /** Makes the content of a cell. */
  readonly cell: () => View<T>;
}

export interface TableText<T> {
  readonly heading: string;
  /** The text that is shown if there are no rows. */
  readonly empty: string;
  readonly keyOf: (item: T) => string;
}

/** A column of short texts, such as figures. */
export function textColumn<T>(heading: string, textOf: (item: T) => string, kind: ColumnKind = 'number'): Column<T> {
  return {
    heading,
    kind,
    cell() {
      const root = el('span');
      return { root, update: (item) => setText(root, textOf(item)) };
    },
  };
}

/** A column whose cells are made by `create`. */
export function viewColumn<T, V>(
  heading: string,
  kind: ColumnKind,
  valueOf: (item: T) => V,
  create: () => View<V>,
): Column<T> {
  return {
    heading,
    kind,
    cell() {
      const view = create();
      return { root: view.root, update: (item) => view.update(valueOf(item)) };
    },
  };
}

/**
 * A panel with a table that scrolls on its own, also by keyboard. On narrow screens the style sheet shows the rows as
 * blocks, so that browsers no longer treat them as a table: ARIA roles keep this meaning.
 */
export class DataTable<T> implements View<readonly T[]> {
  readonly root: HTMLElement;
  readonly #heading = el('span', { class: 'count' });
  readonly #region: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #rows: KeyedList<T>;

  constructor({ heading, empty, keyOf }: TableText<T>, columns: readonly Column<T>[]) {
    const body = el('tbody', { role: 'rowgroup' });
    const cells = columns.map((column) =>
      el('th', { role: 'columnheader', scope: 'col', class: column.kind }, column.heading),
    );
    const head = el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, ...cells));
    const table = el('table', { role: 'table', 'aria-label': heading }, head, body);
    this.#region = el('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': heading }, table);
    this.#empty = el('p', { class: 'empty' }, empty);
    this.root = el(
      'section',
      { class: 'panel wide' },
      el('h3', {}, heading, ' ', this.#heading),
      this.#empty,
      this.#region,
    );
    this.#rows = new KeyedList(body, keyOf, () => rowOf(columns));
  }

  update(items: readonly T[]): void {
    this.#rows.update(items);
    setText(this.#heading, items.length === 0 ? '' : `${items.length}`);
    show(this.#region, items.length > 0);
    show(this.#empty, items.length === 0);
  }
}

function rowOf<T>(columns: readonly Column<T>[]): View<T> {
  const views = columns.map((column) => column.cell());
  const cells = columns.map(({ heading, kind }, index) =>
    el('td', { role: 'cell', class: kind, 'data-heading': heading }, views[index]!.root),
  );
  return {
    root: el('tr', { role: 'row' }, ...cells),
    update(item) {
      for (const view of views) view.update(item);
    },
  };
}
