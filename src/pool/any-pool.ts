import { allOpenPools } from './open-pools.js';
import type { Pool } from './pool.js';

/** A pool, whatever it lends, for those who look at it. @since 0.1.0 */
export type AnyPool = Pick<
  Pool<unknown>,
  | 'name'
  | 'options'
  | 'state'
  | 'stats'
  | 'borrowers'
  | 'traceCallSites'
  | 'evict'
  | 'resize'
  | 'suspend'
  | 'resume'
  | 'on'
  | 'off'
>;

/**
 * The pools of this process that have not been closed, in the order in which they were made. Those that nobody refers to
 * any more may be missing.
 * @since 0.1.0
 */
export const openPools = (): readonly AnyPool[] => allOpenPools.list() as AnyPool[];
