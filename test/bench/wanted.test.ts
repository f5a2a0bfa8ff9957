import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { bench, moduleOf } from './support.js';

interface Row {
  readonly bench: string;
  readonly subject: string;
  readonly caseName: string;
  readonly unit: string;
  readonly values: number[];
}

interface Bound {
  readonly least?: number;
  readonly most?: number;
}

interface Verdict {
  readonly text: string;
  readonly value: number;
  readonly against: string | undefined;
  readonly holds: boolean;
}

interface Modules {
  median(values: readonly number[]): number;
  ratio(row: Row, to: Row): number;
  figure(caseName: string, unit: string, bound: Bound): unknown;
  ofBest(caseName: string, unit: string, bound: Bound): unknown;
  ofSubject(caseName: string, unit: string, subject: string, bound: Bound): unknown;
  ofCase(caseName: string, other: string, unit: string, bound: Bound): unknown;
  verdicts(wanted: readonly unknown[], rows: readonly Row[]): Verdict[];
}

const row = (subject: string, values: number[], caseName = 'a'): Row => ({
  bench: 'b',
  subject,
  caseName,
  unit: 'u',
  values,
});

describe('what is wanted of the figures', () => {
  let of: Modules;

  before(async () => {
    assert.equal((await bench('--help')).code, 0);
    of = { ...(await moduleOf<Modules>('results')), ...(await moduleOf<Modules>('wanted')) };
  });

  it('takes the middle', () => {
    assert.equal(of.median([9, 1, 5]), 5);
    assert.equal(of.median([9, 1, 5, 7]), 6);
  });

  it('compares within the runs, so that a slow minute of the machine falls out', () => {
    // The second run took ten times as long, for both.
    assert.equal(of.ratio(row('mysqlpool', [1, 10, 1]), row('tarn', [2, 20, 2])), 0.5);
  });

  it('compares with the best other pool, whichever way is better', () => {
    const rows = [row('mysqlpool', [6]), row('tarn', [3]), row('mysql2', [2])];
    const [more, less] = of.verdicts([of.ofBest('a', 'u', { least: 3 }), of.ofBest('a', 'u', { most: 2 })], rows);
    assert.deepEqual([more!.value, more!.against, more!.holds], [2, 'tarn', false]);
    assert.deepEqual([less!.value, less!.against, less!.holds], [3, 'mysql2', false]);
  });

  it('takes for peers neither callbacks, nor other languages, nor what is no pool', () => {
    const others = ['mysql2-callback', 'sqlalchemy', 'no pool at all', 'many dials'].map((name) => row(name, [100]));
    const [verdict] = of.verdicts(
      [of.ofBest('a', 'u', { least: 3 })],
      [row('mysqlpool', [6]), row('tarn', [1]), ...others],
    );
    assert.deepEqual([verdict!.value, verdict!.against, verdict!.holds], [6, 'tarn', true]);
  });

  it('compares cases, single pools and bare figures', () => {
    const rows = [row('mysqlpool', [6]), row('mysqlpool', [3], 'b'), row('mysql2', [4])];
    const found = of.verdicts(
      [
        of.ofCase('a', 'b', 'u', { most: 2 }),
        of.ofSubject('a', 'u', 'mysql2', { least: 2 }),
        of.figure('a', 'u', { most: 6 }),
      ],
      rows,
    );
    assert.deepEqual(
      found.map(({ text, value, holds }) => [text, value, holds]),
      [
        ['a: <= 2 x b', 2, true],
        ['a: >= 2 x mysql2', 1.5, false],
        ['a: <= 6 u', 6, true],
      ],
    );
  });

  it('judges nothing that was not measured', () => {
    const wanted = [of.ofBest('a', 'u', { least: 3 }), of.figure('c', 'u', { most: 1 })];
    assert.deepEqual(of.verdicts(wanted, [row('mysqlpool', [6])]), []);
    assert.deepEqual(of.verdicts(wanted, [row('mysqlpool', []), row('tarn', [1])]), []);
  });
});
