import { RESET_MODES, type ResetMode } from './connector.js';
import { PoolOptionError } from './errors.js';
import { shown } from './shown.js';
import { didYouMean } from './suggest.js';

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

type Check = readonly [expected: string, accepts: (value: unknown) => boolean];

const count = (min: number, most = Infinity): Check => [
  `a whole number from ${min} up${most === Infinity ? ', or Infinity' : ''}`,
  (value) => (Number.isSafeInteger(value) && (value as number) >= min) || (value === Infinity && most === Infinity),
];
const ms = (min: number, most = Number.MAX_VALUE): Check => [
  `milliseconds from ${min} up${most === Infinity ? ', or Infinity' : ''}`,
  (value) => typeof value === 'number' && value >= min && value <= most,
];
const oneOf = (known: readonly string[]): Check => [
  known.map((word) => `"${word}"`).join(', '),
  (value) => known.includes(value as string),
];

const CHECKS: { readonly [option in keyof PoolOptions]-?: Check } = {
  maxSize: count(1),
  maxIdle: count(0),
  minIdle: count(0, Number.MAX_SAFE_INTEGER),
  acquireTimeout: ms(0, Infinity),
  maxWaiters: count(0),
  maxConnecting: count(1),
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
  name: ['a text that is not empty', (value) => typeof value === 'string' && value !== ''],
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
  for (const [option, value] of Object.entries(given)) {
    const [expected, accepts] = POOL_OPTION_NAMES.has(option) ? CHECKS[option as keyof PoolOptions] : [];
    if (accepts === undefined) refuse(option, `unknown option "${option}"${didYouMean(option, POOL_OPTION_NAMES)}`);
    else if (!accepts(value))
      refuse(option, `option "${option}": expected ${expected}, got ${guessed(value, expected!)}`);
  }
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

/** A value, and what may have been meant by it. */
function guessed(value: unknown, expected: string): string {
  const hint = typeof value === 'string' ? didYouMean(value, expected.match(/(?<=")\w+(?=")/g) ?? []) : '';
  return `${shown(value)}${hint}`;
}
