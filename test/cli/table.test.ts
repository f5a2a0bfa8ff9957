import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { columnsIn, harmless } from '#internal/cli/text.js';
import { table, type Column } from '#internal/cli/table.js';

interface Row {
  readonly name: string;
  readonly size: number;
  readonly path: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name, least: 4, goes: 0 },
  { title: 'SIZE', cell: ({ size }) => String(size), align: 'right', goes: 1 },
  { title: 'PATH', cell: ({ path }) => path, keep: 'end', least: 6, goes: 2 },
];
const ROWS: readonly Row[] = [
  { name: 'orders', size: 7, path: 'lib/orders.js' },
  { name: 'a-very-long-name', size: 1_234, path: 'x.js' },
];

describe('a table', () => {
  it('gives each column what it needs', () => {
    assert.deepEqual(table(COLUMNS, ROWS, 80), [
      'NAME              SIZE  PATH',
      'orders               7  lib/orders.js',
      'a-very-long-name  1234  x.js',
    ]);
  });

  it('cuts what may be cut first, the widest first', () => {
    assert.deepEqual(table(COLUMNS, ROWS, 30), [
      'NAME         SIZE  PATH',
      'orders          7  …/orders.js',
      'a-very-lon…  1234  x.js',
    ]);
  });

  it('then leaves out columns', () => {
    assert.deepEqual(table(COLUMNS, ROWS, 17), ['NAME         SIZE', 'orders          7', 'a-very-lon…  1234']);
    assert.deepEqual(table(COLUMNS, ROWS, 8), ['NAME', 'orders', 'a-very-…']);
    assert.deepEqual(table(COLUMNS, ROWS, 3), ['NA…', 'or…', 'a-…']);
  });

  it('puts colour around the text, not around the blanks', () => {
    const columns: Column<Row>[] = [{ ...COLUMNS[0]!, style: () => 'red' }, COLUMNS[1]!];
    const [, first] = table(columns, ROWS, 80, (style, text) => `<${style}>${text}</>`);
    assert.equal(first, '<red>orders</>               7');
  });

  it('has a head only, without rows', () => {
    assert.deepEqual(table(COLUMNS, [], 80), ['NAME  SIZE  PATH']);
  });

  it('is never wider than it was told', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map(harmless);
    const rows = fc.array(fc.record({ name: text, size: fc.nat(), path: text }), { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 90 }), (given, width) => {
        const lines = table(COLUMNS, given, width);
        return lines.length === given.length + 1 && lines.every((line) => columnsIn(line) <= width);
      }),
    );
  });
});
