import { callOut } from './call-out.js';
import type { MysqlPool } from '../api/index.js';
import { kindOf } from '../pool/index.js';
import { CallbackPool, type Borrowed, type BorrowOptions } from './callback-pool.js';
import type { BasePool, BasePoolConnection, CoreModule, Query } from './mysql2-module.js';
import { readOptions } from './options.js';
import { poolConnectionClass } from './pool-connection.js';
import type { PoolConfig } from './pool-config.js';
import type { PromiseClasses } from './promise-classes.js';
import { runExecute, runQuery } from './pool-statements.js';

/** Our pool with the interface of mysql2's, as the rest of the facade uses it. */
export interface FacadePool extends BasePool {
  readonly mysqlpool: MysqlPool;
  config: PoolConfig;
  borrow(done: Borrowed, options?: BorrowOptions): void;
  getConnection(done: (error: unknown, connection?: BasePoolConnection) => void): void;
  query(sql: unknown, values?: unknown, callback?: unknown): Query;
  execute(sql: unknown, values?: unknown, callback?: unknown): void;
  end(callback?: (error?: unknown) => void): void;
  promise(implementation?: PromiseConstructor): object;
}

export type PoolClass = new (source: unknown) => FacadePool;

/** Creates the pool class for a copy of mysql2: a subclass of that copy's own, which lends connections of our pool. */
export function poolClass(core: CoreModule, promises: () => PromiseClasses): PoolClass {
  const Connection = poolConnectionClass(core, promises);
  return class Pool extends core.Pool {
    declare config: PoolConfig;
    readonly #callbackPool: CallbackPool;

    constructor(source: unknown) {
      const options = readOptions(core, source);
      // The minimum that mysql2's constructor needs, chosen so that mysql2 does not manage any connections itself.
      super({ config: { connectionConfig: options.connectionConfig, connectionLimit: 0, maxIdle: 0 } });
      this.#callbackPool = new CallbackPool(this, options, (dialled) => {
        const config = new core.ConnectionConfig(dialled);
        config.gracefulEnd = options.gracefulEnd;
        return new Connection(this, { config });
      });
      this.config = this.#callbackPool.config;
      present(this, this.#callbackPool);
    }

    /** The underlying pool: statistics, events, and everything for which mysql2 has no equivalent. */
    get mysqlpool(): MysqlPool {
      return this.#callbackPool.pool;
    }

    borrow(done: Borrowed, options?: BorrowOptions): void {
      this.#callbackPool.borrow(done, options);
    }

    getConnection(done: (error: unknown, connection?: BasePoolConnection) => void): void {
      checkCallback(done);
      this.#callbackPool.borrow((error, connection) => (error ? done(error) : done(null, connection)));
    }

    releaseConnection(connection: { release(): void }): void {
      connection.release();
    }

    query(sql: unknown, values?: unknown, callback?: unknown): Query {
      return runQuery(core, this, sql, values, callback);
    }

    execute(sql: unknown, values?: unknown, callback?: unknown): void {
      runExecute(this, sql, values, callback);
    }

    end(callback?: (error?: unknown) => void): void {
      const tell = callback ?? ((): void => undefined);
      void this.mysqlpool.close().then(() => callOut(tell));
    }

    [Symbol.dispose](): void {
      this.end();
    }

    promise(implementation?: PromiseConstructor): object {
      return new (promises().PromisePool)(this, implementation);
    }
  } as unknown as PoolClass;
}

function checkCallback(done: unknown): void {
  if (typeof done === 'function') return;
  throw new TypeError(`pool.getConnection: expected a callback, got ${kindOf(done)}; pool.promise() needs none`);
}

/** Defines the private fields of mysql2's pool that monitoring tools read. */
function present(shell: object, { all, free, queue, pool }: CallbackPool): void {
  const views = { _allConnections: all, _freeConnections: free, _connectionQueue: queue };
  for (const [name, value] of Object.entries(views)) Object.defineProperty(shell, name, { value, enumerable: false });
  Object.defineProperty(shell, '_closed', { get: () => pool.state === 'closing' || pool.state === 'closed' });
}
