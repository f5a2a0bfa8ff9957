import { inspect } from 'node:util';
import type { MysqlPool } from '../api/index.js';
import { registry, type Registry } from './registry.js';
import type { Settings } from './types.js';
import type * as Reading from './wanted-plan.js';

/** The pools by the alias of their database. @since 0.1.0 */
export type Connections = { readonly [alias: string]: MysqlPool } & {
  readonly default: MysqlPool;
  /** Closes every pool; see `closeAll`. */
  readonly closeAll: typeof closeAll;
};

/**
 * Sets the databases and the pool settings. A setting that is not given here is taken from the environment
 * (`MYSQLPOOL_BACKEND`, `MYSQLPOOL_ARGUMENTS`, `MYSQLPOOL_MAX_TOTAL`, `MYSQLPOOL_FLEET`, `MYSQLPOOL_DATABASES`,
 * `DATABASE_URL`), then from `mysqlpool.config.json` in the current folder, or from the file that `MYSQLPOOL_CONFIG`
 * names. Calling it again with equal settings changes nothing; with different settings, pools that are no longer used
 * are closed in the background. Without a call, the first use of `connections` reads the environment and the file.
 * @throws SettingsError that names the setting; nothing has been changed then
 * @since 0.1.0
 */
export function configure(settings?: Settings): void {
  // Loaded lazily: programs that only call createPool do not need the code that reads settings.
  const { wantedPlan } = require('./wanted-plan.js') as typeof Reading;
  registry().configure(wantedPlan(settings, registry().canonical));
}

/**
 * Closes every pool: waits for its loans to end, then destroys the connections that are still lent. The next use of
 * `connections` opens new pools.
 * @param options.timeout how long to wait for loans, in ms; 10 000 by default
 * @since 0.1.0
 */
export function closeAll(options?: { readonly timeout?: number }): Promise<void> {
  return registry().closeAll(options?.timeout);
}

/** The registry, configured. */
function configured(): Registry {
  if (registry().aliases === undefined) configure();
  return registry();
}

const base = {
  closeAll,
  [inspect.custom](): string {
    return `connections { ${(registry().aliases ?? []).join(', ')} }`;
  },
};

const readOnly = (): never => {
  throw new TypeError('connections cannot be changed: call configure()');
};

/** False for names that runtimes and libraries look up on any object: they do not mean a database. */
const isAlias = (name: string | symbol): name is string =>
  typeof name === 'string' && !(name in base) && name !== 'then' && name !== 'toJSON';

/**
 * The pools of the configured databases: `connections.default`, `connections['replica']`. Each pool is created at its
 * first use; databases with equal parameters share one pool.
 * @throws SettingsError for an alias that is not configured
 * @since 0.1.0
 */
export const connections: Connections = new Proxy(base, {
  get: (target, name) => (isAlias(name) ? configured().pool(name) : (Reflect.get(target, name) as unknown)),
  has: (_, name) => isAlias(name) && configured().aliases!.includes(name),
  ownKeys: () => [...configured().aliases!],
  getOwnPropertyDescriptor: (_, name) =>
    isAlias(name) && configured().aliases!.includes(name)
      ? { get: () => configured().pool(name), enumerable: true, configurable: true }
      : undefined,
  set: readOnly,
  defineProperty: readOnly,
  deleteProperty: readOnly,
}) as unknown as Connections;
