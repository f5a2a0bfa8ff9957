import type { FleetOptions } from '../budget/index.js';
import type { MysqlConnection } from '../mysql/driver.js';
import type { Logger } from '../log/index.js';
import type { PoolEventName, PoolListener } from '../pool/index.js';
import type { PoolClass as Backend } from '../scope/index.js';

/** SQLAlchemy's pool classes. */
export { POOL_CLASSES as BACKENDS, type PoolClass as Backend } from '../scope/index.js';

/** Called with each new connection; see `PoolArguments.events`. */
export type ConnectListener = (connection: MysqlConnection) => unknown;
type Listener<K extends PoolEventName> = PoolListener<K>;

/** SQLAlchemy's pool events by name, each with what is called here. */
export interface PoolEventListeners {
  /** With every new connection, before it is lent; may return a promise, and fails the connection if it throws. */
  readonly connect?: ConnectListener;
  /** The same, with the pool's first connection only. */
  readonly first_connect?: ConnectListener;
  readonly checkout?: Listener<'acquired'>;
  readonly checkin?: Listener<'released'>;
  readonly reset?: Listener<'cleaned'>;
  /** Every close, whatever its reason. */
  readonly close?: Listener<'closed'>;
  /** Closed because it was dead, could not be cleaned, or its borrower said so. */
  readonly invalidate?: Listener<'closed'>;
  readonly detach?: Listener<'closed'>;
}

/** One listener as SQLAlchemy writes it: `[fn, 'checkout']`. */
export type PoolEventPair = {
  [K in keyof PoolEventListeners]-?: readonly [NonNullable<PoolEventListeners[K]>, K];
}[keyof PoolEventListeners];

/**
 * `MYSQLPOOL_ARGUMENTS`: the arguments of SQLAlchemy's pools, of 0.7 and of 2.x. Times are in seconds. Each pool class
 * takes some of them only.
 * @since 0.1.0
 */
export interface PoolArguments {
  /** Connections kept when nobody needs them; 0 is no limit at all. QueuePool, SingletonThreadPool. @default 5 */
  readonly pool_size?: number;
  /** So many more may be open at the same time; -1 is no limit. QueuePool. @default 10 */
  readonly max_overflow?: number;
  /** Seconds to wait for a connection; null waits for ever, 0 fails at once. QueuePool. @default 30 */
  readonly timeout?: number | null;
  /** Hands out the connection that came back last instead of the one that came back first. QueuePool. @default false */
  readonly use_lifo?: boolean;
  /** Seconds after which a connection is replaced; -1 is never. @default 1800 */
  readonly recycle?: number;
  /** One connection per `autoCloseDb` scope. @default false */
  readonly use_threadlocal?: boolean;
  /** Ping before every loan, or never. @default after half a second of idleness */
  readonly pre_ping?: boolean;
  /** What is done to a connection that comes back. @default whatever makes it as good as new */
  readonly reset_on_return?: 'rollback' | 'commit' | 'none' | boolean | null;
  /** Writes what the pool does to the console; `'debug'` every loan, too. @default false */
  readonly echo?: boolean | 'debug' | null;
  /** What the pools do is given to it, one line for each event: a logger such as pino's, or `console`. */
  readonly logger?: Logger | null;
  /** Comes before the alias in the pool's name. */
  readonly logging_name?: string | null;
  /** Listeners as in SQLAlchemy 0.7: objects with methods named after events. */
  readonly listeners?: readonly PoolEventListeners[];
  /** Listeners as in SQLAlchemy 2: `[fn, 'connect']`. */
  readonly events?: readonly PoolEventPair[];
  /** Accepted for an AssertionPool, which always keeps the place of its loan. */
  readonly store_traceback?: boolean;
}

/**
 * One entry of `DATABASES`, as Django writes it.
 * @since 0.1.0
 */
export interface DatabaseSettings {
  /** `'mysqlpool'`, or django-mysqlpool's `'django_mysqlpool.backends.mysqlpool'`. @default 'mysqlpool' */
  readonly ENGINE?: string;
  /** The database. */
  readonly NAME?: string;
  readonly USER?: string;
  /** A function is asked again for each connection. */
  readonly PASSWORD?: string | (() => string | Promise<string>);
  /** A name or address; the path of a socket when it begins with a slash. @default 'localhost' */
  readonly HOST?: string;
  /** `''` is the default. @default 3306 */
  readonly PORT?: string | number;
  /** Options of MySQLdb as Django passes them on, and every connection option of mysql2. */
  readonly OPTIONS?: Readonly<Record<string, unknown>>;
  readonly [other: string]: unknown;
}

/**
 * Everything that can be configured.
 * @since 0.1.0
 */
export interface Settings {
  /** Databases by alias; a URL (`mysql://user:password@host/name?option=value`) stands for an entry. */
  readonly DATABASES?: Readonly<Record<string, DatabaseSettings | string>>;
  /** @default 'QueuePool' */
  readonly MYSQLPOOL_BACKEND?: Backend;
  readonly MYSQLPOOL_ARGUMENTS?: PoolArguments;
  /** Most connections of this process, over all databases together; null is no limit. @default null */
  readonly MYSQLPOOL_MAX_TOTAL?: number | null;
  /** One limit for all processes that use the account of a database: true, or how; docs/fleet.md tells. @default none */
  readonly MYSQLPOOL_FLEET?: boolean | FleetOptions | null;
}

/** The settings by name. */
export const SETTING_NAMES: readonly (keyof Settings)[] = [
  'DATABASES',
  'MYSQLPOOL_BACKEND',
  'MYSQLPOOL_ARGUMENTS',
  'MYSQLPOOL_MAX_TOTAL',
  'MYSQLPOOL_FLEET',
];
