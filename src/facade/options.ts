import { PoolOptionError, shown, type PoolOptions, type ResetMode } from '../pool/index.js';
import type { MysqlPoolOptions } from '../api/index.js';
import { knownOptionNames } from '../api/options.js';
import { whatInstead } from '../mysql/other-words.js';
import { copyProperties } from '../mysql/copy-properties.js';
import { parseUrl } from '../mysql/url.js';
import type { ConnectionConfig, CoreModule } from './mysql2-module.js';

/** Options in mysql2's words, each with whom it is for. */
export interface FacadeOptions {
  /** For our pool, in our words. */
  readonly pool: MysqlPoolOptions;
  /** mysql2's view of how each connection is made; the pool does not use it. */
  readonly connectionConfig: ConnectionConfig;
  readonly waitForConnections: boolean;
  readonly Promise: PromiseConstructor | undefined;
  readonly gracefulEnd: boolean;
}

/** What mysql2's pool reads, or what it forbids nobody to pass on and we do not. */
const POOL_NAMES = [
  'waitForConnections', 'connectionLimit', 'queueLimit', 'resetOnRelease', 'gracefulEnd', 'Promise', 'pool', 'isServer',
] as const; // prettier-ignore

// As documented by mysql2, where it has no effect unless maxIdle is below connectionLimit.
const IDLE_TIMEOUT = 60_000;

// How often mysql2's pool looks for idle connections whose time is up (ms).
const LOOK = 1_000;

// The longest time that Node has a timer for (ms). To mysql2 a limit of 0 is none.
const NO_LIMIT = 2 ** 31 - 1;

/**
 * Reads options as mysql2 does: numbers may be texts, an option that is undefined is none, and one that nobody knows is
 * ignored with a warning.
 * @throws PoolOptionError
 */
export function readOptions(core: CoreModule, source: unknown): FacadeOptions {
  const given = merge(source);
  const name = typeof given['name'] === 'string' ? given['name'] : 'createPool';
  const known = new Set([...knownOptionNames(), ...POOL_NAMES]);
  for (const option of Object.getOwnPropertyNames(given)) if (!known.has(option)) drop(given, option, name, known);
  // A pool of mysql2's, which may have come along in the configuration of a connection, is passed over as by mysql2.
  if (given['pool']?.constructor === Object) drop(given, 'pool', name, known);
  const pool = { ...sizesOf(given, name), ...lineOf(given), ...resetOf(given), ...dialOf(given) };
  const ours = copyProperties(given, {}) as Record<string, unknown>;
  for (const option of POOL_NAMES) delete ours[option];
  // mysql2's own pool tells every failure to connect at once.
  ours['failFast'] ??= true;
  const { gracefulEnd } = given;
  return {
    pool: Object.assign(ours, pool),
    connectionConfig: configOf(core, given),
    waitForConnections: given['waitForConnections'] === undefined ? true : Boolean(given['waitForConnections']),
    Promise: given['Promise'] as PromiseConstructor | undefined,
    gracefulEnd: Boolean(gracefulEnd),
  };
}

/** A copy that may be changed. Property descriptors are kept: some hide their password from enumeration. */
function merge(source: unknown): Record<string, unknown> {
  if (typeof source === 'string') return parseUrl(source);
  if (typeof source !== 'object' || source === null || Array.isArray(source)) {
    throw new PoolOptionError('createPool', 'options', `expected a URL or an object of options, got ${shown(source)}`);
  }
  const { uri } = source as { readonly uri?: unknown };
  const merged = typeof uri === 'string' ? parseUrl(uri) : {};
  copyProperties(source, merged);
  delete merged['uri'];
  return merged;
}

function drop(given: Record<string, unknown>, option: string, pool: string, known: ReadonlySet<string>): void {
  delete given[option];
  process.emitWarning(`${pool}: unknown option "${option}" is ignored${whatInstead(option, known)}`, {
    type: 'MysqlPoolWarning',
    code: 'MYSQLPOOL_UNKNOWN_OPTION',
  });
}

function sizesOf(given: Readonly<Record<string, unknown>>, pool: string): PoolOptions {
  const limit = numberOf(given['connectionLimit']);
  const ours = given['maxSize'] as number | undefined;
  const maxSize = sizeOf(limit) ?? ours ?? 10;
  if (ours !== undefined && ours !== maxSize) {
    const text = 'connectionLimit and maxSize mean the same, but they differ; give one of them';
    throw new PoolOptionError(pool, 'connectionLimit', text);
  }
  const maxIdle = numberOf(given['maxIdle']);
  return {
    maxSize,
    idleTimeout: idleTimeoutOf(
      numberOf(given['idleTimeout']) ?? IDLE_TIMEOUT,
      maxIdle !== undefined && maxIdle < maxSize,
    ),
    // More than there can be is no mistake to mysql2.
    ...(maxIdle === undefined ? {} : { maxIdle: Math.min(maxIdle, maxSize) }),
  };
}

/** mysql2's 0 is no limit at all. */
export function sizeOf(limit: number | undefined): number | undefined {
  return limit === 0 ? Infinity : limit;
}

/** mysql2's queueLimit beside our maxWaiters: the smaller one counts. */
function lineOf(given: Readonly<Record<string, unknown>>): PoolOptions {
  if (given['queueLimit'] === undefined) return {};
  const most = waitersOf(numberOf(given['queueLimit']));
  const ours = given['maxWaiters'];
  return { maxWaiters: typeof ours === 'number' ? Math.min(ours, most) : most };
}

/** mysql2's 0 is no limit at all. */
export function waitersOf(limit: number | undefined): number {
  return limit !== undefined && limit > 0 ? Math.floor(limit) : Infinity;
}

/** mysql2's 0 is until it looks the next time, which it does only where it keeps fewer than it may have; ours is never. */
export function idleTimeoutOf(ms: number, looks: boolean): number {
  return ms === 0 && looks ? LOOK : ms;
}

/** Who says false wants what mysql2 does then: nothing. */
function resetOf(given: Readonly<Record<string, unknown>>): PoolOptions {
  const { resetOnRelease, reset } = given;
  return resetOnRelease === undefined || reset !== undefined ? {} : { reset: resetModeOf(resetOnRelease) };
}

export const resetModeOf = (resetOnRelease: unknown): ResetMode => (resetOnRelease ? 'session' : 'none');

function dialOf(given: Readonly<Record<string, unknown>>): PoolOptions {
  if (given['connectTimeout'] === undefined) return {};
  const limit = numberOf(given['connectTimeout']);
  return { connectTimeout: limit === 0 ? NO_LIMIT : limit } as PoolOptions;
}

export function numberOf(value: unknown): number | undefined {
  return value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value);
}

/** In the words of mysql2 only: its class warns of every other. */
function configOf(core: CoreModule, given: Readonly<Record<string, unknown>>): ConnectionConfig {
  const { password } = given;
  const options: Record<string, unknown> = {};
  for (const option of knownOptionNames('driver')) if (given[option] !== undefined) options[option] = given[option];
  if (typeof options['ssl'] === 'object' && options['ssl'] !== null) options['ssl'] = { ...options['ssl'] };
  if (typeof password === 'string') options['password'] = password;
  if (given['gracefulEnd'] !== undefined) options['gracefulEnd'] = given['gracefulEnd'];
  if (given['connectTimeout'] !== undefined) options['connectTimeout'] = given['connectTimeout'];
  const config = new core.ConnectionConfig(options);
  Object.defineProperty(config, 'password', { enumerable: false });
  return config;
}
