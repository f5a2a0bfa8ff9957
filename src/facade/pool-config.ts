import type { MysqlPool } from '../api/index.js';
import type { ConnectionConfig } from './mysql2-module.js';
import { idleTimeoutOf, numberOf, resetModeOf, sizeOf, waitersOf, type FacadeOptions } from './options.js';

/**
 * `pool.config`, in mysql2's terms. It can be changed while the pool runs.
 * @since 0.1.0
 */
export class PoolConfig {
  readonly connectionConfig: ConnectionConfig;
  /** Whether callers wait when all connections are lent; otherwise they fail at once. */
  waitForConnections: boolean;
  readonly #pool: MysqlPool;

  constructor(pool: MysqlPool, options: FacadeOptions) {
    this.#pool = pool;
    this.connectionConfig = options.connectionConfig;
    this.waitForConnections = options.waitForConnections;
  }

  /** The most connections; 0 means no limit. Raising it serves waiters at once. */
  get connectionLimit(): number {
    const { maxSize } = this.#pool.options;
    return maxSize === Infinity ? 0 : maxSize;
  }

  set connectionLimit(limit: number) {
    const maxSize = sizeOf(numberOf(limit)) ?? limit;
    const { maxIdle, minIdle } = this.#pool.options;
    const most = Math.max(maxSize, minIdle);
    this.#pool.resize(maxIdle > most ? { maxSize, maxIdle: most } : { maxSize });
  }

  /** The most waiters; 0 means no limit. */
  get queueLimit(): number {
    const { maxWaiters } = this.#pool.options;
    return maxWaiters === Infinity ? 0 : maxWaiters;
  }

  set queueLimit(count: number) {
    this.#pool.resize({ maxWaiters: waitersOf(numberOf(count)) });
  }

  get maxIdle(): number {
    return this.#pool.options.maxIdle;
  }

  set maxIdle(count: number) {
    this.#pool.resize({ maxIdle: Math.min(count, this.#pool.options.maxSize) });
  }

  /** In ms. */
  get idleTimeout(): number {
    return this.#pool.options.idleTimeout;
  }

  set idleTimeout(ms: number) {
    const { maxIdle, maxSize } = this.#pool.options;
    this.#pool.resize({ idleTimeout: idleTimeoutOf(ms, maxIdle < maxSize) });
  }

  /** Whether a returned connection is always fully reset. False means that it is not cleaned at all, as in mysql2. */
  get resetOnRelease(): boolean {
    return this.#pool.options.reset === 'session';
  }

  set resetOnRelease(on: boolean) {
    this.#pool.resize({ reset: resetModeOf(on) });
  }
}
