import { PoolOptionError } from '../pool/index.js';
import type { PoolVocabulary } from './pool-options.js';

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

interface Config {
  get(name: 'pool' | 'driverOptions'): unknown;
}

/** MikroORM's `pool`, with our options in it wherever they were given. */
export function poolOptionsOf(config: Config): Record<string, unknown> {
  const pool = (config.get('pool') ?? {}) as Record<string, unknown>;
  const { mysqlpool } = (config.get('driverOptions') ?? {}) as { readonly mysqlpool?: object };
  return mysqlpool === undefined ? pool : { ...pool, mysqlpool };
}

/** `driverOptions` holds something that is, or has, a pool. */
export function refuseOtherPool(what: string): never {
  const text = `two pools are given: MysqlPoolDriver is one, ${what} in driverOptions brings another; leave one of them out`;
  throw new PoolOptionError('MikroORM', 'driverOptions', text);
}
