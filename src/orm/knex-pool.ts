import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { callbackify, promisify } from 'node:util';
import type { Knex } from 'knex';
import { inHook } from '../mysql/hooks.js';
import { PoolClosedError } from '../pool/index.js';
import { watchedDriver } from '../mysql/watched-driver.js';
import type { Creator } from '../mysql/creator-source.js';
import { CreatorPool, type CreatorPoolOptions } from '../api/creator-pool.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { checks } from '../pool/index.js';
import { DialHooks } from './dial-hooks.js';
import { Lending } from './lending.js';
import { ownFile } from './own-file.js';
import {
  anything,
  hookOrNone,
  IN_POOL,
  refuseBesidePool,
  sayOfPoolIn,
  withTheirOptions,
  zeroForEver,
  type PoolVocabulary,
} from './pool-options.js';
import { TarnPool } from './tarn-pool.js';
import { warnUnlessTested } from './tested-versions.js';

/** Our options within those of Knex's pool. @since 0.1.0 */
export type KnexPoolOptions = CreatorPoolOptions;

declare module 'knex' {
  // oxlint-disable-next-line typescript/no-namespace -- how Knex declares it
  namespace Knex {
    interface PoolConfig {
      /** Options of node-mysqlpool, if it is the pool. */
      mysqlpool?: CreatorPoolOptions;
    }
  }
}

/** The application's function for the connection options. */
type Provider = () => unknown;

/** The members of Knex's mysql2 client that are used or replaced. */
export interface KnexClient {
  config: Knex.Config;
  driver: { createConnection(...args: unknown[]): unknown };
  connectionConfigProvider?: Provider | undefined;
  pool: unknown;
  _ownsPool?: boolean;
  logger: { warn(message: string): void };
  acquireConnection(): Promise<MysqlConnection>;
  transaction(...args: unknown[]): unknown;
  getPoolSettings(config: unknown): KnexPoolSettings;
}

/** What Knex would pass to tarn: its own functions that create, validate and close connections. */
interface KnexPoolSettings {
  create(): Promise<MysqlConnection>;
  destroy(connection: MysqlConnection): Promise<unknown>;
  validate(connection: MysqlConnection): Promise<boolean>;
  readonly acquireTimeoutMillis: number;
}

/** Durations that tarn accepts; it refuses 0. */
const time = checks.msOrInfinity(1);

export const VOCABULARY: PoolVocabulary = {
  orm: 'Knex',
  same: {
    name: { ours: 'name', check: checks.filledText },
    max: { ours: 'maxSize', check: checks.wholeOrInfinity(1) },
    min: { ours: 'minIdle', check: checks.whole(0) },
    acquireTimeoutMillis: { ours: 'acquireTimeout', check: time },
    createTimeoutMillis: { ours: 'connectTimeout', check: checks.ms(1) },
    idleTimeoutMillis: { ours: 'idleTimeout', check: time, means: zeroForEver },
    propagateCreateError: { ours: 'failFast', check: checks.flag },
    // For Knex, any value that is not a positive number means no limit.
    maxConnectionLifetimeMillis: {
      ours: 'maxLifetime',
      check: anything,
      means: (value) => (Number.isFinite(value) && (value as number) > 0 ? value : 0),
    },
  },
  theirs: { afterCreate: hookOrNone, validate: hookOrNone, maxConnectionLifetimeJitterMillis: anything },
  moot: {
    reapIntervalMillis: 'idle connections are closed when their time is up',
    createRetryIntervalMillis: 'the pauses between attempts to connect grow by themselves',
    destroyTimeoutMillis: 'a good-bye takes no longer than pool.mysqlpool.pingTimeout',
    log: 'listen to the events of knex.client.pool.mysqlpool',
  },
  allowsNull: false,
  ...IN_POOL,
  connection: 'connection',
  hook: 'pool.afterCreate',
};

const TESTED = { name: 'Knex', packageName: 'knex', versions: ['3.3.0', '3.1.0'], lines: ['3.'] };

/**
 * Gives a Knex client our pool in place of tarn.
 * @param knexFrom the `client.js` of the copy of Knex that the client belongs to, or a file from which to resolve Knex
 * @param via the label of the loans
 */
