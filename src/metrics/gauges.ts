import type { AnyPool, PoolStats, ResolvedPoolOptions } from '../pool/index.js';
import { GAUGES, type GaugeName } from './vocabulary.js';
import { seconds } from './seconds.js';

/** One value of a gauge: of a pool, and of one value of the gauge's attribute if it has one. */
export interface Reading {
  readonly pool: string;
  readonly attribute: string | undefined;
  readonly value: number;
}

type Values = number | Readonly<Record<string, number>>;

const VALUES: Readonly<Record<GaugeName, (stats: PoolStats, options: ResolvedPoolOptions) => Values>> = {
  connections: ({ idle, inUse, connecting, closing }) => ({ idle, used: inUse, connecting, closing }),
  idleMax: (_, { maxIdle }) => maxIdle,
  idleMin: (_, { minIdle }) => minIdle,
  max: ({ maxSize }) => maxSize,
  pendingRequests: ({ waiters }) => waiters,
  longestWait: ({ longestWait }) => seconds(longestWait),
  oldestUse: ({ oldestLoan }) => seconds(oldestLoan),
  // Nothing at all while no other limit is waited for.
  limitedRequests: ({ limitedBy, waiters }) => (limitedBy === undefined ? {} : { [limitedBy.limit]: waiters }),
  limitHeld: ({ limitedBy }) => (limitedBy === undefined ? {} : { [limitedBy.limit]: limitedBy.held }),
  limitMax: ({ limitedBy }) => (limitedBy === undefined ? {} : { [limitedBy.limit]: limitedBy.of }),
};

/**
 * What a gauge shows of these pools. Those that share a name are one: their values are added up, or the highest counts. A
 * limit that there is not is not shown.
 */
export function readGauge(gauge: GaugeName, pools: readonly AnyPool[]): Reading[] {
  const readings = new Map<string, Reading>();
  const { additive } = GAUGES[gauge];
  for (const pool of pools) {
    const values = VALUES[gauge](pool.stats(), pool.options);
    const pairs = typeof values === 'number' ? [[undefined, values] as const] : Object.entries(values);
    for (const [attribute, value] of pairs) {
      const key = JSON.stringify([pool.name, attribute]);
      const before = readings.get(key)?.value ?? 0;
      readings.set(key, { pool: pool.name, attribute, value: additive ? before + value : Math.max(before, value) });
    }
  }
  return [...readings.values()].filter(({ value }) => Number.isFinite(value));
}
