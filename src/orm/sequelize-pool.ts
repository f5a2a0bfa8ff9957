import { CreatorPool, type CreatorPoolOptions } from '../api/creator-pool.js';
import type { Creator } from '../mysql/creator-source.js';
import type { MysqlConnection } from '../mysql/driver.js';
import { Lending, type LendingRules } from './lending.js';
import { translateOptions, type PoolVocabulary } from './pool-options.js';

/** The options of Sequelize's pool. */
export interface SequelizePoolOptions {
  readonly maxUses?: number | undefined;
  readonly [option: string]: unknown;
}

const VOCABULARY: PoolVocabulary = {
  orm: 'Sequelize',
  same: { max: 'maxSize', min: 'minIdle', acquire: 'acquireTimeout', idle: 'idleTimeout' },
  theirs: ['maxUses', 'validate'],
  moot: { evict: 'idle connections are closed when their time is up' },
};

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
  constructor(name: string, given: SequelizePoolOptions, creator: Creator, rules: Omit<LendingRules, 'maxUses'>) {
    const defaults: CreatorPoolOptions = { name, maxSize: 5, acquireTimeout: 60_000 };
    const pool = new CreatorPool(creator, translateOptions(VOCABULARY, given, defaults));
    pool.via = 'sequelize';
    this.lending = new Lending(pool, { ...rules, maxUses: given.maxUses });
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
