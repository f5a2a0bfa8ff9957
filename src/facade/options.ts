import { PoolOptionError, shown, type PoolOptions, type ResetMode } from '../pool/index.js';
import type { MysqlPoolOptions } from '../api/index.js';
import { knownOptionNames } from '../api/options.js';
import { LONGEST_TIMER } from '../pool/clock.js';
import { whatInstead } from '../mysql/other-words.js';
import { copyProperties } from '../mysql/copy-properties.js';
import { parseUrl } from '../mysql/url.js';
import type { ConnectionConfig, CoreModule } from './mysql2-module.js';

/** Options given in mysql2's terms, separated by recipient. */
export interface FacadeOptions {
  /** The options of our pool, under our names. */
  readonly pool: MysqlPoolOptions;
  /** How mysql2 would configure each connection, for code that reads it; our pool does not use it. */
  readonly connectionConfig: ConnectionConfig;
  readonly waitForConnections: boolean;
  readonly Promise: PromiseConstructor | undefined;
  readonly gracefulEnd: boolean;
}

/** Options of mysql2's pool, and options that mysql2 lets pass and that must not reach our pool. */
const POOL_NAMES = [
  'waitForConnections', 'connectionLimit', 'queueLimit', 'resetOnRelease', 'gracefulEnd', 'Promise', 'pool', 'isServer',
] as const; // prettier-ignore

/** Options that mysql2 reads as numbers. */
const NUMBERS = ['connectionLimit', 'maxIdle', 'idleTimeout', 'queueLimit', 'connectTimeout'] as const;

// mysql2's documented default (ms). In mysql2 it has no effect unless maxIdle is below connectionLimit.
const IDLE_TIMEOUT = 60_000;

// How often (ms) mysql2's pool looks for expired idle connections.
const LOOK = 1_000;

/**
 * Reads options as mysql2 does: numbers may be strings, an undefined option counts as not given, and an unknown one is
 * ignored with a warning.
 * @throws PoolOptionError
 */
export function readOptions(core: CoreModule, source: unknown): FacadeOptions {
  const given = merge(source);
  const name = typeof given['name'] === 'string' ? given['name'] : 'createPool';
  const known = new Set([...knownOptionNames(), ...POOL_NAMES]);
  for (const option of Object.getOwnPropertyNames(given)) if (!known.has(option)) drop(given, option, name, known);
  for (const option of NUMBERS) dropUnlessNumber(given, option, name);
  // mysql2's `pool` option is dropped silently, as by mysql2, if it holds a pool: the configuration of a connection
  // contains one. A plain object there is a mistake, and is warned about.
  if (given['pool']?.constructor === Object) drop(given, 'pool', name, known);
  const pool = { ...sizesOf(given, name), ...lineOf(given), ...resetOf(given), ...dialOf(given) };
  const ours = copyProperties(given, {}) as Record<string, unknown>;
  for (const option of POOL_NAMES) delete ours[option];
  // As mysql2's pool, which reports every failure to connect at once.
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

/** A copy that may be modified. Property descriptors are kept: a password may be hidden from enumeration. */
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
  warn('MYSQLPOOL_UNKNOWN_OPTION', `${pool}: unknown option "${option}" is ignored${whatInstead(option, known)}`);
}

/** mysql2 silently uses its default in place of a value that is no number. Here a warning says so. */
function dropUnlessNumber(given: Record<string, unknown>, option: string, pool: string): void {
  const value = given[option];
  if (value === undefined || numberOf(value) !== undefined) return;
  delete given[option];
  const text = `${pool}: option "${option}": expected a number, got ${shown(value)}; its default is used`;
  warn('MYSQLPOOL_NOT_A_NUMBER', text);
}

function warn(code: string, text: string): void {
  process.emitWarning(text, { type: 'MysqlPoolWarning', code });
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
    // mysql2 accepts a maxIdle above connectionLimit.
    ...(maxIdle === undefined ? {} : { maxIdle: Math.min(maxIdle, maxSize) }),
  };
}

/** In mysql2, 0 means no limit. */
export function sizeOf(limit: number | undefined): number | undefined {
  return limit === 0 ? Infinity : limit;
}

/** If both mysql2's queueLimit and our maxWaiters are given, the smaller one counts. */
function lineOf(given: Readonly<Record<string, unknown>>): PoolOptions {
  if (given['queueLimit'] === undefined) return {};
  const most = waitersOf(numberOf(given['queueLimit']));
  const ours = given['maxWaiters'];
  return { maxWaiters: typeof ours === 'number' ? Math.min(ours, most) : most };
}

/** In mysql2, 0 means no limit. */
export function waitersOf(limit: number | undefined): number {
  return limit !== undefined && limit > 0 ? Math.floor(limit) : Infinity;
}

/**
 * In mysql2 an idleTimeout of 0 means until its next look at idle connections, and it looks only if maxIdle is below
 * connectionLimit (`looks`). In our pool 0 means never.
 */
export function idleTimeoutOf(ms: number, looks: boolean): number {
  return ms === 0 && looks ? LOOK : ms;
}

/** resetOnRelease: false means no cleaning at all, as in mysql2. */
function resetOf(given: Readonly<Record<string, unknown>>): PoolOptions {
  const { resetOnRelease, reset } = given;
  return resetOnRelease === undefined || reset !== undefined ? {} : { reset: resetModeOf(resetOnRelease) };
}

export const resetModeOf = (resetOnRelease: unknown): ResetMode => (resetOnRelease ? 'session' : 'none');

function dialOf(given: Readonly<Record<string, unknown>>): PoolOptions {
  if (given['connectTimeout'] === undefined) return {};
  const limit = numberOf(given['connectTimeout']);
  // In mysql2, 0 means no limit.
  return { connectTimeout: limit === 0 ? LONGEST_TIMER : limit } as PoolOptions;
}

export function numberOf(value: unknown): number | undefined {
  // Number() throws for a symbol, and for an object that cannot be made a text.
  const isPlain = value === null || !['undefined', 'object', 'function', 'symbol'].includes(typeof value);
  return isPlain && !Number.isNaN(Number(value)) ? Number(value) : undefined;
}

/** Contains options of mysql2 only: its class prints a warning for any other. */
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
