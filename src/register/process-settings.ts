import { setProcessFleet, setProcessLimit, type MaxTotal } from '../budget/index.js';
import { planOf } from '../settings/plan.js';
import { readPoolArguments } from '../settings/pool-arguments.js';
import { registry } from '../settings/registry.js';
import { findSettings } from '../settings/sources.js';
import { BACKENDS, type Backend } from '../settings/types.js';
import { debug } from './report.js';

/** What the file and the environment say of every pool of the process. */
export interface ProcessSettings {
  /** Shared with `connections` and with every pool that is given no permits of its own. */
  readonly limit: MaxTotal;
  /** Options, in our words, for pools whose makers do not say otherwise. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/**
 * Reads `mysqlpool.config.json` and the environment, and sets the limit. What they say of databases is not looked at.
 * @throws SettingsError
 */
export function readProcessSettings(): ProcessSettings {
  const found = findSettings(undefined, process.env, process.cwd());
  const { maxTotal, fleet } = planOf({ ...found, databases: new Map() }, registry().canonical);
  const { limit } = registry();
  setProcessLimit(maxTotal);
  setProcessFleet(fleet);
  const defaults = defaultsOf(found.backend.value, found.arguments.path, found.arguments.value);
  debug(maxTotal === Infinity ? 'no limit over all pools' : `at most ${maxTotal} connections (MYSQLPOOL_MAX_TOTAL)`);
  return { limit, defaults };
}

/** Of the arguments only those that were given: SQLAlchemy's own defaults would surprise where nobody asked for them. */
function defaultsOf(backend: unknown, path: string, given: unknown): Readonly<Record<string, unknown>> {
  const poolClass = BACKENDS.includes(backend as Backend) ? (backend as Backend) : 'QueuePool';
  const { options } = readPoolArguments(path, poolClass, given);
  const { maxSize, maxIdle, order, contextLocal, poolClass: _, ...others } = options;
  const args = (given ?? {}) as Readonly<Record<string, unknown>>;
  const isSized = args['pool_size'] !== undefined || args['max_overflow'] !== undefined;
  return {
    ...others,
    ...(isSized || args['recycle'] === 0 || poolClass !== 'QueuePool' ? { maxIdle } : {}),
    ...(isSized || poolClass !== 'QueuePool' ? { maxSize } : {}),
    ...(args['use_lifo'] === undefined ? {} : { order }),
    ...(contextLocal === true ? { contextLocal } : {}),
    ...(backend === undefined ? {} : { poolClass }),
  };
}
