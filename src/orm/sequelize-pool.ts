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

// To sequelize-pool 7, which Sequelize 6 has, a time of 0 is none, and then it is so long (ms).
const NO_TIME = 30_000;

// How often sequelize-pool 8 looks for idle connections whose time is up, unless `evict` says so (ms).
const EVICT = 1_000;

/** What both versions of Sequelize have in common. */
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

/** The `pool` of Sequelize 6. */
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

/** The `pool` of Sequelize 7. */
export const SEQUELIZE_7: PoolVocabulary = {
  ...COMMON,
  same: {
    ...COMMON.same,
    acquire: { ours: 'acquireTimeout', check: time },
    // No time at all is until the pool looks next; to us it is for ever.
    idle: { ours: 'idleTimeout', check: time, means: (ms, given) => (ms === 0 ? untilLooked(given) : zeroForEver(ms)) },
  },
  moot: { evict: ({ idle }) => (idle === 0 ? undefined : EVICTED) },
};

const untilLooked = ({ evict }: Readonly<Record<string, unknown>>): number =>
  typeof evict === 'number' && evict >= 0 ? Math.max(1, evict) : EVICT;

/**
 * Sequelize words what its own way to connect fails with. The pool has limits and a set-up besides, whose failures are
 * worded here as Sequelize would.
 */
export const connectErrorOf =
  (ConnectionError: new (parent: Error) => Error): ((failure: unknown) => unknown) =>
  (failure) =>
    isLost(failure) ? new ConnectionError(failure as Error) : failure;

/** What Sequelize uses of its pools, one for writing and perhaps one for reading, over ours. */
export class SequelizePool {
  readonly write: SequelizeLending;
  /** Without replicas there is none. */
  readonly read: SequelizeLending | null;

  constructor(write: SequelizeLending, read: SequelizeLending | null) {
    this.write = write;
    this.read = read;
  }

  /** The pool for an access. */
  of(isRead: boolean): SequelizeLending {
    return isRead && this.read !== null ? this.read : this.write;
  }

  release(connection: MysqlConnection): void {
    if (!this.write.lending.release(connection)) this.read?.release(connection);
  }

  /** A connection that was lost is no more in the pool when Sequelize says so; nor is one that was given back. */
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

/** One pool of Sequelize's, over one of ours. */
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
    // To Sequelize 6 there is no limit at 0; with 7 a connection is closed when it comes back the first time.
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

  /** Waits for what is lent, for a time, and closes for good. */
  drain(): Promise<void> {
    return this.mysqlpool.close();
  }

  /** Closes what lies idle. */
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
