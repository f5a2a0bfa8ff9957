import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeFailure } from '../pool/support/fake-connector.js';
import { SharingPools } from './support/sharing-pools.js';

const STEPS = ['ask', 'ask', 'ask', 'release', 'release', 'destroy', 'kill', 'fail', 'evict', 'wait', 'close'] as const;

describe('pools under one limit', () => {
  it('keep it under any order of calls, and serve everybody in the end', async () => {
    const step = fc.tuple(fc.constantFrom(...STEPS), fc.nat(2), fc.nat(99));
    const setting = fc.record({
      limit: fc.integer({ min: 1, max: 5 }),
      maxSize: fc.integer({ min: 1, max: 4 }),
      minIdle: fc.nat(1),
      slow: fc.boolean(),
      dirty: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(setting, fc.array(step, { maxLength: 50, size: 'max' }), async (options, steps) => {
        const shared = new SharingPools(options.limit, 3, {
          maxSize: options.maxSize,
          minIdle: options.minIdle,
          acquireTimeout: Infinity,
        });
        for (const connector of shared.connectors) {
          connector.dirty = options.dirty;
          if (options.slow) connector.opening.usual = connector.closing.usual = { after: 7 };
        }
        for (const [what, index, number] of steps) {
          await act(shared, what, index, number);
          shared.check();
        }
        await serveAll(shared);
        await shared.finish();
      }),
      { numRuns: 100 },
    );
  });

  it('end with equal shares under lasting load, and stop closing connections', async () => {
    const shared = new SharingPools(9, 3, { maxSize: 9 });
    for (const connector of shared.connectors) connector.opening.usual = { after: 5 };
    // The first pool has everything before the others come.
    for (let i = 0; i < 40; i++) shared.ask(0);
    await shared.clock.advance(200);
    assert.equal(shared.pools[0]!.stats().inUse, 9);
    const work = async (turns: number): Promise<void> => {
      for (let turn = 0; turn < turns; turn++) {
        for (const lease of shared.leases) lease.release();
        for (const [index, pool] of shared.pools.entries()) {
          for (let i = pool.stats().waiters; i < 20; i++) shared.ask(index);
        }
        await shared.clock.advance(3);
        shared.check();
      }
    };
    await work(100);
    assert.deepEqual(
      shared.pools.map((pool) => pool.stats().size),
      [3, 3, 3],
    );
    const { closed } = shared;
    await work(100);
    assert.equal(shared.closed, closed);
    await shared.finish();
  });

  it('leave to a pool with little to do what it uses again and again', async () => {
    const shared = new SharingPools(5, 2, { maxSize: 5 });
    shared.ask(0);
    await shared.clock.advance(10);
    for (let turn = 0; turn < 200; turn++) {
      for (const lease of shared.leases) lease.release();
      shared.ask(0);
      for (let i = shared.pools[1]!.stats().waiters; i < 10; i++) shared.ask(1);
      await shared.clock.advance(3);
      shared.check();
    }
    assert.deepEqual(
      shared.pools.map((pool) => pool.stats().size),
      [1, 4],
    );
    assert.equal(shared.closed, 0);
    await shared.finish();
  });

  it('do not let a pool whose server is down keep what another can use', async () => {
    const shared = new SharingPools(2, 2, { maxSize: 2 });
    shared.connectors[0]!.opening.usual = { fail: new FakeFailure('refused') };
    shared.ask(0);
    shared.ask(0);
    await shared.clock.advance(500);
    const [one, two] = [shared.ask(1), shared.ask(1)];
    await shared.clock.advance(100);
    assert.deepEqual([one.state, two.state], ['resolved', 'resolved']);
    await shared.finish();
  });
});

async function act(shared: SharingPools, what: (typeof STEPS)[number], index: number, number: number): Promise<void> {
  const pool = shared.pools[index]!;
  const connector = shared.connectors[index]!;
  const lease = shared.leases[number % Math.max(1, shared.leases.length)];
  if (what === 'ask' && pool.state === 'open') shared.ask(index);
  if (what === 'release') lease?.release();
  if (what === 'destroy') lease?.destroy();
  if (what === 'kill') for (const connection of [...connector.live].slice(0, 1)) connector.kill(connection);
  if (what === 'fail') connector.opening.failNext(1, new FakeFailure('refused'));
  if (what === 'evict') pool.evict();
  if (what === 'close' && number < 10) void pool.close({ timeout: 5 });
  await shared.clock.advance(what === 'wait' ? number : 0);
}

/** Loans come back one after the other until nobody waits. */
async function serveAll(shared: SharingPools): Promise<void> {
  for (let i = 0; i < 300 && shared.pools.some((pool) => pool.stats().waiters > 0); i++) {
    shared.leases[0]?.release();
    await shared.clock.advance(50);
    shared.check();
  }
  for (const pool of shared.pools) assert.equal(pool.stats().waiters, 0, 'everybody was served');
}
