import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decide, matters, NO_OFFER, type Sight } from '#internal/budget/high-water.js';
import type { Standing } from '#internal/budget/coordinator.js';
import { WorkingFleet } from './support/working-fleet.js';

const standing = (given: Partial<Standing> = {}): Standing => ({
  held: 4,
  idle: 0,
  waiters: 0,
  demand: 4,
  floor: 0,
  weight: 1,
  refusals: 0,
  ...given,
});
const sight = (given: Partial<Sight> = {}): Sight => ({
  count: 8,
  limit: 8,
  isSomebodyStarving: false,
  standing: standing(),
  memory: NO_OFFER,
  elapsed: 250,
  dice: 0.5,
  ...given,
});

describe('what a process does that sees the count of its account', () => {
  const idle = (count: number, given: Partial<Standing> = {}): number =>
    decide(sight({ count, standing: standing({ idle: 4, ...given }) })).shed;
  const rows: [string, unknown, unknown][] = [
    ['it keeps idle ones while two places are left', idle(6), 0],
    ['it makes room for two when one is left', idle(7), 1],
    ['it makes room for two when none is left', idle(8), 2],
    [
      'of a large account it makes room for more',
      decide(sight({ count: 100, limit: 100, standing: standing({ held: 50, idle: 40 }) })).shed,
      13,
    ],
    ['it never goes below its floor', idle(8, { floor: 3 }), 1],
    ['all of them may be its floor', idle(8, { floor: 4 }), 0],
    ['more than the limit, after that was lowered, all go that are over', idle(12), 4],
    [
      'a small account is full only when it is full',
      decide(sight({ count: 2, limit: 3, standing: standing({ idle: 2 }) })).shed,
      0,
    ],
    [
      'the only place goes round',
      decide(sight({ count: 1, limit: 1, standing: standing({ held: 1, idle: 1 }) })).shed,
      1,
    ],
    ['it looks again soon where it is close', decide(sight({ count: 7 })).next, 250],
    ['it looks seldom where there is much room', decide(sight({ count: 1, limit: 100 })).next > 1_900, true],
    [
      'whoever waits tries again when there is room',
      decide(sight({ count: 5, standing: standing({ waiters: 1 }) })).retry,
      true,
    ],
    ['in use, one is offered', decide(sight()).offer, 1],
    ['below its floor, nothing is offered', decide(sight({ standing: standing({ floor: 4 }) })).offer, undefined],
    [
      'an offer is taken back when there is room',
      decide(sight({ count: 3, memory: { ...NO_OFFER, size: 1 } })).offer,
      0,
    ],
  ];
  for (const [name, value, expected] of rows) it(name, () => assert.deepEqual(value, expected));

  it('nothing matters to who has no more than its floor and nobody who waits', () => {
    assert.equal(matters(standing({ held: 2, idle: 2, floor: 2 })), false);
    assert.equal(matters(standing({ held: 0 })), false);
    assert.equal(matters(standing({ held: 0, waiters: 1 })), true);
    assert.equal(matters(standing({ held: 3, idle: 1, floor: 2 })), true);
  });

  it('an offer that nobody takes is repeated ever more seldom; one that is taken soon, and doubled', () => {
    const alone = standing({ held: 8 });
    let memory = NO_OFFER;
    const offers: number[] = [];
    for (let at = 0; at < 20_000; at += 250) {
      const made = decide(sight({ standing: alone, memory }));
      if (made.offer !== undefined) offers.push(at);
      memory = made.memory;
    }
    const apart = offers.map((at, i) => at - (offers[i - 1] ?? 0)).slice(1);
    assert.deepEqual(apart.slice(0, 6), [250, 500, 1_000, 2_000, 2_000, 2_000]);
    const taken = decide(sight({ count: 8, standing: standing({ held: 7 }), memory, elapsed: 2_000 }));
    assert.deepEqual([taken.offer, taken.memory.interval], [2, 250]);
  });

  it('whatever it sees, it never closes nor offers what belongs to its floor', () => {
    const any = fc.record({
      count: fc.nat(40),
      limit: fc.integer({ min: 1, max: 30 }),
      standing: fc
        .record({
          held: fc.nat(20),
          idle: fc.nat(20),
          waiters: fc.nat(5),
          floor: fc.nat(6),
          weight: fc.constantFrom(1, 2, 0.5),
        })
        .map((given) => standing({ ...given, idle: Math.min(given.idle, given.held) })),
      memory: fc.record({
        size: fc.nat(4),
        interval: fc.nat(4_000),
        since: fc.nat(9_000),
        held: fc.nat(20),
        hadRoom: fc.boolean(),
        needed: fc.nat(5_000),
        waited: fc.nat(5_000),
      }),
      isSomebodyStarving: fc.boolean(),
      elapsed: fc.nat(3_000),
      dice: fc.double({ min: 0, max: 0.99, noNaN: true }),
    });
    fc.assert(
      fc.property(any, (seen) => {
        const { shed, offer = 0, next, memory } = decide(seen);
        const { held, idle, floor } = seen.standing;
        assert.ok(shed >= 0 && shed <= idle && (shed === 0 || held - shed >= floor));
        assert.ok(offer === 0 || held - offer >= floor);
        assert.ok(next >= 250 && next <= 2_000 && memory.interval <= 4_000);
      }),
    );
  });
});

