import { RESET_MODES, type ResetMode } from './connector.js';
import { PoolOptionError } from './errors.js';
import { didYouMean } from './suggest.js';

/** When an idle connection is asked for a sign of life before it is lent. */
export type PingPolicy = 'always' | 'never' | { readonly idleFor: number };

/** SQLAlchemy's pools by name: each is this one engine, set up differently. */
export const POOL_CLASSES = ['QueuePool', 'NullPool', 'StaticPool', 'AssertionPool', 'SingletonThreadPool'] as const;
export type PoolClass = (typeof POOL_CLASSES)[number];

export const ORDERS = ['lifo', 'fifo'] as const;
export type Order = (typeof ORDERS)[number];

/**
 * Options of a pool. Every time is in milliseconds.
 * @since 0.1.0
 */
export interface PoolOptions {
  /** Most connections there ever are, in every state together. 1 or more, or Infinity. @default 10 */
  readonly maxSize?: number;
  /** Most connections kept when they come back and nobody waits; the rest is closed. @default maxSize */
  readonly maxIdle?: number;
  /** Fewest idle connections kept ready; opened ahead and refilled. At most maxIdle. @default 0 */
  readonly minIdle?: number;
  /**
   * Bounds all that lies between the call and the loan: line, dial, ping, cleaning. 0 fails at once when every
   * connection is out, and otherwise waits only for one to be made ready. Infinity waits for ever. @default 30_000
   */
  readonly acquireTimeout?: number;
  /** Most callers in line; one more is turned away at once. 0 or more, or Infinity. @default Infinity */
  readonly maxWaiters?: number;
  /** Most connections being opened at the same time, against storms. 1 or more. @default 2 */
  readonly maxConnecting?: number;
  /** Bounds the opening of a connection: name look-up, TCP, TLS, greeting, login and set-up together. @default 10_000 */
  readonly connectTimeout?: number;
  /** Age at which a connection is replaced, less up to a quarter so that they do not go together. 0: never. @default 1_800_000 */
  readonly maxLifetime?: number;
  /** How long a connection may lie idle before it is closed, down to minIdle. 0: for ever. @default 600_000 */
  readonly idleTimeout?: number;
  /** How often an idle connection is pinged, so that neither server nor firewall forgets it. 0: never. @default 120_000 */
  readonly keepaliveInterval?: number;
  /** Ping before a loan: always, never, or only after so long in idleness. @default { idleFor: 500 } */
  readonly ping?: PingPolicy;
  /** Bounds one ping, and one good-bye. @default 1_000 */
  readonly pingTimeout?: number;
  /**
   * How a returned connection is cleaned. `auto`: the least that makes it as good as new; `rollback`, `commit`: just
   * that; `session`: a full session reset; `none`: nothing. What cannot be cleaned is destroyed. @default 'auto'
   */
  readonly reset?: ResetMode;
  /** Bounds the cleaning of a returned connection, in the background. @default 5_000 */
  readonly resetTimeout?: number;
  /** Which idle connection is lent next: the last returned, or the first. @default 'lifo' */
  readonly order?: Order;
  /** One loan per async context: within a scope, repeated acquires share a connection. @default false */
  readonly contextLocal?: boolean;
  /** A loan held longer than this is reported with the place it was taken at. 0: off. @default 0 */
  readonly leakThreshold?: number;
  /**
   * `QueuePool` lends each caller a connection of its own. `NullPool` keeps none; `StaticPool` shares one among all;
   * `AssertionPool` fails on a second loan and shows where the first was taken; `SingletonThreadPool` is contextLocal.
   * @default 'QueuePool'
   */
  readonly poolClass?: PoolClass;
  /** The pool's name in errors, events and statistics. @default 'pool-1', 'pool-2' and so on */
  readonly name?: string;
}

/** Options with every default in place, frozen. @since 0.1.0 */
export type ResolvedPoolOptions = Required<PoolOptions>;

/** Every option of the engine by name. */
export const POOL_OPTION_NAMES: ReadonlySet<string> = new Set<keyof PoolOptions>([
  'maxSize', 'maxIdle', 'minIdle', 'acquireTimeout', 'maxWaiters', 'maxConnecting', 'connectTimeout', 'maxLifetime',
  'idleTimeout', 'keepaliveInterval', 'ping', 'pingTimeout', 'reset', 'resetTimeout', 'order', 'contextLocal',
  'leakThreshold', 'name', 'poolClass',
]); // prettier-ignore

let unnamed = 0;

/**
 * Checks options and fills in the defaults.
 * @throws PoolOptionError for an unknown name, a value out of range, or a contradiction
 */
