import { checks, type Check } from '../pool/index.js';
import type { Coordinator } from './coordinator.js';

/**
 * How the processes of an account share one limit.
 * @since 0.1.0
 */
export interface FleetOptions {
  /**
   * Most connections of all processes together. With `cap: 'account'` it is found: the account's MAX_USER_CONNECTIONS; a
   * lower one holds for this process alone.
   * @default the account's own limit
   */
  readonly limit?: number;
  /**
   * Who holds the limit. `account`: the server counts the account's sessions. `slots`: named locks, one for each
   * connection, for those who cannot alter accounts; `limit` must be given.
   * @default 'account'
   */
  readonly cap?: 'account' | 'slots';
  /** Connections that this process keeps although nobody uses them and others wait. @default 0 */
  readonly floor?: number;
  /** How much more than others this process is due: one of weight 2 gets twice as many as one of weight 1. @default 1 */
  readonly weight?: number;
  /**
   * Who sees to it that processes give way to each other: `mysql` by the server's own count, with nothing to install;
   * `redisCoordinator(client)`; or nobody.
   * @default 'mysql'
   */
  readonly coordinator?: 'mysql' | 'none' | Coordinator;
  /** What the fleet is called: those with the same name and server belong together. @default 'default' */
  readonly name?: string;
  /**
   * How long, in ms, the server keeps a connection of which nothing is heard: it loses those of a process that is frozen or
   * gone. Every connection is pinged three times as often. Whole seconds count.
   * @default 60 000
   */
  readonly lease?: number;
  /** Longest time of a statement, in ms, set for each session. @default as the server says */
  readonly statementLimit?: number;
}

/** Options with everything filled in that has a default. */
export type ResolvedFleetOptions = Required<Omit<FleetOptions, 'limit' | 'statementLimit'>> &
  Pick<FleetOptions, 'limit' | 'statementLimit'>;

const DEFAULTS = { cap: 'account', floor: 0, weight: 1, coordinator: 'mysql', name: 'default', lease: 60_000 } as const;

const positive: Check = [
  'a number above 0',
  (value) => typeof value === 'number' && value > 0 && Number.isFinite(value),
];

// It is part of names of locks and keys, of which some have a short limit.
const fleetName: Check = [
  'a text of 1 to 40 letters, digits and . _ - :',
  (value) => typeof value === 'string' && /^[\w.:-]{1,40}$/.test(value),
];

const coordinator: Check = [
  '"mysql", "none" or a coordinator such as redisCoordinator(client)',
  (value) => {
    if (value === 'mysql' || value === 'none') return true;
    // Lists have a `join` as well.
    const { kind, join } = (value ?? {}) as Partial<Coordinator>;
    return typeof kind === 'string' && typeof join === 'function';
  },
];

const CHECKS: checks.Checks<FleetOptions> = {
  limit: checks.whole(1),
  cap: checks.oneOf(['account', 'slots']),
  floor: checks.whole(0),
  weight: positive,
  coordinator,
  name: fleetName,
  lease: checks.ms(1_000),
  statementLimit: checks.ms(1),
};

/** What is wrong with a value of the option `fleet`, if anything is. */
export function faultOfFleet(given: unknown): { readonly option: string; readonly message: string } | undefined {
  if (given === undefined || typeof given === 'boolean') return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { option: 'fleet', message: checks.faultOfValue('fleet', given, EITHER) };
  const fault = checks.faultInOptions(given, CHECKS, 'fleet');
  if (fault !== undefined) return { ...fault, option: `fleet.${fault.option}` };
  const { limit, cap, floor = 0 } = given as FleetOptions;
  if (cap === 'slots' && limit === undefined)
    return { option: 'fleet.limit', message: 'fleet: cap "slots" needs a limit: how many connections there may be' };
  if (limit !== undefined && floor > limit)
    return { option: 'fleet.floor', message: `fleet: a floor of ${floor} does not fit into a limit of ${limit}` };
  return undefined;
}

const EITHER: Check = ['true, false, or an object of options', () => false];

/** Options that have been checked; undefined when there is to be no fleet. */
export function resolveFleet(given: boolean | FleetOptions | undefined): ResolvedFleetOptions | undefined {
  if (given === undefined || given === false) return undefined;
  const chosen =
    given === true ? {} : Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...chosen };
}
