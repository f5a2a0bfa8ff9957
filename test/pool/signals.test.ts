import assert from 'node:assert/strict';
import { getEventListeners, getMaxListeners } from 'node:events';
import { describe, it } from 'node:test';
import { acquireTrace } from 'node-mysqlpool/pool';
import { fakePool } from './support/pool.js';

describe('the signal of a caller', () => {
  it('keeps its own limit of listeners, and carries one of ours for any number of callers', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const before = getMaxListeners(signal);
    await fake.acquire();
    const asked = Array.from({ length: 50 }, () => fake.ask({ signal }));
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    assert.equal(getMaxListeners(signal), before);
    controller.abort(new Error('enough'));
    await fake.clock.settle();
    assert.ok(asked.every(({ state, error }) => state === 'rejected' && error.message === 'enough'));
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('may be used again after all who waited on it have gone', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    for (let i = 0; i < 3; i++) {
      const lease = await fake.acquire();
      const asked = fake.ask({ signal });
      lease.release();
      await fake.clock.settle();
      assert.equal(getEventListeners(signal, 'abort').length, 0);
      asked.value.release();
    }
    const lease = await fake.acquire();
    const asked = fake.ask({ signal });
    controller.abort(new Error('enough'));
    await fake.clock.settle();
    assert.equal(asked.error.message, 'enough');
    lease.release();
  });

  it('that aborts while the caller is getting in line turns it away at once', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.acquire();
    const controller = new AbortController();
    const abort = (): void => controller.abort(new Error('enough'));
    const subscribers = { start: abort, end: () => undefined, asyncStart: () => undefined, asyncEnd: () => undefined, error: () => undefined }; // prettier-ignore
    acquireTrace.subscribe(subscribers);
    const asked = fake.ask({ signal: controller.signal });
    acquireTrace.unsubscribe(subscribers);
    await fake.clock.settle();
    assert.equal(asked.error.message, 'enough');
    assert.equal(fake.counts().waiters, 0);
  });

  it('that aborts leaves no timer behind when the line is empty', async (t) => {
    const fake = fakePool(t, { maxSize: 1, idleTimeout: 0, keepaliveInterval: 0, maxLifetime: 0, leakThreshold: 0 });
    await fake.acquire();
    const before = fake.clock.timers().length;
    const controller = new AbortController();
    fake.ask({ signal: controller.signal });
    await fake.clock.advance(10);
    assert.equal(fake.clock.timers().length, before + 1, 'one timer for all');
    fake.ask({ timeout: 100 });
    await fake.clock.advance(10);
    assert.equal(fake.clock.timers().length, before + 1, 'also for one with less time');
    controller.abort();
    await fake.clock.advance(100);
    assert.equal(fake.clock.timers().length, before);
  });
});

describe('the label of a borrower', () => {
  const long = `report ${'x'.repeat(2_000_000)}`;

  it('is cut off after 200 characters wherever it comes in', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    const events = fake.record('acquired', 'waiting', 'acquireFailed');
    const first = await fake.acquire({ label: long });
    const waiting = fake.ask({ label: long, timeout: 10 });
    const { loans, waiters } = fake.pool.borrowers();
    const labels = [first.label, loans[0]!.label, waiters[0]!.label];
    await fake.clock.advance(10);
    assert.ok(waiting.error.message.length < 1_000);
    labels.push(...events.map((event) => ('label' in event ? event.label : '')));
    first.label = long;
    labels.push(first.label);
    first.release();
    labels.push(fake.pool.tryAcquire(long)!.label);
    for (const label of labels) assert.equal(label, `report ${'x'.repeat(192)}…`);
    assert.equal(labels.length, 9);
  });

  it('fools nobody in a message', async (t) => {
    const fake = fakePool(t, { maxSize: 1 });
    await fake.acquire({ label: 'a\nb\u001b[31m\u202e\u2028\u009b' });
    const late = fake.ask({ timeout: 10 });
    await fake.clock.advance(10);
    assert.ok(late.error.message.includes(String.raw`by a\nb\u001b[31m\u202e\u2028\u009b`), late.error.message);
  });
});
