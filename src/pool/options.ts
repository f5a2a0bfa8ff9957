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

/** When an idle connection is pinged before it is lent; `idleFor` is in milliseconds. */
export type PingPolicy = 'always' | 'never' | { readonly idleFor: number };

export const ORDERS = ['lifo', 'fifo'] as const;
export type Order = (typeof ORDERS)[number];

/**
 * Options of a pool. Every time is in milliseconds.
 * @since 0.1.0
 */
export interface PoolOptions {
  /** Most connections, in all states together. 1 or more, or Infinity. @default 10 */
  readonly maxSize?: number;
  /**
   * Most idle connections. One that is returned when so many are idle, and nobody waits, is closed. At most maxSize.
   * @default maxSize
   */
  readonly maxIdle?: number;
  /** Idle connections that are kept ready, opened in advance. At most maxIdle. @default 0 */
  readonly minIdle?: number;
  /**
   * Limits the whole time between the call and the loan: waiting in the queue, dial, ping and cleaning. With 0 a caller
   * fails at once when every connection is on loan, and otherwise waits only until one is made ready. Infinity waits
   * for ever.
   * @default 30_000
   */
  readonly acquireTimeout?: number;
  /**
   * Most callers that wait with no connection on its way to them. One more is rejected at once with a `QueueFullError`.
   * @default Infinity
   */
  readonly maxWaiters?: number;
  /** Most connections that are being opened at the same time, against connection storms. 1 or more. @default 2 */
  readonly maxConnecting?: number;
  /**
   * Whether, in a pool that has never had a connection, callers learn at once that a dial failed: those that wait, and
   * those that come before the next dial may begin, get a `PoolUnavailableError` whose `cause` is the failure. A server
   * that has no room is waited for all the same. If false, callers wait for `acquireTimeout`, so that a program may
   * start before its server.
   * @default false
   */
  readonly failFast?: boolean;
  /** Limits one dial: name look-up, TCP, TLS, greeting, login and set-up together. 1 or more. @default 10_000 */
  readonly connectTimeout?: number;
  /**
   * The age at which a connection is replaced, less a random part of up to a quarter, so that not all are replaced at
   * once. 0: never.
   * @default 1_800_000
   */
  readonly maxLifetime?: number;
  /** How long a connection may be idle before it is closed; minIdle of them are kept. 0: for ever. @default 600_000 */
  readonly idleTimeout?: number;
  /**
   * How often an idle connection is pinged, so that neither server nor firewall drops it. 0: never. @default 120_000
   */
  readonly keepaliveInterval?: number;
  /**
   * When to ping before a loan: always, never, or `idleFor` ms after the last sign of life. @default { idleFor: 500 }
   */
  readonly ping?: PingPolicy;
  /** Limits one ping, and the good-bye to the server when a connection is closed. 1 or more. @default 1_000 */
  readonly pingTimeout?: number;
  /**
   * How a returned connection is cleaned: `auto` does the least that makes it as good as new, `session` a full reset,
   * `rollback` and `commit` only end the transaction, `none` does nothing. A connection that cannot be cleaned is
   * destroyed.
   * @default 'auto'
   */
  readonly reset?: ResetMode;
  /** Limits one cleaning, which runs in the background. 1 or more. @default 5_000 */
  readonly resetTimeout?: number;
  /** Which idle connection is lent next: the one returned last (`lifo`) or first (`fifo`). @default 'lifo' */
  readonly order?: Order;
  /** A loan that lasts longer is reported (`leakSuspected`) with the line of code that took it. 0: off. @default 0 */
  readonly leakThreshold?: number;
  /** The pool's name in errors, events and statistics. @default 'pool-1' and so on */
  readonly name?: string;
}

/** Options with every default in place, frozen. @since 0.1.0 */
export type ResolvedPoolOptions = Required<PoolOptions>;

/** Options of one `acquire`, which replace those of the pool. @since 0.1.0 */
export interface AcquireOptions {
  /** When the signal aborts, `acquire` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Replaces `acquireTimeout`, in ms. */
  readonly timeout?: number | undefined;
  /** The borrower's name in `borrowers()`, events, leak reports and time-out errors. Cut off after 200 characters. */
  readonly label?: string | undefined;
}

/** Options that can be changed while the pool runs. */
export type ResizeOptions = Omit<PoolOptions, 'name'>;

/** Options of `close` and `drain`. @since 0.1.0 */
export interface CloseOptions {
  /** How long to wait for loans to end, in ms; those still out then are destroyed. @default 10_000 */
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

/** The names of all options of the engine. */
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

/** The options after a change. @throws PoolOptionError */
export function resizedOptions(before: ResolvedPoolOptions, changes: ResizeOptions): ResolvedPoolOptions {
  const { maxIdle, ...others } = before;
  // maxIdle follows maxSize unless it was set to something else.
  return resolveOptions({ ...(maxIdle === before.maxSize ? others : before), ...changes });
}

const ACQUIRE_CHECKS: Checks<AcquireOptions> = { signal: abortSignal, timeout: msOrInfinity(0), label: text };
export const CLOSE_CHECKS: Checks<CloseOptions> = { timeout: msOrInfinity(0) };

/** The first fault in the options of a method, by default of `acquire`; undefined when there is none. */
export function faultOf(
  pool: string,
  options: object,
  checks: Readonly<Record<string, Check>> = ACQUIRE_CHECKS,
  of?: string,
): PoolOptionError | undefined {
  const fault = faultInOptions(options, checks, of);
  return fault && new PoolOptionError(pool, fault.option, fault.message);
}

/** @throws PoolOptionError when `count` is not a whole number from 0 to `most`; without `most`, any number from 0 up */
export function checkCount(pool: string, of: string, option: string, count: unknown, most?: number): void {
  if (most === undefined ? typeof count === 'number' && count >= 0 : whole(0, most)[1](count)) return;
  const expected = most === undefined ? 'a number from 0 up' : whole(0, most)[0];
  throw new PoolOptionError(pool, option, `${of}: expected ${expected}, got ${shown(count)}`);
}