export function usePool(
  client: KnexClient,
  config: Knex.Config,
  knexFrom: string = ownFile,
  via: string = 'knex',
  words: PoolVocabulary = VOCABULARY,
): void {
  warnUnlessTested(TESTED);
  const settings = client.getPoolSettings(namingHook(config.pool));
  client.driver = watchedDriver(client.driver);
  const hooks = new DialHooks();
  nameProvider(client, words.credentials ?? words.connection, hooks);
  const creator: Creator = {
    driver: client.driver,
    create: (dial) => hooks.during(dial, () => settings.create()),
    close: (connection) => settings.destroy(connection),
    settings: config.connection,
  };
  refuseBesidePool(words, '', config);
  refuseBesidePool(words, 'connection', config.connection);
  sayOfPoolIn(words, config.connection);
  const pool = withTheirOptions(
    words,
    poolOf(config, settings),
    { maxSize: 10, acquireTimeout: 60_000, failFast: true },
    (options, defaults) => new CreatorPool(creator, options, defaults),
  );
  pool.via = via;
  const lending = new Lending(pool, {
    validate: (connection) => settings.validate(connection),
    // As in tarn. If the check fails because of the credentials, the next dial reports that.
    replacesThrown: true,
    timeoutError: () => timeoutError(knexFrom),
  });
  const tarnPool = new TarnPool(lending);
  client.pool = tarnPool;
  client._ownsPool = true;
  const transaction = client.transaction.bind(client);
  client.transaction = (...args) => lending.calledFromHere(() => transaction(...args));
  const theirs = Reflect.get(Reflect.getPrototypeOf(client)!, 'acquireConnection') as KnexClient['acquireConnection'];
  client.acquireConnection = async () => {
    try {
      return await theirs.call(client);
    } catch (error) {
      // Knex 3.1 creates an error of its own without the cause.
      if (error instanceof Error && error.name === 'KnexTimeoutError') error.cause ??= tarnPool.lastFailure;
      // Knex has dropped its pool by then, and reports only that there is none.
      if (error instanceof Error && client.pool === undefined) {
        error.cause ??= new PoolClosedError(pool.name);
        error.message += `: ${(error.cause as Error).message}`;
      }
      throw error;
    }
  };
}

type AfterCreate = (connection: MysqlConnection, done: (error: unknown, made?: unknown) => void) => void;

/** Knex's `pool` options; errors and timeouts of `afterCreate` are attributed to it. */
function namingHook(pool: Knex.PoolConfig | undefined): Knex.PoolConfig | undefined {
  if (typeof pool?.afterCreate !== 'function') return pool;
  const theirs = promisify(pool.afterCreate as AfterCreate);
  const named = (connection: MysqlConnection): Promise<unknown> =>
    inHook('pool.afterCreate', connection, () => theirs(connection));
  return { ...pool, afterCreate: callbackify(named) };
}

/** Knex's `pool` options, with the acquire timeout that Knex uses: the shorter of its two. */
function poolOf({ pool: given, acquireConnectionTimeout }: Knex.Config, settings: KnexPoolSettings): object {
  const pool = given ?? {};
  if (typeof pool !== 'object' || Array.isArray(pool)) return pool;
  const isChosen = acquireConnectionTimeout !== undefined || pool.acquireTimeoutMillis !== undefined;
  return isChosen ? { ...pool, acquireTimeoutMillis: settings.acquireTimeoutMillis } : pool;
}

/** Knex turns only this class, of its own copy of tarn, into its KnexTimeoutError. */
function timeoutError(knexFrom: string): Error {
  const isOfKnex = basename(knexFrom) === 'client.js';
  const client = isOfKnex ? knexFrom : createRequire(knexFrom).resolve('knex/lib/client.js');
  const { TimeoutError } = createRequire(client)('tarn') as {
    readonly TimeoutError: new (message: string) => Error;
  };
  return new TimeoutError('operation timed out for an unknown reason');
}

/** Attributes errors and timeouts of the client's credentials function to it. */
function nameProvider(client: KnexClient, name: string, hooks: DialHooks): void {
  const { connectionConfigProvider: theirs } = client;
  if (typeof theirs !== 'function') return;
  client.connectionConfigProvider = () => hooks.run(name, () => Reflect.apply(theirs, client, []));
}
