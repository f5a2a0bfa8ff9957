import { createPool, type MysqlPool } from '../api/index.js';
import type { FleetOptions } from '../budget/index.js';
import { hookOfParts } from '../mysql/connect-hook.js';
import { inHook } from '../mysql/hooks.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { shown, type Permits } from '../pool/index.js';
import type { Canonical } from './canonical.js';
import type { ConnectionPlan } from './connection-options.js';
import { readDatabase } from './database.js';
import { echo } from './echo.js';
import { limitsOf } from './limits.js';
import { connectHook, listenTo } from './listeners.js';
import { readPoolArguments, type PoolPlan } from './pool-arguments.js';
import type { FoundSettings } from './sources.js';
import { BACKENDS } from './types.js';
import { oneOfAt, refuse } from './values.js';

/**
 * How to create the pool of one or more aliases. Secrets are kept in the closure only, where `inspect` cannot find
 * them.
 */
export interface DatabasePlan {
  /** Aliases with equal connection parameters and pool arguments have equal keys. */
  readonly key: string;
  /** Where the database is configured, for messages. */
  readonly path: string;
  readonly open: (permits: Permits) => MysqlPool;
}

/** Settings that have been checked. */
export interface Plan {
  readonly databases: ReadonlyMap<string, DatabasePlan>;
  readonly maxTotal: number;
  readonly fleet: boolean | FleetOptions;
}

// Property names that are looked up on any object: with an alias "then", for example, `await connections` would take
// the object for a promise.
const isReserved = (alias: string): boolean =>
  ['closeAll', 'then', 'toJSON'].includes(alias) || alias in Object.prototype;

/** Validates all settings and plans a pool for each database. @throws SettingsError */
export function planOf(found: FoundSettings, canonical: Canonical): Plan {
  const { value = 'QueuePool', path } = found.backend;
  const backend = oneOfAt(path, value, BACKENDS);
  const pool = readPoolArguments(found.arguments.path, backend, found.arguments.value);
  const databases = new Map<string, DatabasePlan>();
  const names = new Map<string, string>();
  for (const [alias, entry] of found.databases) {
    if (isReserved(alias)) refuse(entry.path, 'this name is reserved, choose another alias');
    const connection = readDatabase(entry.path, entry.value);
    const key = canonical.keyOf([connection, backend, found.arguments.value ?? {}, found.fleet.value ?? false]);
    const name = names.get(key) ?? (pool.prefix === '' ? alias : `${pool.prefix}.${alias}`);
    names.set(key, name);
    databases.set(alias, { key, path: entry.path, open: (permits) => open(name, connection, pool, permits) });
  }
  return { databases, ...limitsOf(found) };
}

function open(name: string, connection: ConnectionPlan, plan: PoolPlan, permits: Permits): MysqlPool {
  const onConnect = setUp(connection.setUp, connectHook(plan.listeners));
  const pool = createPool({ ...connection.driver, ...plan.options, ...(onConnect && { onConnect }), name, permits });
  echo(pool, plan.echo);
  listenTo(pool, plan.listeners);
  return uncloneable(pool);
}

/** Runs the set-up statements on a new connection, then the listeners. */
function setUp(
  statements: readonly string[],
  hook: ((connection: MysqlConnection) => unknown) | undefined,
): ((connection: MysqlConnection) => unknown) | undefined {
  if (statements.length === 0) return hook;
  return hookOfParts(async (connection) => {
    const say = async (): Promise<void> => {
      for (const statement of statements) await connection.promise().query(statement);
    };
    await inHook('OPTIONS', connection, say);
    await hook?.(connection);
  });
}

/**
 * structuredClone and postMessage would turn a pool into an empty object; this getter makes them throw at the sender
 * instead.
 */
function uncloneable(pool: MysqlPool): MysqlPool {
  return Object.defineProperty(pool, 'uncloneable', {
    enumerable: true,
    get(this: MysqlPool): never {
      throw new TypeError(`${this.name}: a pool cannot be copied or sent to another thread; each thread makes its own`);
    },
  });
}

/** Throws the error for an alias that is not configured. */
export function unknownAlias(alias: string, known: ReadonlyMap<string, DatabasePlan>): never {
  if (known.size === 0) {
    refuse('DATABASES', `nothing is configured: call configure(), write mysqlpool.config.json, or set DATABASE_URL`);
  }
  // No name is suggested: the typing error may be in the settings, and with "default" it usually is.
  const all = [...known].map(([name, { path }]) => `${shown(name)} (${path})`).join(', ');
  return refuse('connections', `no database ${shown(alias)}; there ${known.size === 1 ? 'is' : 'are'} ${all}`);
}
