import { checks, type Check } from '../pool/index.js';
import type { Coordinator } from './coordinator.js';

/**
 * Options of a fleet: how the processes that use an account share one limit on its connections. All times are in
 * milliseconds.
 * @since 0.1.0
 */
export interface FleetOptions {
  /**
   * Most connections of all processes together, 1 or more. With `cap: 'account'` it is optional: the server tells the
   * account's MAX_USER_CONNECTIONS, and a lower `limit` binds this process alone. With `cap: 'slots'` it must be given.
   * @default the account's MAX_USER_CONNECTIONS
   */
  readonly limit?: number;
  /**
   * What enforces the limit. `account`: the server counts the account's sessions and refuses further logins. `slots`:
   * each connection holds one of `limit` named locks, for users who may not alter the account.
   * @default 'account'
   */
  readonly cap?: 'account' | 'slots';
  /** How many connections this process may keep although it does not use them and other processes wait. @default 0 */
  readonly floor?: number;
  /**
   * Relative size of this process's share: a process of weight 2 gets twice as many as one of weight 1. Above 0.
   * @default 1
   */
  readonly weight?: number;
  /**
   * What makes processes give connections up for each other: `mysql` uses the server's own count of sessions and needs
   * nothing installed; `redisCoordinator(client)` uses Redis or Valkey; with `none` no process gives anything up.
   * @default 'mysql'
   */
  readonly coordinator?: 'mysql' | 'none' | Coordinator;
  /**
   * Name of the fleet, 1 to 40 letters, digits and `. _ - :`. Processes with the same name on the same server belong
   * together.
   * @default 'default'
   */
  readonly name?: string;
  /**
   * After how long, in ms, the server ends a connection on which it hears nothing (`wait_timeout`), so that the
   * connections of a frozen or vanished process are freed. Idle connections are pinged after a third of it. Rounded
   * down to whole seconds; 1 000 or more.
   * @default 60 000
   */
  readonly lease?: number;
  /** Longest run time of a statement, in ms, set for each session. @default the server's own setting */
  readonly statementLimit?: number;
}

/** Options with all defaults filled in. */
export type ResolvedFleetOptions = Required<Omit<FleetOptions, 'limit' | 'statementLimit'>> &
  Pick<FleetOptions, 'limit' | 'statementLimit'>;

const DEFAULTS = { cap: 'account', floor: 0, weight: 1, coordinator: 'mysql', name: 'default', lease: 60_000 } as const;

const positive: Check = [
  'a number above 0',
  (value) => typeof value === 'number' && value > 0 && Number.isFinite(value),
];

// The name becomes part of the names of locks and keys, some of which may not be long.
const fleetName: Check = [
  'a text of 1 to 40 letters, digits and . _ - :',
  (value) => typeof value === 'string' && /^[\w.:-]{1,40}$/.test(value),
];

const coordinator: Check = [
  '"mysql", "none" or a coordinator such as redisCoordinator(client)',
  (value) => {
    if (value === 'mysql' || value === 'none') return true;
    // `join` alone does not tell: arrays have one as well.
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

/** The fault in a value of the option `fleet`; undefined if there is none. */
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

/** Fills in the defaults of options that have been checked. Undefined if there is to be no fleet. */
export function resolveFleet(given: boolean | FleetOptions | undefined): ResolvedFleetOptions | undefined {
  if (given === undefined || given === false) return undefined;
  const chosen =
    given === true ? {} : Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...chosen };
}
