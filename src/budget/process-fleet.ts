import { PoolOptionError, shown } from '../pool/index.js';
import { faultOfFleet, type FleetOptions } from './fleet-options.js';

const NAME = 'MYSQLPOOL_FLEET';

interface Said {
  fleet: boolean | FleetOptions | undefined;
  /** Whether `fleet` is settled, by `configure` or by the environment, also when there is to be none. */
  isSaid: boolean;
}

// One per process and thread, also when a hot reload or a second copy of the package loads this file again.
const key = Symbol.for('node-mysqlpool.process-fleet');
const holder = globalThis as { [key]?: Said };
const said = (): Said => (holder[key] ??= { fleet: undefined, isSaid: false });

/** Sets the fleet of every pool that is made from now on, however it is made, unless its own option says otherwise. */
export function setProcessFleet(fleet: boolean | FleetOptions | undefined): void {
  Object.assign(said(), { fleet, isSaid: true });
}

/**
 * The default fleet of new pools. Unless `configure` has set it, it is read from the environment variable
 * MYSQLPOOL_FLEET when the first pool is made.
 * @throws PoolOptionError when MYSQLPOOL_FLEET is invalid
 */
export function processFleet(env: NodeJS.ProcessEnv = process.env): boolean | FleetOptions | undefined {
  if (!said().isSaid) setProcessFleet(fleetIn(env));
  return said().fleet;
}

function fleetIn({ [NAME]: text = '' }: NodeJS.ProcessEnv): boolean | FleetOptions | undefined {
  if (text === '') return undefined;
  const fleet = parsed(text);
  const fault = faultOfFleet(fleet);
  if (fault !== undefined) throw new PoolOptionError('createPool', NAME, `${NAME}: ${fault.message}`);
  return fleet as boolean | FleetOptions;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new PoolOptionError(
      'createPool',
      NAME,
      `${NAME}: expected true, false, or JSON of options, got ${shown(text)}`,
    );
  }
}
