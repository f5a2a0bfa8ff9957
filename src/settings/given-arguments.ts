import { readPoolArguments } from './pool-arguments.js';
import { BACKENDS, type Backend } from './types.js';

/**
 * `MYSQLPOOL_BACKEND` and `MYSQLPOOL_ARGUMENTS` as pool options under our names, used as defaults for pools that the
 * application creates itself. Only arguments that were actually given are converted: SQLAlchemy's own defaults would be
 * a surprise in a pool that nobody configured in its terms.
 * @throws SettingsError
 */
export function givenArguments(backend: unknown, path: string, given: unknown): Readonly<Record<string, unknown>> {
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
