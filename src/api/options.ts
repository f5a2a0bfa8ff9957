import type { ConnectionOptions } from 'mysql2';
import type { FleetOptions } from '../budget/index.js';
import { faultOfLogger, type Logger } from '../log/index.js';
import { POOL_OPTION_NAMES, PoolOptionError, type PermitAccount, type Permits } from '../pool/index.js';
import { SCOPED_OPTION_NAMES, type ScopedPoolOptions } from '../scope/index.js';
import { copyProperties, copyProperty } from '../mysql/copy-properties.js';
import { driverOptionNames } from '../mysql/driver.js';
import type { ConnectHook } from '../mysql/connect-hook.js';
import type { PasswordSource, SourceOptions } from '../mysql/options-source.js';
import { checkTlsOptions } from '../mysql/tls-options.js';
import { parseUrl } from '../mysql/url.js';
import { whatInstead } from '../mysql/other-words.js';

type NotOurs = 'password' | 'connectTimeout' | 'pool' | 'isServer' | 'Promise' | 'uri' | keyof Pool2Options;

/** Options of mysql2's own pool, which have other names here, or none. */
interface Pool2Options {
  connectionLimit?: unknown;
  queueLimit?: unknown;
  waitForConnections?: unknown;
  resetOnRelease?: unknown;
  gracefulEnd?: unknown;
  maxIdle?: unknown;
  idleTimeout?: unknown;
}

/**
 * Everything `createPool` takes: the pool's options, and every connection option of mysql2, which is passed on untouched.
 * @since 0.1.0
 */
export interface MysqlPoolOptions extends ScopedPoolOptions, Omit<ConnectionOptions, NotOurs> {
  /** A URL that the other options add to, and win over: `mysql://user:password@host:port/database?option=value`. */
  readonly uri?: string | undefined;
  /**
   * The password, or a function that is asked for it at each attempt to connect, for passwords that rotate. When the
   * function fails, so does the attempt.
   */
  readonly password?: string | PasswordSource | undefined;
  /**
   * Called with every new connection of mysql2, that of the callbacks, before it is first lent, and again whenever its
   * session was fully reset. What it sets counts as the connection's clean state. It may return a statement
   * (`connection.query('SET …')`), or be async: while it runs `await connection.query('SET …')` works as in the promise
   * API, and for TypeScript there is `await connection.promise().query('SELECT …')`. All of it within `connectTimeout` or
   * `resetTimeout`; if it fails the connection is not used.
   */
  readonly onConnect?: ConnectHook | undefined;
  /** Asked before each dial: a limit over several pools. @default always yes */
  readonly permits?: Permits | undefined;
  /**
   * One limit for all processes that use the account, held by the server: true, or how. docs/fleet.md tells.
   * @default what `MYSQLPOOL_FLEET` says, or none
   */
  readonly fleet?: boolean | FleetOptions | undefined;
  /**
   * What the pool does is given to it, one line for each event: a logger such as pino's, or `console`. No line has a
   * password or a value of a statement in it. `NODE_DEBUG=mysqlpool` writes the same to stderr, without any option.
   * @default none
   */
  readonly logger?: Logger | undefined;
}

/** Options, each with whom it is for. */
export interface SplitOptions extends SourceOptions {
  readonly engine: ScopedPoolOptions;
  readonly permits: Permits | undefined;
  readonly fleet: unknown;
  readonly logger: Logger | undefined;
}

const ENGINE_NAMES: ReadonlySet<string> = new Set([...POOL_OPTION_NAMES, ...SCOPED_OPTION_NAMES]);
const OWN_NAMES = ['password', 'onConnect', 'permits', 'fleet', 'logger'] as const;

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['connectionLimit', 'here it is maxSize'],
  ['queueLimit', 'here it is maxWaiters'],
  ['waitForConnections', 'here, acquireTimeout: 0 means not to wait'],
  ['resetOnRelease', "here it is reset, which is 'auto' unless set"],
  ['gracefulEnd', 'here, close() waits for loans'],
]);

// Read from the address in mysql2's options, so they are no fields of its configuration; or they are newer than it.
const MORE_DRIVER_NAMES = [
  'charset', 'flags', 'password1', 'password2', 'password3', 'passwordSha1', 'insecureAuth', 'localAddress', 'stream',
  'infileStreamFactory', 'authPlugins', 'authSwitchHandler', 'debug', 'queryFormat', 'trace', 'jsonStrings',
  'enableCleartextPlugin', 'disableEval',
]; // prettier-ignore
const NOT_FOR_USERS: ReadonlySet<string> = new Set([
  'isServer',
  'pool',
  'maxPacketSize',
  'clientFlags',
  ...INSTEAD.keys(),
]);

let names: { readonly driver: ReadonlySet<string>; readonly all: ReadonlySet<string> } | undefined;

function knownNames(): { readonly driver: ReadonlySet<string>; readonly all: ReadonlySet<string> } {
  if (names === undefined) {
    const driver = new Set([...driverOptionNames(), ...MORE_DRIVER_NAMES].filter((name) => !NOT_FOR_USERS.has(name)));
    names = { driver, all: new Set([...driver, ...ENGINE_NAMES, ...OWN_NAMES, 'uri']) };
  }
  return names;
}

/** Every name that `createPool` knows, or those alone that are for mysql2. */
export const knownOptionNames = (whose: 'all' | 'driver' = 'all'): ReadonlySet<string> => knownNames()[whose];

/**
 * Tells our options from those of mysql2.
 * @throws PoolOptionError for an unknown name or a bad URL
 */
