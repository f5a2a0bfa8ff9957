import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fakePool } from './support/pool.js';

it('a connection that the server is not rid of yet keeps its place', async (t) => {
  const fake = fakePool(t, { maxSize: 1 });
  const { connector, clock } = fake;
  Object.assign(connector, { lingers: () => new Promise<void>((resolve) => clock.setTimeout(resolve, 300)) });
  const closed = fake.record('closed');
  (await fake.acquire()).destroy();
  const next = fake.ask();
  await clock.advance(299);
  assert.deepEqual([fake.counts().closing, fake.counts().connecting, closed.length], [1, 0, 0]);
  await clock.advance(1);
  assert.equal(closed.length, 1);
  next.value.release();
});

it('but no longer than resetTimeout, and when its end fails no longer than until then', async (t) => {
  const fake = fakePool(t, { maxSize: 1, resetTimeout: 200 });
  const { connector, clock } = fake;
  const ends = [() => new Promise<void>(() => undefined), () => Promise.reject(new Error('no end'))];
  Object.assign(connector, { lingers: () => ends.shift()?.() });
  (await fake.acquire()).destroy();
  const second = fake.ask();
  await clock.advance(199);
  assert.equal(fake.counts().closing, 1);
  await clock.advance(1);
  second.value.destroy();
  await clock.settle();
  assert.equal(fake.counts().size, 0);
});
