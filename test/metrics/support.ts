import assert from 'node:assert/strict';
import { AcquireTimeoutError } from 'node-mysqlpool/pool';
import { FakeFailure } from '../pool/support/fake-connector.js';
import type { FakePool } from '../pool/support/pool.js';

/**
 * Causes one event for every counter, in a pool with one connection, at most one waiter, and a leakThreshold: a
 * time-out, a full queue, an abort, a failed dial, a refused dial, a leak, a cleaning and a close.
 */
export async function everything({ connector, clock, pool }: FakePool): Promise<void> {
  const refused = Object.assign(new FakeFailure('refused'), { code: 'ECONNREFUSED' });
  const noRoom = Object.assign(new FakeFailure('no room', 'full'), { code: 'ER_CON_COUNT_ERROR' });
  connector.opening.next({ after: 5, fail: refused }, { after: 5, fail: noRoom }, { after: 5 });
  const first = pool.acquire();
  await clock.advance(1_000);
  const late = pool.acquire({ timeout: 50 });
  const full = pool.acquire();
  const rejected = Promise.all([
    assert.rejects(late, AcquireTimeoutError),
    assert.rejects(full, { code: 'POOL_QUEUE_FULL' }),
  ]);
  await clock.advance(50);
  await rejected;
  const abort = new AbortController();
  const aborted = assert.rejects(pool.acquire({ signal: abort.signal }), { name: 'AbortError' });
  abort.abort();
  await aborted;
  await clock.advance(40_000);
  connector.dirty = true;
  (await first).release();
  await clock.advance(0);
  const second = pool.acquire();
  await clock.advance(0);
  (await second).destroy();
  await clock.advance(0);
}

/** The names of the events that have a listener; the array is updated when listeners come and go. */
export function listenersOf({ pool }: FakePool): readonly string[] {
  const listeners: string[] = [];
  const on = pool.on.bind(pool);
  pool.on = (event, listener) => {
    const remove = on(event, listener);
    listeners.push(event);
    return () => {
      const index = listeners.indexOf(event);
      if (index >= 0) listeners.splice(index, 1);
      remove();
    };
  };
  return listeners;
}
