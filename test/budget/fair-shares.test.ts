import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fairShares, type Claim } from './support/fair-shares.js';

const claim = (id: string, want: number, floor = 0, weight = 1): Claim => ({ id, want, floor, weight });
const divided = (limit: number, ...claims: Claim[]): number[] => {
  const shares = fairShares(limit, claims);
  return claims.map(({ id }) => shares.get(id)!);
};

describe('fair shares', () => {
  const rows: [string, number[], number[]][] = [
    ['all that is wanted, where there is enough', divided(10, claim('a', 3), claim('b', 4)), [3, 4]],
    ['equal parts, where all want more', divided(9, claim('a', 20), claim('b', 9), claim('c', 5)), [3, 3, 3]],
    ['what the modest leave goes to the others', divided(10, claim('a', 20), claim('b', 1), claim('c', 9)), [5, 1, 4]],
    ['the odd one goes to the first by id', divided(7, claim('b', 9), claim('a', 9)), [3, 4]],
    ['a floor is kept by who wants nothing', divided(5, claim('a', 0, 2), claim('b', 9)), [2, 3]],
    ['a floor counts towards the share', divided(6, claim('a', 9, 2), claim('b', 9)), [3, 3]],
    ['a floor above the equal part stays', divided(6, claim('a', 9, 5), claim('b', 9)), [5, 1]],
    ['weights', divided(9, claim('a', 9, 0, 2), claim('b', 9)), [6, 3]],
    ['weights count for what is left only', divided(9, claim('a', 2, 0, 2), claim('b', 9)), [2, 7]],
    ['floors above the limit starve nobody', divided(4, claim('a', 4, 4), claim('b', 4, 4), claim('c', 4)), [2, 1, 1]],
    ['more members than connections', divided(2, claim('a', 1), claim('b', 1), claim('c', 1)), [1, 1, 0]],
    ['nobody', divided(5), []],
    ['nobody wants any', divided(5, claim('a', 0), claim('b', 0)), [0, 0]],
  ];
  for (const [name, shares, expected] of rows) it(name, () => assert.deepEqual(shares, expected));
});

/** The same by giving out one connection after the other: slow, and plain to see. */
function oneByOne(limit: number, claims: readonly Claim[]): Map<string, number> {
  const floors = claims.reduce((sum, { floor }) => sum + floor, 0);
  const shares = new Map(claims.map(({ id, floor }) => [id, floors > limit ? 0 : floor]));
  const byId = claims.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (let left = limit - (floors > limit ? 0 : floors); left > 0; left--) {
    const hungry = byId.filter(({ id, want, floor }) => shares.get(id)! < Math.max(want, floor));
    if (hungry.length === 0) break;
    const level = ({ id, weight }: Claim): number => (shares.get(id)! + 1) / weight;
    const next = hungry.reduce((least, other) => (level(other) < level(least) ? other : least));
    shares.set(next.id, shares.get(next.id)! + 1);
  }
  return shares;
}

const claims = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 12 }).chain((ids) =>
  fc.tuple(
    ...ids.map((id) =>
      fc.record({
        id: fc.constant(id),
        want: fc.nat(30),
        floor: fc.nat(4),
        weight: fc.constantFrom(1, 1, 2, 3, 0.5, 1 / 3, 7),
      }),
    ),
  ),
) as fc.Arbitrary<Claim[]>;
const limits = fc.integer({ min: 1, max: 120 });
const total = (shares: Map<string, number>): number => [...shares.values()].reduce((sum, share) => sum + share, 0);

describe('any fair shares', () => {
  it('are those of giving out one connection after the other', () => {
    fc.assert(
      fc.property(limits, claims, (limit, all) => assert.deepEqual(fairShares(limit, all), oneByOne(limit, all))),
    );
  });

  it('are whole, exceed neither the limit nor what is wanted, and leave nothing that somebody wants', () => {
    fc.assert(
      fc.property(limits, claims, (limit, all) => {
        const shares = fairShares(limit, all);
        let wanted = 0;
        for (const { id, want, floor } of all) {
          const share = shares.get(id)!;
          assert.ok(Number.isInteger(share) && share >= 0 && share <= Math.max(want, floor), `${id}: ${share}`);
          wanted += Math.max(want, floor);
        }
        assert.equal(total(shares), Math.min(limit, wanted));
      }),
    );
  });

  it('keep every floor that fits', () => {
    fc.assert(
      fc.property(limits, claims, (limit, all) => {
        fc.pre(all.reduce((sum, { floor }) => sum + floor, 0) <= limit);
        const shares = fairShares(limit, all);
        for (const { id, floor } of all) assert.ok(shares.get(id)! >= floor);
      }),
    );
  });

  it('do not depend on the order of the claims', () => {
    fc.assert(
      fc.property(limits, claims, (limit, all) => {
        const other = fairShares(limit, all.toReversed());
        for (const [id, share] of fairShares(limit, all)) assert.equal(other.get(id), share);
      }),
    );
  });

  it('grow with the limit, for everybody', () => {
    fc.assert(
      fc.property(limits, claims, (limit, all) => {
        fc.pre(all.reduce((sum, { floor }) => sum + floor, 0) <= limit);
        const more = fairShares(limit + 1, all);
        for (const [id, share] of fairShares(limit, all)) assert.ok(more.get(id)! >= share);
      }),
    );
  });

  it('are given again to who asks for no more than them: nobody oscillates', () => {
    fc.assert(
      fc.property(limits, claims, (limit, all) => {
        const shares = fairShares(limit, all);
        const content = all.map((one): Claim => ({ ...one, want: shares.get(one.id)! }));
        const floors = all.reduce((sum, { floor }) => sum + floor, 0);
        if (floors <= limit) assert.deepEqual(fairShares(limit, content), shares);
      }),
    );
  });
});
