import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { MaxTotal } from '#internal/budget/index.js';
import { FakeClock } from '../pool/support/fake-clock.js';
import { denialsConformance } from './denials-conformance.js';
import { permitsConformance, type IssuerUnderTest } from './permits-conformance.js';
import { unlimitedConformance } from './unlimited-conformance.js';
import { PortPool } from './support/port-pool.js';

const underTest = (limit: number): IssuerUnderTest => {
  const clock = new FakeClock();
  return { permits: new MaxTotal(limit, { clock }), advance: (ms) => clock.advance(ms) };
};

permitsConformance('MaxTotal', underTest);
denialsConformance('MaxTotal', underTest);

unlimitedConformance('MaxTotal(Infinity)', () => new MaxTotal(Infinity, { clock: new FakeClock() }));

const setUp = (limit: number) => {
  const clock = new FakeClock();
  const total = new MaxTotal(limit, { clock });
  return { clock, total, a: new PortPool('a', total), b: new PortPool('b', total) };
};

function gives(asked: string[], name: string, count: number): number {
  asked.push(name);
  return count;
}

describe('MaxTotal', () => {
  it('refuses a limit that is none', () => {
    for (const limit of [0, -1, 1.5, NaN, '3' as unknown as number]) {
      assert.throws(() => new MaxTotal(limit), { name: 'RangeError', message: /whole number from 1 up, or Infinity/ });
    }
    const { total } = setUp(3);
    assert.throws(() => (total.limit = 0), RangeError);
    assert.equal(total.limit, 3);
    assert.equal(new MaxTotal(Infinity).limit, Infinity);
  });

  it('tells how it stands', () => {
    const { total, a, b } = setUp(2);
    a.acquire(3);
    b.acquire();
    assert.deepEqual(total.stats(), { limit: 2, held: 2, waiting: 2, pools: 2 });
    a.shut();
    assert.deepEqual(total.stats(), { limit: 2, held: 1, waiting: 0, pools: 1 });
  });

  it('serves those in line at once when the limit is raised', () => {
    const { total, a, b } = setUp(1);
    a.acquire(2);
    b.acquire(2);
    total.limit = 3;
    assert.deepEqual([a.inUse, b.inUse], [1, 2], 'the one that has least comes first');
    total.limit = Infinity;
    assert.deepEqual([a.inUse, b.inUse], [2, 2]);
  });

  it('reaches a lower limit through what lies idle and what comes back, and cuts no loan short', () => {
    const { total, a, b } = setUp(8);
    a.acquire(5);
    b.acquire(3);
    a.release(2);
    total.limit = 2;
    assert.deepEqual([a.inUse, a.idle, a.closing, b.inUse], [3, 0, 2, 3]);
    a.closed();
    assert.deepEqual([a.account.contested, b.account.contested], [true, true]);
    a.release(2);
    b.release(2);
    assert.deepEqual([a.size + b.size, a.closing + b.closing], [6, 4]);
    assert.deepEqual([a.account.contested, b.account.contested], [false, false], 'no further than the limit');
    a.closed();
    b.closed();
    a.acquire();
    assert.equal(total.stats().held, 2);
    assert.equal(a.waiters, 1);
  });

  it('takes the last idle connection of a pool that has less only when it is seen idle a turn later', async () => {
    const { a, b, clock } = setUp(3);
    a.acquire();
    b.acquire(3);
    a.release();
    b.pump();
    assert.equal(a.spared, 0, 'it may be wanted again in a moment');
    await clock.advance(20);
    assert.equal(a.spared, 1);
  });

  it('never asks one that has no more than who asks', () => {
    const { a, b } = setUp(4);
    a.acquire(2);
    b.acquire(2);
    const asked: string[] = [];
    for (const pool of [a, b]) pool.shed = () => gives(asked, pool.name, 0);
    a.acquire();
    assert.deepEqual(asked, []);
  });

  it('asks one that has more, the one with most first, until one gives way', () => {
    const { total, a, b } = setUp(6);
    const c = new PortPool('c', total);
    a.acquire(2);
    b.acquire(3);
    c.acquire(1);
    const asked: string[] = [];
    a.shed = () => gives(asked, 'a', 1);
    b.shed = () => gives(asked, 'b', 0);
    c.acquire();
    assert.deepEqual(asked, ['b', 'a']);
  });

  it('has pools of 3 and 2 keep what they have, and one of 1 give way to one of none after a turn', async () => {
    const { a, b, clock } = setUp(5);
    a.acquire(3);
    b.acquire(2);
    for (const pool of [a, b]) pool.acquire(5);
    await clock.advance(1_000);
    assert.deepEqual([a.account.contested, b.account.contested], [false, false]);
    a.release();
    assert.deepEqual([a.spared, b.spared], [0, 0]);

    const { a: one, b: none, clock: later } = setUp(1);
    one.acquire();
    none.acquire();
    await later.advance(10);
    // Who asks again has not come again.
    none.pump();
    await later.advance(9);
    assert.equal(one.account.contested, false);
    await later.advance(1);
    assert.equal(one.account.contested, true);
  });

  it('counts what is on its way back against the wishes', () => {
    const { total, a, b } = setUp(6);
    const c = new PortPool('c', total);
    a.acquire(6);
    b.acquire(2);
    c.acquire();
    a.release(1);
    assert.deepEqual([a.closing, a.account.contested], [1, true]);
    a.release(1);
    assert.deepEqual([a.closing, a.account.contested], [2, false]);
    assert.equal(b.account.contested, false, 'its own wishes are none against itself');
  });

  it('tells no more pools than there are permits for', () => {
    const { total, a, b } = setUp(2);
    const c = new PortPool('c', total);
    a.acquire(2);
    b.acquire();
    c.acquire();
    a.lose();
    assert.deepEqual([b.told, b.inUse, c.told], [1, 1, 0]);
    b.account.withdraw();
    assert.equal(c.told, 0, 'what is no wish any more frees nothing');
  });

  it('serves a reserve as soon as the caller ahead of it is gone', () => {
    const { a, b } = setUp(2);
    a.acquire(1);
    // Takes nothing for now, but stands in line for its caller.
    b.acquire(2);
    a.reserve = 1;
    a.pump();
    a.lose();
    assert.deepEqual([a.idle, b.inUse], [0, 2]);
    const { a: poor, b: waiting } = setUp(1);
    poor.acquire();
    waiting.acquire();
    waiting.paused = true;
    poor.reserve = 1;
    poor.lose();
    assert.equal(poor.idle, 0, 'the permit is kept for the caller');
    waiting.waiters = 0;
    waiting.account.withdraw();
    assert.equal(poor.idle, 1);
  });

  it('asks nobody while enough is on its way back, and neither a reserve nor a turn asks for more', async () => {
    const { a, b, clock } = setUp(4);
    a.acquire(4);
    const asked: string[] = [];
    a.shed = () => gives(asked, 'a', 0);
    // Nobody waits for it.
    b.reserve = 1;
    b.pump();
    await clock.advance(100);
    assert.deepEqual([asked, clock.timers(false).length], [[], 0]);
    b.reserve = 0;
    b.acquire();
    assert.deepEqual(asked, ['a']);
    await clock.advance(60);
    assert.deepEqual(asked, ['a', 'a', 'a', 'a'], 'once more each turn');
    a.release();
    assert.equal(a.closing, 1);
    await clock.advance(60);
    b.pump();
    assert.equal(asked.length, 4, 'one is being closed');
    b.acquire();
    assert.equal(asked.length, 4, 'it is one pool that waits');
  });

  it('goes on to the next one in its turn when the first gives nothing, and stops when one gives way', async () => {
    const { total, a, b, clock } = setUp(3);
    const [c, d] = [new PortPool('c', total), new PortPool('d', total)];
    for (const pool of [a, b, c]) pool.acquire();
    const asked: string[] = [];
    a.shed = () => gives(asked, 'a', 0);
    b.shed = () => gives(asked, 'b', 1);
    c.shed = () => gives(asked, 'c', 1);
    d.shed = () => gives(asked, 'd', 1);
    d.acquire();
    asked.length = 0;
    await clock.advance(20);
    assert.deepEqual(asked, ['a', 'b']);
  });

  it('closes no more than it has to when the limit is lowered, and asks the next when one has nothing', () => {
    const { total, a, b } = setUp(9);
    a.acquire(5);
    b.acquire(4);
    b.release(4);
    a.release(1);
    // One of them is on its way out already.
    a.idle--;
    a.closing++;
    total.limit = 6;
    assert.deepEqual([a.closing + b.closing, total.stats().held], [3, 9]);
    const full = setUp(5);
    full.a.acquire(3);
    full.b.acquire(2);
    const asked: string[] = [];
    full.a.shed = () => gives(asked, 'a', 0);
    full.b.shed = () => gives(asked, 'b', 0);
    full.total.limit = 2;
    assert.deepEqual(asked, ['a', 'b'], 'nobody has anything idle: not asked again');
    full.total.limit = 5;
    assert.equal(asked.length, 2);
  });

  it('gives a closed pool nothing more', () => {
    const { total, a, b } = setUp(2);
    a.acquire();
    a.shut();
    a.acquire();
    assert.deepEqual([a.inUse, a.denial?.coming, total.stats().held, total.stats().waiting], [0, 0, 0, 0]);
    b.acquire(2);
    a.shut();
    assert.deepEqual(total.stats(), { limit: 2, held: 2, waiting: 0, pools: 1 });
  });

  it('sets a timer only while a pool is in line, which does not keep the process alive', async () => {
    const { a, b, clock } = setUp(1);
    a.acquire();
    assert.deepEqual(clock.timers(), []);
    b.acquire();
    assert.equal(clock.timers(false).length, 1);
    assert.equal(clock.timers(true).length, 0);
    a.lose();
    await clock.advance(100);
    assert.deepEqual(clock.timers(), []);
  });

  it('keeps serving the others when one of them throws', async () => {
    const { a, b, total } = setUp(1);
    const c = new PortPool('c', total);
    a.acquire();
    b.acquire();
    c.acquire();
    b.retry = () => {
      throw new Error('broken pool');
    };
    const warned = once(process, 'warning');
    a.lose();
    assert.equal(c.inUse, 1);
    const [warning] = (await warned) as [Error];
    assert.equal(warning.name, 'PoolPermitsWarning');
    assert.match(warning.message, /pool "b" could not use a permit: Error: broken pool/);
  });
});
