import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fleet } from '#internal/budget/index.js';
import { resolveFleet } from '#internal/budget/fleet-options.js';
import { FakeClock } from '../pool/support/fake-clock.js';
import { PortPool } from './support/port-pool.js';

describe('what a coordinator may do', () => {
  const fleetOf = (limit: number, floor = 0): { fleet: Fleet; clock: FakeClock; a: PortPool; b: PortPool } => {
    const clock = new FakeClock();
    const fleet = new Fleet(resolveFleet({ cap: 'slots', limit, floor })!, { clock });
    return { fleet, clock, a: new PortPool('a', fleet), b: new PortPool('b', fleet) };
  };

  it('sheds idle ones of the pool that has most of them, down to the floor', () => {
    const { fleet, a, b } = fleetOf(10, 2);
    a.acquire(4);
    b.acquire(2);
    a.release(4);
    b.release(2);
    assert.equal(fleet.shed(3), 3);
    assert.deepEqual([a.idle, b.idle], [1, 2]);
    assert.equal(fleet.shed(10), 1, 'the floor stays');
    assert.equal(fleet.shed(10), 0);
    assert.equal(fleet.stats().sheds, 4);
  });

  it('closes so many of those that come back, and no more', () => {
    const { fleet, a } = fleetOf(10);
    a.acquire(5);
    fleet.closeOnReturn(2, 0);
    a.release(4);
    assert.deepEqual([a.closing, a.idle], [2, 2]);
    a.closed();
    a.release(1);
    assert.deepEqual([a.closing, a.idle], [0, 3]);
  });

  it('opens nothing beyond the floor for a while after one was given up for others', async () => {
    const { fleet, clock, a } = fleetOf(10, 1);
    a.acquire(2);
    fleet.closeOnReturn(1, 200);
    a.acquire(1);
    assert.equal(a.inUse, 3, 'nothing has been given up yet');
    a.release(1);
    a.waiters = 1;
    a.closed();
    assert.deepEqual([a.inUse, a.denial?.limit, a.denial?.retryIn], [2, 'the limit of the fleet', 200]);
    await clock.advance(200);
    a.pump();
    assert.equal(a.inUse, 3);
  });

  it('takes back what it has asked for', () => {
    const { fleet, a } = fleetOf(10);
    a.acquire(3);
    fleet.closeOnReturn(2, 200);
    fleet.closeOnReturn(0, 0);
    a.release(3);
    assert.equal(a.closing, 0);
  });

  it('bounds it to its share while others wait, and lets go when nobody does', () => {
    const { fleet, a } = fleetOf(10);
    a.acquire(4);
    fleet.setShare(3);
    a.acquire(1);
    assert.deepEqual([a.inUse, a.denial?.retryIn], [4, undefined]);
    a.waiters = 0;
    a.pump();
    a.release(2);
    assert.deepEqual([a.closing, a.idle], [1, 1], 'only what is beyond the share goes');
    a.closed();
    a.acquire(2);
    assert.deepEqual([a.inUse, a.waiters], [3, 1]);
    fleet.setShare(undefined);
    assert.deepEqual([a.inUse, a.waiters], [4, 0], 'told at once');
  });

  it('is joined with the first connection, told of demand, and left with the last pool', async () => {
    const clock = new FakeClock();
    const heard: string[] = [];
    const coordinator = {
      kind: 'test',
      join: () => {
        heard.push('join');
        return {
          changed: () => void heard.push('changed'),
          close: () => (heard.push('close'), Promise.resolve()),
        };
      },
    };
    const fleet = new Fleet(resolveFleet({ cap: 'slots', limit: 2 })!, { clock, coordinator });
    const a = new PortPool('a', fleet);
    assert.deepEqual(heard, []);
    a.acquire(1);
    assert.deepEqual(heard, ['join']);
    fleet.setShare(1);
    a.acquire(1);
    assert.deepEqual(heard, ['join', 'changed']);
    a.shut();
    assert.deepEqual(heard, ['join', 'changed', 'close']);
    assert.equal(fleet.stats().share, undefined);
    await clock.advance(0);
  });

  it('keeps to what the server has told last of the limit, to whichever process', async () => {
    const clock = new FakeClock();
    const fleet = new Fleet(resolveFleet({ limit: 12 })!, { clock });
    assert.equal(fleet.accountLimit, undefined);
    fleet.told(0);
    fleet.told(9, 5_000);
    assert.deepEqual([fleet.limit, fleet.accountLimit], [9, { limit: 9, ago: 5_000 }]);
    await clock.advance(1_000);
    fleet.told(20, 6_001);
    assert.deepEqual([fleet.limit, fleet.accountLimit], [9, { limit: 9, ago: 6_000 }], 'older news');
    fleet.told(20, 300);
    assert.deepEqual(
      [fleet.limit, fleet.accountLimit],
      [12, { limit: 20, ago: 300 }],
      'its own limit holds for itself',
    );
    const own = new Fleet(resolveFleet({ cap: 'slots', limit: 3 })!, { clock });
    own.told(9, 0);
    assert.deepEqual(
      [own.limit, own.accountLimit],
      [3, undefined],
      'places that are locks are no affair of the account',
    );
  });

  it('asks for no more than its own limit lets it have', () => {
    const fleet = new Fleet(resolveFleet({ limit: 3 })!, { clock: new FakeClock() });
    const a = new PortPool('a', fleet);
    a.acquire(5);
    assert.deepEqual([a.inUse, a.waiters, fleet.standing().demand], [3, 2, 3]);
    a.shut();
  });

  it('asks no pool that is closed how many sessions there are, and keeps none of those', async () => {
    const fleet = new Fleet(resolveFleet(true)!);
    const asked: string[] = [];
    const counter = (name: string) => ({ isOver: false, now: () => (asked.push(name), Promise.resolve(undefined)) });
    const [first, second] = [counter('first'), counter('second')];
    fleet.countBy(first);
    first.isOver = true;
    fleet.countBy(second);
    await fleet.count(false);
    assert.deepEqual(asked, ['second']);
  });
});
