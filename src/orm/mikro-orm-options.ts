import { checks, PoolOptionError } from '../pool/index.js';
import type { CreatorPoolOptions } from '../api/creator-pool.js';
import { idleTimeoutOf } from '../facade/options.js';
import { BESIDE, optionsAt, OWN_KEY, refuseBesidePool, zeroForEver, type PoolVocabulary } from './pool-options.js';

/** Where MikroORM takes options that are not part of its `pool`. */
export const PLACES: Pick<PoolVocabulary, 'orm' | 'place' | 'own' | 'connection' | 'hook'> = {
  orm: 'MikroORM',
  place: 'MysqlPoolDriver.with({ … })',
  own: (name) => `MysqlPoolDriver.with({ ${name} })`,
  connection: 'driverOptions',
  hook: 'onCreateConnection',
};

/** The `pool` options of MikroORM 7, which uses mysql2's pool, and those of MikroORM 6 with the same names. */
export const VOCABULARY: PoolVocabulary = {
  ...PLACES,
  same: {
    name: { ours: 'name', check: checks.filledText },
    max: { ours: 'maxSize', check: checks.wholeOrInfinity(0), means: (max) => (max === 0 ? Infinity : max) },
    min: { ours: 'minIdle', check: checks.whole(0) },
    idleTimeoutMillis: {
      ours: 'idleTimeout',
      check: checks.msOrInfinity(0),
      means: (ms) => zeroForEver(idleTimeoutOf(ms as number, true)),
    },
    acquireTimeoutMillis: { ours: 'acquireTimeout', check: checks.msOrInfinity(0) },
    createTimeoutMillis: { ours: 'connectTimeout', check: checks.ms(1) },
  },
  theirs: {},
  moot: {},
  allowsNull: true,
};

/** Options of node-mysqlpool for MikroORM's pools; those of the connection are given to MikroORM. @since 0.1.0 */
export type MikroOrmPoolOptions = CreatorPoolOptions;

/** MikroORM's `pool` options, with ours added. */
export function poolOptionsOf(pool: unknown, own: MikroOrmPoolOptions): Record<string, unknown> {
  const { [OWN_KEY]: inside, ...given } = optionsAt(VOCABULARY, 'pool', 'pool', pool ?? {}) as Record<string, unknown>;
  const ours = [inside, own].map((each) => optionsAt(VOCABULARY, OWN_KEY, PLACES.place, each ?? {}));
  return { ...given, [OWN_KEY]: Object.assign({}, ...ours) as object };
}

/** Refuses our options outside of MikroORM's `pool`. @throws PoolOptionError */
export function refuseBeside(words: PoolVocabulary, config: { get(name: string): unknown }): void {
  refuseBesidePool(words, '', Object.fromEntries(BESIDE.map((name) => [name, config.get(name)])));
  refuseBesidePool(words, 'driverOptions', config.get('driverOptions'));
}

/** Refuses `driverOptions` that supply another pool. */
export function refuseOtherPool(what: string): never {
  const text = `two pools are given: MysqlPoolDriver is one, ${what} in driverOptions brings another; leave one of them out`;
  throw new PoolOptionError('MikroORM', 'driverOptions', text);
}
