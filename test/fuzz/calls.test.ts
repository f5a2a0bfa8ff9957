import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { autoCloseDb, configure, createPool, MaxTotal, PoolError, SettingsError } from 'node-mysqlpool';
import { Pool } from 'node-mysqlpool/pool';
import { checkRefusal, madeOrRefused } from './support/refusal.js';
import { fuzzing, options, weird } from './support/weird.js';

type Anything = (...args: unknown[]) => unknown;

/** A pool on a database in memory: no server is needed to refuse a call. */
const memoryPool = (): Pool<object> =>
  new Pool(
    {
      connector: {
        open: () => Promise.resolve({}),
        ping: () => Promise.resolve(),
        clean: () => undefined,
        close: () => Promise.resolve(),
        destroy: () => undefined,
      },
    },
    { maxSize: 2, acquireTimeout: 50 },
  );

/** Waits for what a call began, if it did, and checks how it was refused, if it was. */
async function settled(call: () => unknown, ...classes: Parameters<typeof checkRefusal>[1][]): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    checkRefusal(error, ...classes);
    return undefined;
  }
}

describe('any arguments', () => {
  it('of acquire, use, warmUp, close and on are served or refused, and lose no connection', async () => {
    const given = fc.oneof(options(['signal', 'timeout', 'label'], fc.constantFrom<unknown>(0, 5, 'x')), weird);
    const calls = fc.constantFrom('acquire', 'use', 'warmUp', 'on', 'off', 'tryAcquire', 'borrowers');
    await fc.assert(
      fc.asyncProperty(calls, given, given, async (name, first, second) => {
        const pool = memoryPool();
        const call = (pool[name as 'acquire'] as Anything).bind(pool);
        const aborted = [first, second].some((item) => item instanceof AbortSignal);
        const result = await settled(() => call(first, second), PoolError, TypeError);
        if (name.endsWith('cquire') && !aborted) (result as { release?: () => void } | undefined)?.release?.();
        assert.equal(pool.stats().inUse, 0);
        const closed = await settled(() => (pool.close as Anything).call(pool, first), PoolError, TypeError);
        if (closed === undefined) await pool.close({ timeout: 0 });
        assert.equal(pool.state, 'closed');
      }),
      fuzzing(),
    );
  });

  it('of autoCloseDb wrap a function or are refused', () => {
    const notFunctions = weird.filter((value) => typeof value !== 'function');
    fc.assert(
      fc.property(notFunctions, weird, weird, (first, second, third) => {
        madeOrRefused(() => (autoCloseDb as Anything)(first, second, third), TypeError);
        madeOrRefused(() => (autoCloseDb.run as Anything)(first), TypeError);
      }),
      fuzzing(),
    );
  });

  it('of a limit over pools set it or are refused', () => {
    fc.assert(
      fc.property(weird, (limit) => {
        const permits = madeOrRefused(() => new MaxTotal(limit as number), RangeError, PoolError, TypeError);
        if (permits !== undefined) assert.ok(permits.limit >= 1);
      }),
      fuzzing(),
    );
  });

  it('of a statement are refused before anything is opened, or belong to the driver', async () => {
    const limits = options(['timeout', 'signal', 'label'], fc.constantFrom<unknown>(0, 5, 'x'));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('query', 'execute', 'transaction'),
        fc.oneof(limits, weird),
        async (name, given) => {
          // Port 1 refuses at once: what is not refused before comes back as a failure to connect.
          const pool = createPool({ host: '127.0.0.1', port: 1, acquireTimeout: 0, connectTimeout: 50 });
          const first = name === 'transaction' ? () => 1 : 'SELECT 1';
          const args = name === 'transaction' ? [first, given] : [first, [], given];
          await settled(() => (pool[name as 'query'] as Anything).apply(pool, args), PoolError, TypeError);
          await pool.close({ timeout: 0 });
        },
      ),
      // A dial each.
      { ...fuzzing(), numRuns: Math.min(fuzzing().numRuns, 200) },
    );
  });

  it('of configure leave nothing half done', () => {
    fc.assert(
      fc.property(weird, (given) => {
        madeOrRefused(() => configure(given as object), SettingsError);
      }),
      fuzzing(),
    );
  });
});
