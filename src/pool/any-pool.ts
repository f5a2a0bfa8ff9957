import { allOpenPools } from './open-pools.js';
import type { Pool } from './pool.js';

/** The part of a pool that does not depend on what it lends: for monitoring and administration. @since 0.1.0 */
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
 * All pools of this process that have not been closed, in the order of their creation. A pool that nothing refers to
 * any more may be missing.
 * @since 0.1.0
 */
export const openPools = (): readonly AnyPool[] => allOpenPools.list() as AnyPool[];
