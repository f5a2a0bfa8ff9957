import { isDeepStrictEqual } from 'node:util';
import { PoolOptionError, type Permits } from '../pool/index.js';
import type { Fleet } from './fleet.js';
import { faultOfFleet, resolveFleet, type FleetOptions } from './fleet-options.js';
import { NestedPermits } from './nested-permits.js';
import type * as NewFleet from './new-fleet.js';
import { processFleet } from './process-fleet.js';
import { processPermits } from './process-limit.js';

interface Known {
  /** By fleet name and address: all pools of this process on one account are one member of the fleet. */
  readonly shared: Map<string, Fleet>;
}

// One per process and thread, also when a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.fleets');
const holder = globalThis as { [key]?: Known };
const known = (): Known => (holder[key] ??= { shared: new Map() });

/**
 * The fleet that a new pool belongs to; undefined when it belongs to none.
 * @param given the pool's option `fleet`; undefined for the default, the fleet of the process
 * @param address server and account; undefined when they are not known before connecting: the pool is then a member of
 *   its own
 * @throws PoolOptionError when the option is invalid, or another pool of this process is in the same fleet with other
 *   options
 */
export function fleetFor(pool: string, given: unknown, address: string | undefined): Fleet | undefined {
  const fault = faultOfFleet(given);
  if (fault !== undefined) throw new PoolOptionError(pool, fault.option, fault.message);
  const options = resolveFleet((given as boolean | FleetOptions | undefined) ?? processFleet());
  if (options === undefined) return undefined;
  // Loaded on demand, as most pools are in no fleet.
  const { newFleet } = require('./new-fleet.js') as typeof NewFleet;
  if (address === undefined) return newFleet(options);
  const { shared } = known();
  const at = `${options.name} ${address}`;
  const running = shared.get(at);
  if (running !== undefined && isDeepStrictEqual(running.options, options)) return running;
  if (running?.hasPools === true) {
    const message = `fleet: another pool of this process is in the fleet "${options.name}" with other options`;
    throw new PoolOptionError(pool, 'fleet', message);
  }
  const fleet = newFleet(options);
  shared.set(at, fleet);
  return fleet;
}

/**
 * The permits that bound a new pool: its own, by default those of the process, and besides them those of its fleet.
 * @throws PoolOptionError when the environment variable MYSQLPOOL_MAX_TOTAL is invalid
 */
export function permitsUnder(fleet: Fleet | undefined, given: Permits | undefined): Permits {
  const own = given ?? processPermits();
  return fleet === undefined ? own : new NestedPermits(own, fleet);
}