describe('a fleet whose processes see nothing but the count', () => {
  it('lets a newcomer in whose account is full of connections that were in use a moment ago, by processes of the same age', async () => {
    const times: number[] = [];
    const refusals: number[] = [];
    for (let seed = 1; seed <= 41; seed++) {
      const fleet = new WorkingFleet(8, seed);
      await fleet.hoard(3);
      const newcomer = fleet.add();
      newcomer.work(3, 10_000);
      times.push(await fleet.until(3_000, () => newcomer.busy === 3));
      refusals.push(newcomer.process.fleet.stats().refusals);
      await fleet.close();
    }
    const median = (values: number[]): number => values.toSorted((a, b) => a - b)[20]!;
    assert.ok(median(times) <= 250, `${times.join(', ')}`);
    assert.ok(median(refusals) <= 7, `${refusals.join(', ')}`);
  });

  it('lets a newcomer in whose account is full of idle connections, and all keep their floors', async () => {
    const times: number[] = [];
    for (let seed = 1; seed <= 15; seed++) {
      const fleet = new WorkingFleet(8, seed);
      for (let i = 0; i < 4; i++) {
        const one = fleet.add({ floor: 1 });
        one.work(4, 20);
        await fleet.pass(300);
        one.work(0, 0);
        await fleet.pass(100);
      }
      for (const one of fleet.processes) one.fewest = Infinity;
      const newcomer = fleet.add();
      newcomer.work(3, 10_000);
      times.push(await fleet.until(3_000, () => newcomer.busy === 3));
      for (const one of fleet.processes.slice(0, 4)) assert.ok(one.fewest >= 1);
      await fleet.close();
    }
    const median = times.toSorted((a, b) => a - b)[7]!;
    assert.ok(median <= 250, `${times.join(', ')}`);
  });

  it('falls to its floors when others take all that is given up', async () => {
    const fleet = new WorkingFleet(12);
    for (let i = 0; i < 3; i++) {
      const one = fleet.add({ floor: i });
      one.work(4, 20);
      await fleet.pass(500);
      one.work(0, 0);
    }
    const hungry = fleet.add();
    hungry.work(20, 50);
    await fleet.until(10_000, () => hungry.held === 9);
    assert.deepEqual(
      fleet.processes.map(({ held }) => held),
      [0, 1, 2, 9],
    );
    await fleet.close();
  });

  it('lets a lone busy process have all but what it offers now and then', async () => {
    const fleet = new WorkingFleet(8);
    const lone = fleet.add();
    lone.work(12, 50);
    let ms = 0;
    await fleet.pass(10_000);
    for (let at = 0; at < 10_000; at += 20) {
      await fleet.pass(20);
      ms += lone.busy * 20;
    }
    assert.ok(ms >= 0.97 * 8 * 10_000, `${ms / 10_000} of 8`);
    await fleet.close();
  });

  for (const [name, held] of [
    ['one process', 1],
    ['two processes', 2],
    ['four processes', 4],
    ['as many processes as there are places', 8],
  ] as const) {
    it(`lets a newcomer in although ${name} could use everything`, async () => {
      for (let seed = 1; seed <= 2; seed++) {
        const fleet = new WorkingFleet(8, seed);
        for (let i = 0; i < held; i++) fleet.add().work(10, 100);
        await fleet.pass(5_000);
        const newcomer = fleet.add();
        newcomer.work(10, 100);
        // That it starves is seen by the refusals of two seconds; then those give way who have several, or after three
        // seconds anybody, at the end of a turn and of a loan.
        await fleet.until(held < 8 ? 4_000 : 7_000, () => newcomer.busy > 0);
        await fleet.close();
      }
    });
  }

  it('starves nobody who has tasks for several while there is a place for each process', async () => {
    for (let seed = 1; seed <= 2; seed++) {
      const fleet = new WorkingFleet(10, seed);
      for (let i = 0; i < 9; i++) fleet.add().work(1 + ((i * seed) % 6), 100);
      await fleet.pass(8_000);
      for (const each of fleet.processes) each.longestWait = 0;
      const before = fleet.account.refused.length;
      await fleet.pass(20_000);
      const waits = fleet.processes.map(({ longestWait }) => Math.round(longestWait));
      assert.ok(Math.max(...waits) <= 3_000, waits.join(', '));
      assert.ok(fleet.account.refused.length - before < 2 * 20, 'and hardly anybody is refused');
      await fleet.close();
    }
  });

  for (const tells of [true, false]) {
    const what = tells ? '' : ', on a server that does not tell how many it refuses';
    it(`lets processes take turns that are more than there are places${what}`, async () => {
      const fleet = new WorkingFleet(10);
      fleet.account.tellsRefusals = tells;
      for (let i = 0; i < 16; i++) fleet.add().work(1 + (i % 6), 100);
      await fleet.pass(10_000);
      for (const each of fleet.processes) each.longestWait = 0;
      await fleet.pass(20_000);
      const waits = fleet.processes.map(({ longestWait }) => Math.round(longestWait));
      assert.ok(Math.max(...waits) <= 8_000, waits.join(', '));
      await fleet.close();
    });
  }

  for (const limit of [1, 2, 6]) {
    it(`leaves each its only connection while nobody is refused, with ${limit} of them`, async () => {
      const fleet = new WorkingFleet(limit);
      for (let i = 0; i < limit; i++) fleet.add().work(1, 100);
      await fleet.pass(8_000);
      for (const each of fleet.processes) Object.assign(each, { fewest: Infinity, longestWait: 0 });
      await fleet.pass(20_000);
      for (const { fewest } of fleet.processes) assert.equal(fewest, 1);
      await fleet.close();
    });
  }

  it('lets the only place go round in turns of a second', async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const fleet = new WorkingFleet(1, seed);
      for (let i = 0; i < 3; i++) fleet.add().work(2, 50);
      await fleet.pass(5_000);
      for (const each of fleet.processes) each.longestWait = 0;
      const before = fleet.processes.reduce((sum, { closes }) => sum + closes, 0);
      await fleet.pass(30_000);
      const turns = fleet.processes.reduce((sum, { closes }) => sum + closes, 0) - before;
      const waits = fleet.processes.map(({ longestWait }) => Math.round(longestWait));
      assert.ok(Math.max(...waits) <= 7_000, waits.join(', '));
      assert.ok(turns >= 12 && turns <= 30, `${turns} turns`);
      await fleet.close();
    }
  });

  it('comes near equal parts under lasting load, without much coming and going', async () => {
    const fleet = new WorkingFleet(12);
    fleet.add().work(24, 100);
    await fleet.pass(1_000);
    fleet.add().work(24, 100);
    fleet.add().work(24, 100);
    await fleet.pass(15_000);
    const before = fleet.processes.map(({ closes }) => closes);
    const sums = fleet.processes.map(() => 0);
    for (let at = 0; at < 30_000; at += 100) {
      await fleet.pass(100);
      for (const [i, { held }] of fleet.processes.entries()) sums[i]! += held / 300;
    }
    for (const mean of sums) assert.ok(mean > 2 && mean < 6, sums.join(', '));
    for (const [i, { closes }] of fleet.processes.entries()) {
      assert.ok(closes - before[i]! <= 60, 'at most two a second');
    }
    await fleet.close();
  });

  it('asks the server nothing while nothing matters, and seldom while there is room', async () => {
    const fleet = new WorkingFleet(40);
    const content = fleet.add({ floor: 3 });
    content.work(3, 20);
    await fleet.pass(5_000);
    content.work(0, 0);
    await fleet.pass(3_000);
    fleet.account.counts = 0;
    await fleet.pass(60_000);
    assert.equal(fleet.account.counts, 0);
    const idle = fleet.add();
    idle.work(3, 20);
    await fleet.pass(1_000);
    idle.work(0, 0);
    fleet.account.counts = 0;
    await fleet.pass(60_000);
    assert.ok(fleet.account.counts <= 60, `${fleet.account.counts}`);
    assert.equal(idle.held, 3, 'and it keeps what is idle');
    assert.deepEqual(fleet.account.refused, []);
    await fleet.close();
  });

  it('keeps everything when the server cannot be asked, and says so until it can', async () => {
    const fleet = new WorkingFleet(4);
    const one = fleet.add();
    one.work(4, 20);
    await fleet.pass(10);
    const { fleet: member } = one.process;
    const count = member.count.bind(member);
    member.count = () => Promise.reject(new Error('denied'));
    one.work(0, 0);
    await fleet.pass(5_000);
    assert.equal(one.held, 4);
    assert.deepEqual(member.stats().coordinator, { kind: 'mysql', state: 'lost', why: 'denied' });
    member.count = count;
    await fleet.pass(5_000);
    assert.deepEqual(member.stats().coordinator, { kind: 'mysql', state: 'ok' });
    await fleet.close();
  });
});
