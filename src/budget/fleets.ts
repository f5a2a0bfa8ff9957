import { isDeepStrictEqual } from 'node:util';
import { PoolOptionError, type Permits } from '../pool/index.js';
import type { Fleet } from './fleet.js';
import { faultOfFleet, resolveFleet, type FleetOptions } from './fleet-options.js';
import { NestedPermits } from './nested-permits.js';
import type * as NewFleet from './new-fleet.js';
import { processFleet } from './process-fleet.js';
import { processPermits } from './process-limit.js';

interface Known {
  /** By name and address: pools of one process on one account are one member of its fleet. */
  readonly shared: Map<string, Fleet>;
}

// One per process and thread, also when a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.fleets');
const holder = globalThis as { [key]?: Known };
const known = (): Known => (holder[key] ??= { shared: new Map() });

/**
 * The fleet that a new pool belongs to; undefined when it belongs to none.
 * @param given its option; without one that of the process counts
 * @param address server and account, where they are known before there is a connection
 * @throws PoolOptionError
 */
export function fleetFor(pool: string, given: unknown, address: string | undefined): Fleet | undefined {
  const fault = faultOfFleet(given);
  if (fault !== undefined) throw new PoolOptionError(pool, fault.option, fault.message);
  const options = resolveFleet((given as boolean | FleetOptions | undefined) ?? processFleet());
  if (options === undefined) return undefined;
  // Most pools are in none.
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
 * What bounds a pool: the permits that it was given, or those of the process; and its fleet besides.
 * @throws PoolOptionError when the environment's limit is none
 */
export function permitsUnder(fleet: Fleet | undefined, given: Permits | undefined): Permits {
  const own = given ?? processPermits();
  return fleet === undefined ? own : new NestedPermits(own, fleet);
}