export function splitOptions(source: string | MysqlPoolOptions, more: MysqlPoolOptions = {}): SplitOptions {
  const merged: Record<string, unknown> = {};
  if (typeof source === 'string') copyProperties(parseUrl(source), merged);
  else addOptions(source, merged);
  addOptions(more, merged);
  const pool = typeof merged['name'] === 'string' ? merged['name'] : 'createPool';
  const engine: Record<string, unknown> = {};
  const driver: Record<string, unknown> = {};
  const unknown: string[] = [];
  const { driver: driverNames, all } = knownNames();
  for (const name of Object.getOwnPropertyNames(merged)) {
    if (ENGINE_NAMES.has(name)) copyProperty(merged, engine, name);
    else if ((OWN_NAMES as readonly string[]).includes(name)) continue;
    else if (driverNames.has(name)) copyProperty(merged, driver, name);
    else unknown.push(name);
  }
  // All at once: whoever brings mysql2's options along would have to start again for each.
  const [first] = unknown;
  if (first !== undefined)
    throw new PoolOptionError(pool, first, unknown.map((name) => refusal(name, all)).join('; also, '));
  checkPort(pool, driver['port']);
  for (const name of ['host', 'user', 'database', 'socketPath', 'charset'])
    checked(pool, name, driver[name], ['string']);
  checkTlsOptions(pool, driver['ssl']);
  if (isPlainObject(driver['ssl'])) driver['ssl'] = copyProperties(driver['ssl'], {});
  return {
    engine,
    driver,
    password: checked(pool, 'password', merged['password'], ['string', 'function']) as SplitOptions['password'],
    onConnect: checked(pool, 'onConnect', merged['onConnect'], ['function']) as ConnectHook | undefined,
    permits: checkedPermits(pool, merged['permits']),
    fleet: merged['fleet'],
    logger: checkedLogger(pool, merged['logger']),
  };
}

function addOptions(source: MysqlPoolOptions, target: Record<string, unknown>): void {
  if (typeof source !== 'object' || source === null || Array.isArray(source) || source instanceof URL) {
    throw new PoolOptionError(
      'createPool',
      'options',
      `expected a URL as a text or an object of options, got ${shown(source)}`,
    );
  }
  checked('createPool', 'uri', source.uri, ['string']);
  if (typeof source.uri === 'string') copyProperties(parseUrl(source.uri), target);
  for (const name of Object.getOwnPropertyNames(source)) if (name !== 'uri') copyProperty(source, target, name);
}

/** Never the value itself: there may be a password in it. */
function shown(source: unknown): string {
  if (source instanceof URL) return 'a URL object: give its href';
  if (Array.isArray(source)) return 'a list';
  return source === null ? 'null' : typeof source;
}

// mysql2 takes 3306 for a port that is no number, and finds out about the others when it dials.
function checkPort(pool: string, port: unknown): void {
  if (port === undefined || port === null || port === '') return;
  const number = typeof port === 'string' && /^\d+$/.test(port) ? Number(port) : port;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65_535) return;
  // It may be a URL, with a password, that was meant for another place.
  const got =
    typeof port === 'string'
      ? /^[\d.+-]{1,20}$/.test(port)
        ? `"${port}"`
        : 'a text'
      : typeof port === 'number'
        ? port
        : typeof port;
  throw new PoolOptionError(pool, 'port', `option "port": expected a port from 1 to 65535, got ${got}`);
}

function refusal(name: string, all: ReadonlySet<string>): string {
  const instead = INSTEAD.get(name);
  if (instead !== undefined) return `${name} is mysql2's name; ${instead}`;
  return `unknown option "${name}"${whatInstead(name, all)}`;
}

function checked(pool: string, name: string, value: unknown, types: readonly string[]): unknown {
  if (value === undefined || value === null || types.includes(typeof value)) return value ?? undefined;
  // The value may be a secret: only its type is told.
  throw new PoolOptionError(pool, name, `option "${name}": expected ${types.join(' or ')}, got ${typeof value}`);
}

/** @throws PoolOptionError */
export function checkedPermits(pool: string, value: unknown): Permits | undefined {
  const permits = checked(pool, 'permits', value, ['object']) as Permits | undefined;
  if (permits === undefined) return undefined;
  if (!isPermits(permits)) throw notPermits(pool, `permits such as new MaxTotal(20), got ${shown(value)}`);
  return { join: (holder) => checkedAccount(pool, permits.join(holder)) };
}

/** An issuer may be anybody's. What its accounts lack would be missed at a dial, or when the pool closes. */
function checkedAccount(pool: string, account: PermitAccount): PermitAccount {
  const lacks = ACCOUNT_METHODS.find((name) => typeof (account as PermitAccount | undefined)?.[name] !== 'function');
  if (lacks === undefined) return account;
  throw notPermits(pool, `permits whose join() returns an account, got ${shown(account)}, which has no ${lacks}()`);
}

const ACCOUNT_METHODS = ['take', 'giveBack', 'withdraw', 'close'] as const;

const notPermits = (pool: string, expected: string): PoolOptionError =>
  new PoolOptionError(pool, 'permits', `option "permits": expected ${expected}`);

/** Lists have a `join` as well, those of numbers too. */
const isPermits = (value: Permits): boolean =>
  typeof value.join === 'function' && !Array.isArray(value) && !ArrayBuffer.isView(value);

/** @throws PoolOptionError */
export function checkedLogger(pool: string, value: unknown): Logger | undefined {
  if (value === undefined || value === null) return undefined;
  const fault = faultOfLogger(value);
  if (fault === undefined) return value as Logger;
  throw new PoolOptionError(pool, 'logger', `option "logger": ${fault}`);
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
