import type { MysqlLease, MysqlPool } from 'node-mysqlpool';
import type { Violations } from '../violations.js';

/** How long (ms) a pool has to be whole again once nothing is wrong any more: dials pause up to 5 s after failures. */
const WHOLE_WITHIN = 6_000;

/** Borrows all that a pool may lend, at once. Answers how long that took, in ms. */
export async function checkCapacity(
  pool: MysqlPool,
  violations: Violations,
  within: number = WHOLE_WITHIN,
): Promise<number> {
  const { maxSize } = pool.options;
  const began = performance.now();
  const outcomes = await Promise.allSettled(Array.from({ length: maxSize }, () => pool.acquire({ timeout: within })));
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

async function sessionNumber(lease: MysqlLease): Promise<number> {
  const [rows] = await lease.query<never>('SELECT CONNECTION_ID() AS id', undefined, { timeout: 3_000 });
  return Number((rows as { id: unknown }[])[0]?.id);
}
