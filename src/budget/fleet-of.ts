import type { Fleet } from './fleet.js';

// One per process and thread, also for a second copy of the package.
const key = Symbol.for('node-mysqlpool.fleets-of-pools');
const holder = globalThis as { [key]?: WeakMap<object, Fleet> };
const known = (): WeakMap<object, Fleet> => (holder[key] ??= new WeakMap());

/** Remembers which fleet a pool belongs to, for reports. */
export function noteFleet(pool: object, fleet: Fleet): void {
  known().set(pool, fleet);
}

/** The fleet that a pool belongs to; undefined if it belongs to none. @since 0.1.0 */
export const fleetOf = (pool: object): Fleet | undefined => holder[key]?.get(pool);
