import { setTimeout as sleep } from 'node:timers/promises';
import type { MysqlLease, MysqlPool } from 'node-mysqlpool';
import type { Violations } from '../violations.js';

/**
 * In how many ms after the end of all faults a pool must reach maxSize: the back-off after failed dials is up to 5 s.
 */
const WHOLE_WITHIN = 6_000;

const PAUSE = 50;

/** Checks that a pool can lend maxSize connections at once. Resolves with how long that took, in ms. */
export async function checkCapacity(
  pool: MysqlPool,
  violations: Violations,
  within: number = WHOLE_WITHIN,
): Promise<number> {
  const { maxSize } = pool.options;
  const began = performance.now();
  const outcomes = await Promise.allSettled(Array.from({ length: maxSize }, () => acquireBy(pool, began + within)));
  const took = Math.round(performance.now() - began);
  const leases: MysqlLease[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') leases.push(outcome.value);
    else violations.report('capacity', `lends ${leases.length} of ${maxSize}: ${String(outcome.reason)}`);
  }
  const numbers = await Promise.allSettled(leases.map((lease) => sessionNumber(lease)));
  for (const number of numbers) {
    if (number.status === 'rejected')
      violations.report('capacity', `a dead connection was lent: ${String(number.reason)}`);
  }
  const alive = numbers.flatMap((number) => (number.status === 'fulfilled' ? [number.value] : []));
  if (new Set(alive).size < alive.length) violations.report('capacity', `lent twice: ${alive.join(', ')}`);
  for (const lease of leases) lease.release();
  return took;
}

/** Acquires with retries: during the back-off after failed dials, the pool may reject an acquire at once. */
async function acquireBy(pool: MysqlPool, deadline: number): Promise<MysqlLease> {
  for (;;) {
    const left = deadline - performance.now();
    try {
      return await pool.acquire({ timeout: Math.max(0, left) });
    } catch (error) {
      if (left < PAUSE) throw error;
      await sleep(PAUSE);
    }
  }
}

async function sessionNumber(lease: MysqlLease): Promise<number> {
  const [rows] = await lease.query<never>('SELECT CONNECTION_ID() AS id', undefined, { timeout: 3_000 });
  return Number((rows as { id: unknown }[])[0]?.id);
}
