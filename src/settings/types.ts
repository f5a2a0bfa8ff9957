import type { FleetOptions } from '../budget/index.js';
import type { MysqlConnection } from '../mysql/driver.js';
import type { Logger } from '../log/index.js';
import type { PoolEventName, PoolListener } from '../pool/index.js';
import type { PoolClass as Backend } from '../scope/index.js';

/** SQLAlchemy's pool classes. */
export { POOL_CLASSES as BACKENDS, type PoolClass as Backend } from '../scope/index.js';

/** A listener for new connections; see `PoolArguments.events`. @since 0.1.0 */
export type ConnectListener = (connection: MysqlConnection) => unknown;
type Listener<K extends PoolEventName> = PoolListener<K>;

/** Listeners of SQLAlchemy's pool events, by event name. @since 0.1.0 */
export interface PoolEventListeners {
  /**
   * Called with every new connection before it is first lent. It may return a promise; if it fails, the connection is
   * not used.
   */
  readonly connect?: ConnectListener;
  /** As `connect`, but for the pool's first connection only. */
  readonly first_connect?: ConnectListener;
  /** Called when a connection is lent. */
  readonly checkout?: Listener<'acquired'>;
  /** Called when a connection is returned. */
  readonly checkin?: Listener<'released'>;
  /** Called when a returned connection has been cleaned. */
  readonly reset?: Listener<'cleaned'>;
  /** Called when a connection is closed, for whatever reason, but not when it is detached. */
  readonly close?: Listener<'closed'>;
  /**
   * Called when a connection is closed because it was dead, could not be cleaned, or was invalidated by its borrower.
   */
  readonly invalidate?: Listener<'closed'>;
  /** Called when a connection is detached from the pool. */
  readonly detach?: Listener<'closed'>;
}

/** One listener in the form of SQLAlchemy's `events`: `[fn, 'checkout']`. @since 0.1.0 */
export type PoolEventPair = {
  [K in keyof PoolEventListeners]-?: readonly [NonNullable<PoolEventListeners[K]>, K];
}[keyof PoolEventListeners];

/**
 * `MYSQLPOOL_ARGUMENTS`: the arguments of SQLAlchemy's pools, of versions 0.7 and 2.x. Times are in seconds. Each pool
 * class accepts only some of them; an argument that it does not accept is refused.
 * @since 0.1.0
 */
export interface PoolArguments {
  /** How many idle connections are kept open; 0 means no limit at all. QueuePool, SingletonThreadPool. @default 5 */
  readonly pool_size?: number;
  /** How many connections may be open beyond `pool_size`; -1 means no limit. QueuePool. @default 10 */
  readonly max_overflow?: number;
  /** Seconds to wait for a connection; null waits without limit, 0 fails at once. QueuePool. @default 30 */
  readonly timeout?: number | null;
  /** Lends the connection that was returned last instead of the one returned first. QueuePool. @default false */
  readonly use_lifo?: boolean;
  /** Age in seconds at which a connection is replaced; -1 means never. @default 1800 */
  readonly recycle?: number;
  /** One connection per `autoCloseDb` scope. @default false */
  readonly use_threadlocal?: boolean;
  /** True pings a connection before every loan, false never. @default ping after half a second of idleness */
  readonly pre_ping?: boolean;
  /** How a returned connection is cleaned. @default whatever makes it equal to a new one */
  readonly reset_on_return?: 'rollback' | 'commit' | 'none' | boolean | null;
  /** Logs what the pool does to the console; `'debug'` includes every loan. @default false */
  readonly echo?: boolean | 'debug' | null;
  /** Receives one line for each event of the pools: a logger such as pino's, or `console`. */
  readonly logger?: Logger | null;
  /** Prefix of the pool's name, before the alias. */
  readonly logging_name?: string | null;
  /** Listeners as in SQLAlchemy 0.7: objects with methods named after events. */
  readonly listeners?: readonly PoolEventListeners[];
  /** Listeners as in SQLAlchemy 2: `[fn, 'connect']`. */
  readonly events?: readonly PoolEventPair[];
  /** Accepted for an AssertionPool, which always remembers where its connection was taken. */
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
  /** A string, or a function that is called for every new connection. */
  readonly PASSWORD?: string | (() => string | Promise<string>);
  /** A host name or address, or the path of a Unix socket if it begins with a slash. @default 'localhost' */
  readonly HOST?: string;
  /** An empty string means the default. @default 3306 */
  readonly PORT?: string | number;
  /** MySQLdb options as Django passes them on, and every connection option of mysql2. */
  readonly OPTIONS?: Readonly<Record<string, unknown>>;
  readonly [other: string]: unknown;
}

/**
 * All settings that `configure`, the environment and the file accept.
 * @since 0.1.0
 */
export interface Settings {
  /** Databases by alias. A URL (`mysql://user:password@host/name?option=value`) can take the place of an entry. */
  readonly DATABASES?: Readonly<Record<string, DatabaseSettings | string>>;
  /** @default 'QueuePool' */
  readonly MYSQLPOOL_BACKEND?: Backend;
  readonly MYSQLPOOL_ARGUMENTS?: PoolArguments;
  /** The most connections of this process, over all its databases together; null means no limit. @default null */
  readonly MYSQLPOOL_MAX_TOTAL?: number | null;
  /**
   * One connection limit for all processes that use the account of a database: true, or options; see docs/fleet.md.
   * @default none
   */
  readonly MYSQLPOOL_FLEET?: boolean | FleetOptions | null;
}

/** The names of all settings. */
export const SETTING_NAMES: readonly (keyof Settings)[] = [
  'DATABASES',
  'MYSQLPOOL_BACKEND',
  'MYSQLPOOL_ARGUMENTS',
  'MYSQLPOOL_MAX_TOTAL',
  'MYSQLPOOL_FLEET',
];
