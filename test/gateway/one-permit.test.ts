/** A permit for one connection in addition to those of a pool, within the same limit. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { MaxTotal } from '#internal/budget/index.js';
import { OnePermit } from '#internal/gateway/one-permit.js';
import type { Denial, PermitHolder } from '#internal/pool/index.js';

const never = new AbortController().signal;

/** A holder with `size` connections. */
const holder = (size: number): PermitHolder => ({
  name: 'others',
  size,
  closing: 0,
  idle: 0,
  waiters: 0,
  demand: size,
  floor: 0,
  retry: () => undefined,
  shed: () => 0,
});

describe('one permit', () => {
  it('is there at once where there is room, and comes back', async () => {
    const limit = new MaxTotal(1);
    const permit = new OnePermit(limit, 'login');
    await permit.taken(never);
    assert.equal(limit.stats().held, 1);
    permit.end();
    assert.deepEqual([limit.stats().held, limit.stats().pools], [0, 0]);
  });

  it('is waited for, and comes when another one goes', async () => {
    const limit = new MaxTotal(1);
    const others = limit.join(holder(1));
    assert.equal(others.take(), true);
    const permit = new OnePermit(limit, 'login');
    let isTaken = false;
    const taken = permit.taken(never).then(() => (isTaken = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([isTaken, limit.stats().waiting], [false, 1]);
    others.giveBack('closed');
    await taken;
    assert.equal(limit.stats().held, 1);
    permit.end();
    assert.equal(limit.stats().held, 0);
  });

  it('is given up when its time is over, and nothing is left of it', async () => {
    const limit = new MaxTotal(1);
    const others = limit.join(holder(1));
    others.take();
    const permit = new OnePermit(limit, 'login');
    const late = new AbortController();
    const taken = permit.taken(late.signal);
    late.abort(new Error('too late'));
    await assert.rejects(taken, /too late/);
    permit.end();
    assert.deepEqual([limit.stats().waiting, limit.stats().pools, limit.stats().held], [0, 1, 1]);
  });

  it('may be asked for any number of times, and nothing adds up', async () => {
    const denial = { limit: 'the limit of somebody else', held: 1, of: 1, coming: 0, retryIn: 1 };
    const late = new AbortController();
    const listeners: number[] = [];
    let asked = 0;
    const take = (): true | Denial => {
      listeners.push(getEventListeners(late.signal, 'abort').length);
      return ++asked > 20 ? true : denial;
    };
    const account = { contested: false, take, giveBack() {}, withdraw() {}, close() {} };
    await new OnePermit({ join: () => account }, 'login').taken(late.signal);
    assert.equal(Math.max(...listeners), 0);
    assert.equal(listeners.length, 21);
  });

  it('is never one too many, whoever else takes some', async () => {
    const limit = new MaxTotal(3);
    const permits = Array.from({ length: 10 }, (_, n) => new OnePermit(limit, `login ${n}`));
    let most = 0;
    await Promise.all(
      permits.map(async (permit) => {
        await permit.taken(never);
        most = Math.max(most, limit.stats().held);
        await new Promise((resolve) => setImmediate(resolve));
        permit.end();
      }),
    );
    assert.equal(most, 3);
    assert.deepEqual([limit.stats().held, limit.stats().waiting], [0, 0]);
  });
});
