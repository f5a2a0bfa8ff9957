import {
  abortSignal,
  faultInOptions,
  filledText,
  flag,
  ms,
  msOrInfinity,
  oneOf,
  text,
  whole,
  wholeOrInfinity,
  type Check,
  type Checks,
} from './checks.js';
import { RESET_MODES, type ResetMode } from './connector.js';
import { PoolOptionError } from './errors.js';
import { shown } from './shown.js';

/** When an idle connection is asked for a sign of life before it is lent. */
export type PingPolicy = 'always' | 'never' | { readonly idleFor: number };

export const ORDERS = ['lifo', 'fifo'] as const;
export type Order = (typeof ORDERS)[number];

/**
 * Options of a pool. Every time is in milliseconds.
 * @since 0.1.0
 */
export interface PoolOptions {
  /** Most connections there ever are, in every state together. 1 or more, or Infinity. @default 10 */
  readonly maxSize?: number;
  /** Most connections kept when they come back and nobody waits. @default maxSize */
  readonly maxIdle?: number;
  /** Fewest idle connections kept ready, opened ahead. At most maxIdle. @default 0 */
  readonly minIdle?: number;
  /**
   * Bounds all that lies between the call and the loan: line, dial, ping, cleaning. 0 fails at once when every
   * connection is out, and otherwise waits only for one to be made ready. Infinity waits for ever. @default 30_000
   */
  readonly acquireTimeout?: number;
  /** Most callers in line for whom there is no room; one more is turned away at once. @default Infinity */
  readonly maxWaiters?: number;
  /** Most connections being opened at the same time, against storms. @default 2 */
  readonly maxConnecting?: number;
  /**
   * As long as the pool has never had a connection, a dial that fails is told at once to whoever waits, and to whoever
   * asks before the next may begin, as a `PoolUnavailableError` whose `cause` is the failure. A server that has no room
   * is waited for all the same. Without it they wait for `acquireTimeout`, so that a program may start before its server.
   * @default false
   */
  readonly failFast?: boolean;
  /** Bounds one dial: name look-up, TCP, TLS, greeting, login and set-up together. @default 10_000 */
  readonly connectTimeout?: number;
  /** Age at which a connection is replaced, less up to a quarter, so that not all go together. 0: never. @default 1_800_000 */
  readonly maxLifetime?: number;
  /** How long a connection may lie idle before it is closed, down to minIdle. 0: for ever. @default 600_000 */
  readonly idleTimeout?: number;
  /** How often an idle connection is pinged, so that neither server nor firewall forgets it. 0: never. @default 120_000 */
  readonly keepaliveInterval?: number;
  /** Ping before a loan: always, never, or after so long in idleness. @default { idleFor: 500 } */
  readonly ping?: PingPolicy;
  /** Bounds one ping, and one good-bye. @default 1_000 */
  readonly pingTimeout?: number;
  /**
   * How a returned connection is cleaned: `auto` does the least that makes it as good as new, `session` a full reset,
   * `rollback` and `commit` just that, `none` nothing. What cannot be cleaned is destroyed. @default 'auto'
   */
  readonly reset?: ResetMode;
  /** Bounds one cleaning, which goes on in the background. @default 5_000 */
  readonly resetTimeout?: number;
  /** Which idle connection is lent next: the last returned or the first. @default 'lifo' */
  readonly order?: Order;
  /** A loan held for longer is reported with the place it was taken at. 0: off. @default 0 */
  readonly leakThreshold?: number;
  /** The pool's name in errors, events and statistics. @default 'pool-1' and so on */
  readonly name?: string;
}

/** Options with every default in place, frozen. @since 0.1.0 */
export type ResolvedPoolOptions = Required<PoolOptions>;

/** How one `acquire` differs from the pool's options. @since 0.1.0 */
export interface AcquireOptions {
  /** Gives up when it aborts, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of `acquireTimeout`, in ms. */
  readonly timeout?: number | undefined;
  /** What the borrower is called in `borrowers()`, events, leak reports and time-outs. Cut off after 200 characters. */
  readonly label?: string | undefined;
}

/** Options that can be changed while the pool runs. */
export type ResizeOptions = Omit<PoolOptions, 'name'>;

/** @since 0.1.0 */
export interface CloseOptions {
  /** How long loans are waited for, in ms; what is out then is destroyed. @default 10_000 */
  readonly timeout?: number | undefined;
}

