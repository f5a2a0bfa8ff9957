import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from 'node-mysqlpool/pool';
import { FakeClock } from './support/fake-clock.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the system clock', () => {
  it('never goes back', () => {
    let last = 0;
    for (let i = 0; i < 1_000; i++) {
      const now = systemClock.now();
      assert.ok(now >= last);
      last = now;
    }
  });

  it('gives a recent reading that is never ahead of time', async () => {
    for (let i = 0; i < 20; i++) {
      await nextTurn();
      assert.ok(systemClock.recent() <= systemClock.now());
    }
  });

  it('shares no reading between two turns of the loop, between which the process may have stood still', async () => {
    const still = new Int32Array(new SharedArrayBuffer(4));
    const passed: number[] = [];
    // All immediates run in the same phase of the event loop, so that no timer fires between them.
    await new Promise<void>((resolve) => {
      let first: number;
      setImmediate(() => (first = systemClock.recent()));
      setImmediate(() => Atomics.wait(still, 0, 0, 60));
      setImmediate(() => {
        passed.push(systemClock.recent() - first);
        resolve();
      });
    });
    assert.ok(passed[0]! >= 50, `${passed[0]} ms`);
  });

  it('reads anew now and then in one long callback', () => {
    const first = systemClock.recent();
    const end = systemClock.now() + 2;
    let reading = first;
    for (let i = 0; i < 1_000_000 && (reading === first || systemClock.now() < end); i++)
      reading = systemClock.recent();
    assert.ok(reading > first);
  });

  it('counts as idle the time in which the loop waits, and none in which code runs', async () => {
    const before = systemClock.idle();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
    assert.equal(systemClock.idle(), before);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.ok(systemClock.idle() > before);
  });

  it('takes a time of any length: what Node cannot count is not due at once', async () => {
    let fired = false;
    for (const ms of [2 ** 31, 1e15, Infinity]) {
      const timer = systemClock.setTimeout(() => (fired = true), ms);
      await nextTurn();
      await nextTurn();
      systemClock.clearTimeout(timer);
    }
    assert.equal(fired, false);
  });

  // With mocked timers: Node counts real ones from the last whole millisecond, so that they may fire up to 1 ms early.
  it('asks Node for whole milliseconds, rounded up', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let fired = false;
    systemClock.setTimeout(() => (fired = true), 1.5);
    t.mock.timers.tick(1);
    assert.equal(fired, false);
    t.mock.timers.tick(1);
    assert.equal(fired, true);
  });

  it('runs an immediate after the promises of the present callback', async () => {
    const order: string[] = [];
    const done = new Promise<void>((resolve) => {
      systemClock.setImmediate(() => {
        order.push('immediate');
        resolve();
      });
    });
    await Promise.resolve().then(() => order.push('promise'));
    await done;
    assert.deepEqual(order, ['promise', 'immediate']);
  });
});

describe('the fake clock', () => {
  it('fires timers in the order of their time, then of their setting', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    for (const [name, ms] of [['c', 20], ['a', 10], ['b', 10], ['d', 21]] as const) {
      clock.setTimeout(() => order.push(name), ms);
    }
    await clock.advance(20);
    assert.deepEqual(order, ['a', 'b', 'c']);
    assert.equal(clock.timers().length, 1);
  }); // prettier-ignore

  it('lets promises settle between timers that are due at once', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    clock.setTimeout(() => void Promise.resolve().then(() => order.push('promise')), 5);
    clock.setTimeout(() => order.push('timer'), 5);
    await clock.advance(5);
    assert.deepEqual(order, ['promise', 'timer']);
  });

  it('after a stall runs timers, then what has arrived, then immediates', async () => {
    const clock = new FakeClock();
    const order: string[] = [];
    clock.arrive(5, () => order.push('arrival'));
    clock.setTimeout(() => {
      order.push(`timer at ${clock.now()}`);
      clock.setImmediate(() => order.push('immediate'));
    }, 10);
    clock.blocked(100);
    assert.deepEqual(order, []);
    await clock.advance(0);
    assert.deepEqual(order, ['timer at 1000100', 'arrival', 'immediate']);
  });

  it('does not fire what was cleared, and tells what holds the process', async () => {
    const clock = new FakeClock();
    let fired = 0;
    const cleared = clock.setTimeout(() => fired++, 5);
    clock.setTimeout(() => clock.clearTimeout(cleared), 4);
    clock.setTimeout(() => fired++, 50).unref();
    assert.deepEqual([clock.timers(true).length, clock.timers(false).length], [2, 1]);
    await clock.advance(10);
    assert.equal(fired, 0);
    assert.deepEqual([clock.timers(true).length, clock.timers(false).length], [0, 1]);
  });

  it('gives up on a timer that sets itself again for the same instant', async () => {
    const clock = new FakeClock();
    let turns = 0;
    const again = (): void => {
      if (++turns < 1_000_000) clock.setTimeout(again, 0);
    };
    again();
    await assert.rejects(clock.advance(1), /never comes to rest/);
  });
});
