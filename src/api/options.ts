import type { ConnectionOptions } from 'mysql2';
import type { FleetOptions } from '../budget/index.js';
import { faultOfLogger, type Logger } from '../log/index.js';
import { kindOf, POOL_OPTION_NAMES, PoolOptionError, shown, type PermitAccount, type Permits } from '../pool/index.js';
import { SCOPED_OPTION_NAMES, type ScopedPoolOptions } from '../scope/index.js';
import { copyProperties, copyProperty } from '../mysql/copy-properties.js';
import { driverOptionNames } from '../mysql/driver.js';
import type { ConnectHook } from '../mysql/connect-hook.js';
import type { PasswordSource, SourceOptions } from '../mysql/options-source.js';
import { checkTlsOptions } from '../mysql/tls-options.js';
import { parseUrl } from '../mysql/url.js';
import { whatInstead } from '../mysql/other-words.js';

type NotOurs = 'password' | 'connectTimeout' | 'pool' | 'isServer' | 'Promise' | 'uri' | keyof Pool2Options;

/** Options of mysql2's own pool; here they have other names, or no equivalent. */
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
 * The options of `createPool`: those of the pool, and every connection option of mysql2, which is passed on unchanged.
 * @since 0.1.0
 */
export interface MysqlPoolOptions extends ScopedPoolOptions, Omit<ConnectionOptions, NotOurs> {
  /**
   * A URL, `mysql://user:password@host:port/database?option=value`. The other options are merged with it, and win over
   * it.
   */
  readonly uri?: string | undefined;
  /**
   * The password, or a function that is called for it at each attempt to connect, for passwords that rotate. If the
   * function fails, so does the attempt.
   */
  readonly password?: string | PasswordSource | undefined;
  /**
   * Called with every new connection (mysql2's callback API) before it is first lent, and again after each full reset
   * of its session. The session state that it sets counts as the clean state of the connection. It may return the
   * result of a statement (`connection.query('SET …')`) or be async: while it runs, `await connection.query('SET …')`
   * works as in mysql2's promise API; in TypeScript, use `await connection.promise().query('SELECT …')`. It must finish
   * within `connectTimeout`, or `resetTimeout` after a reset; if it fails, the connection is not used.
   */
  readonly onConnect?: ConnectHook | undefined;
  /** Asked before each new connection is opened: a limit over several pools. @default no such limit */
  readonly permits?: Permits | undefined;
  /**
   * One connection limit, held by the server, for all processes that use the account: true, or options; see
   * docs/fleet.md.
   * @default what `MYSQLPOOL_FLEET` says, or none
   */
  readonly fleet?: boolean | FleetOptions | undefined;
  /**
   * Receives one line for each event of the pool: a logger such as pino's, or `console`. No line contains a password or
   * a value of a statement. `NODE_DEBUG=mysqlpool` writes the same lines to stderr without any option.
   * @default none
   */
  readonly logger?: Logger | undefined;
}

/** The options of `createPool`, separated by recipient. */
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

// Options that are not fields of every mysql2's ConnectionConfig, from which the known names are read: it stores some
// under another name, and older versions lack some.
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

/** The names of all options of `createPool`, or only of those that are passed to mysql2. */
export const knownOptionNames = (whose: 'all' | 'driver' = 'all'): ReadonlySet<string> => knownNames()[whose];

/**
 * Separates our options from those of mysql2, and validates them.
 * @throws PoolOptionError for an unknown name, a bad value or a bad URL
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
  // All unknown names in one error, so that somebody who migrates from mysql2's pool need not fix them one run at a
  // time.
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
      `expected a URL as a text or an object of options, got ${source instanceof URL ? 'a URL object: give its href' : kindOf(source)}`,
    );
  }
  checked('createPool', 'uri', source.uri, ['string']);
  if (typeof source.uri === 'string') copyProperties(parseUrl(source.uri), target);
  copyProperties(source, target, 'uri');
}

// mysql2 silently uses 3306 when the port is not a number, and finds a number out of range only when it connects.
function checkPort(pool: string, port: unknown): void {
  if (port === undefined || port === null || port === '') return;
  const number = typeof port === 'string' && /^\d+$/.test(port) ? Number(port) : port;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65_535) return;
  // A long text is not shown: it may be a URL with a password that was meant for another option.
  const got = typeof port === 'string' && !/^[\d.+-]{1,20}$/.test(port) ? kindOf(port) : shown(port);
  throw new PoolOptionError(pool, 'port', `option "port": expected a port from 1 to 65535, got ${got}`);
}

function refusal(name: string, all: ReadonlySet<string>): string {
  const instead = INSTEAD.get(name);
  if (instead !== undefined) return `${name} is mysql2's name; ${instead}`;
  return `unknown option "${name}"${whatInstead(name, all)}`;
}

type Kind = 'string' | 'function' | 'object';
const WORDS: Readonly<Record<Kind, string>> = { string: 'a text', function: 'a function', object: 'an object' };

// A hook that was written as a text is SQL, in which there may be a password.
const MAY_BE_SECRET: ReadonlySet<string> = new Set(['password', 'uri', 'onConnect']);

function checked(pool: string, name: string, value: unknown, types: readonly Kind[]): unknown {
  if (value === undefined || value === null || (types as readonly string[]).includes(typeof value))
    return value ?? undefined;
  const got = MAY_BE_SECRET.has(name) ? kindOf(value) : shown(value);
  const expected = types.map((type) => WORDS[type]).join(' or ');
  throw new PoolOptionError(pool, name, `option "${name}": expected ${expected}, got ${got}`);
}

/** @throws PoolOptionError */
export function checkedPermits(pool: string, value: unknown): Permits | undefined {
  const permits = checked(pool, 'permits', value, ['object']) as Permits | undefined;
  if (permits === undefined) return undefined;
  if (!isPermits(permits)) throw notPermits(pool, `permits such as new MaxTotal(20), got ${shown(value)}`);
  return { join: (holder) => checkedAccount(pool, permits.join(holder)) };
}

/**
 * Permits may be a user's own implementation. A method missing from its account would otherwise show only at the first
 * dial, or when the pool closes.
 */
function checkedAccount(pool: string, account: PermitAccount): PermitAccount {
  const lacks = ACCOUNT_METHODS.find((name) => typeof (account as PermitAccount | undefined)?.[name] !== 'function');
  if (lacks === undefined) return account;
  throw notPermits(pool, `permits whose join() returns an account, got ${shown(account)}, which has no ${lacks}()`);
}

const ACCOUNT_METHODS = ['take', 'giveBack', 'withdraw', 'close'] as const;

const notPermits = (pool: string, expected: string): PoolOptionError =>
  new PoolOptionError(pool, 'permits', `option "permits": expected ${expected}`);

/** Arrays and typed arrays have a `join` method as well. */
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
