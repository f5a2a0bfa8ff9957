import { Pool, type AcquireOptions, type Lease, type PoolStats } from '../pool/index.js';

/** What a pool offers to those who work for the pool itself. */
export interface NobodysPool<L> {
  stats(): PoolStats;
  acquire(options?: AcquireOptions): Promise<L>;
  tryAcquire(label?: string): L | undefined;
}

/**
 * Lends in nobody's name, by the engine's own methods: what a pool does for itself (stop a statement, ask the server)
 * belongs to no scope, whoever was the cause of it, shares no loan, and is no mistake of a program that takes two.
 */
export function inNobodysName<C, L extends Lease<C>>(pool: Pool<C, L>): NobodysPool<L> {
  return {
    stats: () => pool.stats(),
    acquire: (options) => Pool.prototype.acquire.call(pool, options) as Promise<L>,
    tryAcquire: (label) => Pool.prototype.tryAcquire.call(pool, label) as L | undefined,
  };
}
