import { PoolOptionError } from '../pool/index.js';
import type { CreatorPoolOptions } from '../api/creator-pool.js';
import { OWN_KEY, type PoolVocabulary } from './pool-options.js';

/** The `pool` options of MikroORM 7, and those of 6 that go by the same names. */
export const VOCABULARY: PoolVocabulary = {
  orm: 'MikroORM',
  same: {
    name: 'name',
    max: 'maxSize',
    min: 'minIdle',
    idleTimeoutMillis: 'idleTimeout',
    acquireTimeoutMillis: 'acquireTimeout',
    createTimeoutMillis: 'connectTimeout',
  },
  theirs: [],
  moot: {},
};

/** Options of node-mysqlpool for MikroORM's pools; those of the connection are MikroORM's. @since 0.1.0 */
export type MikroOrmPoolOptions = CreatorPoolOptions;

/** MikroORM's `pool`, with ours in it. */
export function poolOptionsOf(pool: unknown, own: MikroOrmPoolOptions): Record<string, unknown> {
  const { [OWN_KEY]: inside, ...given } = (pool ?? {}) as Record<string, unknown>;
  return { ...given, [OWN_KEY]: { ...(inside as object | undefined), ...own } };
}

/** `driverOptions` holds something that is, or has, a pool. */
export function refuseOtherPool(what: string): never {
  const text = `two pools are given: MysqlPoolDriver is one, ${what} in driverOptions brings another; leave one of them out`;
  throw new PoolOptionError('MikroORM', 'driverOptions', text);
}