export function resolveOptions(options: PoolOptions): ResolvedPoolOptions {
  const name = options.name ?? `pool-${++unnamed}`;
  const check = new OptionCheck(name, options);
  for (const key of Object.keys(options)) {
    if (!POOL_OPTION_NAMES.has(key)) check.refuse(key, `unknown option "${key}"${didYouMean(key, POOL_OPTION_NAMES)}`);
  }
  const poolClass = check.oneOf('poolClass', 'QueuePool', POOL_CLASSES);
  const single = poolClass === 'StaticPool' || poolClass === 'AssertionPool';
  const maxSize = check.count('maxSize', single ? 1 : 10, 1);
  const maxIdle = check.count('maxIdle', poolClass === 'NullPool' ? 0 : maxSize, 0);
  const resolved: ResolvedPoolOptions = {
    name: check.text('name', name),
    maxSize,
    maxIdle,
    minIdle: check.count('minIdle', 0, 0),
    acquireTimeout: check.ms('acquireTimeout', 30_000, 0, true),
    maxWaiters: check.count('maxWaiters', Infinity, 0),
    maxConnecting: check.count('maxConnecting', 2, 1),
    connectTimeout: check.ms('connectTimeout', 10_000, 1),
    maxLifetime: check.ms('maxLifetime', 1_800_000, 0),
    idleTimeout: check.ms('idleTimeout', 600_000, 0),
    keepaliveInterval: check.ms('keepaliveInterval', 120_000, 0),
    ping: check.ping({ idleFor: 500 }),
    pingTimeout: check.ms('pingTimeout', 1_000, 1),
    reset: check.oneOf('reset', 'auto', RESET_MODES),
    resetTimeout: check.ms('resetTimeout', 5_000, 1),
    order: check.oneOf('order', 'lifo', ORDERS),
    contextLocal: check.flag('contextLocal', poolClass === 'SingletonThreadPool'),
    poolClass,
    leakThreshold: check.ms('leakThreshold', 0, 0),
  };
  if (single && maxSize !== 1)
    check.refuse('maxSize', `${poolClass} has exactly one connection, but maxSize is ${maxSize}`);
  if (maxIdle > maxSize) check.refuse('maxIdle', `maxIdle (${maxIdle}) is above maxSize (${maxSize})`);
  if (resolved.minIdle > maxIdle) {
    const above = maxIdle === maxSize ? `maxSize (${maxSize})` : `maxIdle (${maxIdle})`;
    check.refuse('minIdle', `minIdle (${resolved.minIdle}) is above ${above}`);
  }
  return Object.freeze(resolved);
}

const shown = (value: unknown): string => {
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
};

/** Reads one option at a time; says which one, what was expected and what came. */
class OptionCheck {
  readonly #pool: string;
  readonly #options: PoolOptions;

  constructor(pool: string, options: PoolOptions) {
    this.#pool = typeof pool === 'string' ? pool : 'pool';
    this.#options = options;
  }

  refuse(option: string, message: string): never {
    throw new PoolOptionError(this.#pool, option, message);
  }

  #expected(option: string, what: string, value: unknown): never {
    return this.refuse(option, `option "${option}": expected ${what}, got ${shown(value)}`);
  }

  count(option: keyof PoolOptions, fallback: number, min: number): number {
    const value: unknown = this.#options[option] ?? fallback;
    if (value === Infinity && option !== 'minIdle' && option !== 'maxConnecting') return Infinity;
    if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
    return this.#expected(option, `a whole number from ${min} up`, value);
  }

  ms(option: keyof PoolOptions, fallback: number, min: number, endless = false): number {
    const value: unknown = this.#options[option] ?? fallback;
    if (typeof value === 'number' && value >= min && (Number.isFinite(value) || endless)) return value;
    return this.#expected(option, `milliseconds from ${min} up${endless ? ', or Infinity' : ''}`, value);
  }

  flag(option: keyof PoolOptions, fallback: boolean): boolean {
    const value: unknown = this.#options[option] ?? fallback;
    return typeof value === 'boolean' ? value : this.#expected(option, 'true or false', value);
  }

  text(option: keyof PoolOptions, fallback: string): string {
    const value: unknown = this.#options[option] ?? fallback;
    return typeof value === 'string' && value !== ''
      ? value
      : this.#expected(option, 'a text that is not empty', value);
  }

  oneOf<T extends string>(option: keyof PoolOptions, fallback: T, known: readonly T[]): T {
    const value: unknown = this.#options[option] ?? fallback;
    if (known.includes(value as T)) return value as T;
    const hint = typeof value === 'string' ? didYouMean(value, known) : '';
    return this.#expected(option, known.map((k) => `"${k}"`).join(', '), value + hint);
  }

  ping(fallback: PingPolicy): PingPolicy {
    const value: unknown = this.#options.ping ?? fallback;
    if (value === 'always' || value === 'never') return value;
    const idleFor = typeof value === 'object' && value !== null && (value as { idleFor?: unknown }).idleFor;
    if (typeof idleFor === 'number' && idleFor >= 0 && Object.keys(value as object).length === 1) return { idleFor };
    return this.#expected('ping', '"always", "never" or { idleFor: milliseconds }', value);
  }
}
