import { CreatorPool } from '../api/creator-pool.js';
import type { Creator } from '../mysql/creator-source.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { checks } from '../pool/index.js';
import { isLost } from '../session/index.js';
import { Lending, type LendingRules } from './lending.js';
import { IN_POOL, withTheirOptions, zeroForEver, type PoolVocabulary } from './pool-options.js';

/** The options of Sequelize's pool. */
export interface SequelizePoolOptions {
  readonly maxUses?: number | null | undefined;
  readonly [option: string]: unknown;
}

// sequelize-pool 7, which Sequelize 6 uses, takes a duration of 0 as not given, and then uses this default (ms).
const NO_TIME = 30_000;

// How often (ms) sequelize-pool 8 looks for expired idle connections, unless `evict` is given.
const EVICT = 1_000;

/** Common to both versions of Sequelize. */
const COMMON = {
  orm: 'Sequelize',
  same: {
    max: { ours: 'maxSize', check: checks.wholeOrInfinity(1) },
    min: { ours: 'minIdle', check: checks.whole(0) },
  },
  theirs: { maxUses: checks.msOrInfinity(0), validate: checks.callable },
  allowsNull: true,
  ...IN_POOL,
  connection: 'dialectOptions',
  hook: 'the hook afterConnect',
} as const;

const time = checks.msOrInfinity(0);
const EVICTED = 'idle connections are closed when their time is up';

/** The `pool` options of Sequelize 6. */
export const SEQUELIZE_6: PoolVocabulary = {
  ...COMMON,
  same: {
    ...COMMON.same,
    acquire: { ours: 'acquireTimeout', check: time, means: (ms) => ms || NO_TIME },
    idle: { ours: 'idleTimeout', check: time, means: (ms) => zeroForEver(ms || NO_TIME) },
  },
  moot: {
    evict: EVICTED,
    handleDisconnects: "as in Sequelize's own pool since version 4: a lost connection is always replaced",
  },
};

/** The `pool` options of Sequelize 7. */
export const SEQUELIZE_7: PoolVocabulary = {
  ...COMMON,
  same: {
    ...COMMON.same,
    acquire: { ours: 'acquireTimeout', check: time },
    // In Sequelize 7, 0 means until its pool looks next; here it would mean no limit.
    idle: { ours: 'idleTimeout', check: time, means: (ms, given) => (ms === 0 ? untilLooked(given) : zeroForEver(ms)) },
  },
  moot: { evict: ({ idle }) => (idle === 0 ? undefined : EVICTED) },
};

const untilLooked = ({ evict }: Readonly<Record<string, unknown>>): number =>
  typeof evict === 'number' && evict >= 0 ? Math.max(1, evict) : EVICT;

/**
 * Sequelize converts the errors of its own way to connect. The pool's limits and set-up add further failures, which are
 * converted here in the same way.
 */
export const connectErrorOf =
  (ConnectionError: new (parent: Error) => Error): ((failure: unknown) => unknown) =>
  (failure) =>
    isLost(failure) ? new ConnectionError(failure as Error) : failure;

/** The interface that Sequelize uses of its pools, one for writing and perhaps one for reading, on top of ours. */
export class SequelizePool {
  readonly write: SequelizeLending;
  /** Null without replicas. */
  readonly read: SequelizeLending | null;

  constructor(write: SequelizeLending, read: SequelizeLending | null) {
    this.write = write;
    this.read = read;
  }

  /** The pool for reading or writing. */
  of(isRead: boolean): SequelizeLending {
    return isRead && this.read !== null ? this.read : this.write;
  }

  release(connection: MysqlConnection): void {
    if (!this.write.lending.release(connection)) this.read?.release(connection);
  }

  /** Ignored for a connection that has already left the pool, because it was lost or its loan has ended. */
  async destroy(connection: MysqlConnection): Promise<void> {
    if (!this.write.lending.destroy(connection)) await this.read?.destroy(connection);
  }

  async drain(): Promise<void> {
    await Promise.all([this.write.drain(), this.read?.drain()]);
  }

  async destroyAllNow(): Promise<void> {
    await Promise.all([this.write.destroyAllNow(), this.read?.destroyAllNow()]);
  }

  get size(): number {
    return this.write.size + (this.read?.size ?? 0);
  }

  get available(): number {
    return this.write.available + (this.read?.available ?? 0);
  }

  get using(): number {
    return this.write.using + (this.read?.using ?? 0);
  }

  get waiting(): number {
    return this.write.waiting + (this.read?.waiting ?? 0);
  }
}

/** One pool with the interface of Sequelize's, on top of one of ours. */
export class SequelizeLending {
  readonly lending: Lending;

  /** @throws PoolOptionError for options that are unknown or out of range */
  constructor(
    name: string,
    words: PoolVocabulary,
    given: SequelizePoolOptions,
    creator: Creator,
    rules: Omit<LendingRules, 'maxUses'>,
  ) {
    const defaults = { name, maxSize: 5, acquireTimeout: 60_000, failFast: true };
    const pool = withTheirOptions(words, given, defaults, (options) => new CreatorPool(creator, options, defaults));
    pool.via = 'sequelize';
    // In Sequelize 6, a maxUses of 0 means no limit; in 7 it closes a connection at its first release.
    const maxUses = words === SEQUELIZE_6 ? given.maxUses || undefined : (given.maxUses ?? undefined);
    this.lending = new Lending(pool, { ...rules, maxUses });
  }

  /** Our pool, for its statistics, events and methods. */
  get mysqlpool(): CreatorPool {
    return this.lending.pool;
  }

  acquire(): Promise<MysqlConnection> {
    return this.lending.acquire();
  }

  release(connection: MysqlConnection): void {
    this.lending.release(connection);
  }

  destroy(connection: MysqlConnection): Promise<void> {
    this.lending.destroy(connection);
    return Promise.resolve();
  }

  /** Closes the pool for good: waits for loans up to the time limit of `close`, then destroys them. */
  drain(): Promise<void> {
    return this.mysqlpool.close();
  }

  /** Closes the idle connections; lent ones are closed when they are released. */
  destroyAllNow(): Promise<void> {
    this.mysqlpool.evict();
    return Promise.resolve();
  }

  get name(): string {
    return this.mysqlpool.name;
  }

  get maxSize(): number {
    return this.mysqlpool.options.maxSize;
  }

  get minSize(): number {
    return this.mysqlpool.options.minIdle;
  }

  get size(): number {
    return this.mysqlpool.stats().size;
  }

  get available(): number {
    return this.mysqlpool.stats().idle;
  }

  get using(): number {
    return this.mysqlpool.stats().inUse;
  }

  get waiting(): number {
    return this.mysqlpool.stats().waiters;
  }
}