const CHECKS: Checks<PoolOptions> = {
  maxSize: wholeOrInfinity(1),
  maxIdle: wholeOrInfinity(0),
  minIdle: whole(0),
  acquireTimeout: msOrInfinity(0),
  maxWaiters: wholeOrInfinity(0),
  maxConnecting: wholeOrInfinity(1),
  failFast: flag,
  connectTimeout: ms(1),
  maxLifetime: ms(0),
  idleTimeout: ms(0),
  keepaliveInterval: ms(0),
  ping: ['"always", "never" or { idleFor: milliseconds }', isPingPolicy],
  pingTimeout: ms(1),
  reset: oneOf(RESET_MODES),
  resetTimeout: ms(1),
  order: oneOf(ORDERS),
  leakThreshold: ms(0),
  name: filledText,
};

/** Every option of the engine by name. */
export const POOL_OPTION_NAMES: ReadonlySet<string> = new Set(Object.keys(CHECKS));

let unnamed = 0;

function defaultsOf(given: PoolOptions): ResolvedPoolOptions {
  const { maxSize = 10 } = given;
  return {
    maxSize,
    maxIdle: maxSize,
    minIdle: 0,
    acquireTimeout: 30_000,
    maxWaiters: Infinity,
    maxConnecting: 2,
    failFast: false,
    connectTimeout: 10_000,
    maxLifetime: 1_800_000,
    idleTimeout: 600_000,
    keepaliveInterval: 120_000,
    ping: { idleFor: 500 },
    pingTimeout: 1_000,
    reset: 'auto',
    resetTimeout: 5_000,
    order: 'lifo',
    leakThreshold: 0,
    name: given.name ?? `pool-${++unnamed}`,
  };
}

/**
 * Checks options and fills in the defaults. An option that is undefined counts as not given.
 * @throws PoolOptionError for an unknown name, a value out of range, or a contradiction
 */
export function resolveOptions(options: PoolOptions): ResolvedPoolOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as PoolOptions;
  const pool = typeof given.name === 'string' && given.name !== '' ? given.name : 'pool';
  const refuse = (option: string, text: string): never => {
    throw new PoolOptionError(pool, option, text);
  };
  const fault = faultInOptions(given, CHECKS);
  if (fault !== undefined) refuse(fault.option, fault.message);
  const resolved = { ...defaultsOf(given), ...given };
  const { maxSize, maxIdle, minIdle } = resolved;
  if (maxIdle > maxSize) refuse('maxIdle', `maxIdle (${maxIdle}) is above maxSize (${maxSize})`);
  if (minIdle > maxSize) refuse('minIdle', `minIdle (${minIdle}) is above maxSize (${maxSize})`);
  if (minIdle > maxIdle) refuse('minIdle', `minIdle (${minIdle}) is above maxIdle (${maxIdle})`);
  return Object.freeze(resolved);
}

function isPingPolicy(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === 'always' || value === 'never';
  const { idleFor, ...rest } = value as { idleFor?: unknown };
  return typeof idleFor === 'number' && idleFor >= 0 && Object.keys(rest).length === 0;
}

/** As they are after a change. @throws PoolOptionError */
export function resizedOptions(before: ResolvedPoolOptions, changes: ResizeOptions): ResolvedPoolOptions {
  const { maxIdle, ...others } = before;
  // maxIdle goes along with maxSize unless it was set apart from it.
  return resolveOptions({ ...(maxIdle === before.maxSize ? others : before), ...changes });
}

const ACQUIRE_CHECKS: Checks<AcquireOptions> = { signal: abortSignal, timeout: msOrInfinity(0), label: text };
export const CLOSE_CHECKS: Checks<CloseOptions> = { timeout: msOrInfinity(0) };

/** What is wrong with the options of a method, of `acquire` unless another is named; undefined when nothing is. */
export function faultOf(
  pool: string,
  options: object,
  checks: Readonly<Record<string, Check>> = ACQUIRE_CHECKS,
  of?: string,
): PoolOptionError | undefined {
  const fault = faultInOptions(options, checks, of);
  return fault && new PoolOptionError(pool, fault.option, fault.message);
}

/** @throws PoolOptionError when `count` is no whole number up to `most`, or no number at all where there is no `most` */
export function checkCount(pool: string, of: string, option: string, count: unknown, most?: number): void {
  if (most === undefined ? typeof count === 'number' && count >= 0 : whole(0, most)[1](count)) return;
  const expected = most === undefined ? 'a number from 0 up' : whole(0, most)[0];
  throw new PoolOptionError(pool, option, `${of}: expected ${expected}, got ${shown(count)}`);
}
