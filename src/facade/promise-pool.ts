import type { MysqlLease } from '../api/index.js';
import type { BasePromisePoolConnection, PromiseModule } from './mysql2-module.js';
import { AT_ONCE } from './lender.js';
import type { FacadePool } from './pool.js';
import type { Implementation, PromiseClasses, PromisePoolConnectionClass } from './promise-classes.js';

// After the loan they would run on a connection that is somebody else's.
const GUARDED = [
  'query', 'execute', 'prepare', 'beginTransaction', 'commit', 'rollback', 'ping', 'reset', 'changeUser',
] as const; // prettier-ignore

const NO_CALLBACK =
  'getConnection of a pool with promises takes no callback, await what it returns; ' +
  'for callbacks, as Kysely has them, give the pool of node-mysqlpool/mysql2, or this one as pool.pool';

const known = new WeakMap<object, PromiseClasses>();

/** Our promise classes over a copy of mysql2: subclasses of its own. */
export function promiseClasses(module: PromiseModule): PromiseClasses {
  let classes = known.get(module.PromisePool);
  if (classes === undefined) {
    const PromisePoolConnection = connectionClass(module);
    classes = { PromisePoolConnection, PromisePool: pooledClass(module, PromisePoolConnection) };
    known.set(module.PromisePool, classes);
  }
  return classes;
}

function pooledClass(module: PromiseModule, Connection: PromisePoolConnectionClass): PromiseClasses['PromisePool'] {
  return class PromisePool extends module.PromisePool {
    declare readonly pool: FacadePool;

    getConnection(callback?: unknown): Promise<BasePromisePoolConnection> {
      // Whoever waits to be called back, as Kysely does, would wait for ever.
      if (typeof callback === 'function') throw new TypeError(NO_CALLBACK);
      return new this.Promise((resolve, reject) => {
        this.pool.borrow((error, connection, lease) => {
          if (error) reject(error as Error);
          else resolve(new Connection(connection!, this.Promise, lease));
        }, AT_ONCE);
      });
    }

    releaseConnection(connection: { release(): void }): void {
      connection.release();
    }
  };
}

/** A connection for one loan: it can be given back once, and is of no use afterwards. */
function connectionClass(module: PromiseModule): PromisePoolConnectionClass {
  class PromisePoolConnection extends module.PromisePoolConnection {
    readonly #lease: MysqlLease | undefined;

    constructor(connection: object, implementation: Implementation, lease: MysqlLease | undefined) {
      super(connection, implementation);
      this.#lease = lease;
    }

    static refusal(connection: PromisePoolConnection): Error | undefined {
      const lease = connection.#lease;
      // A lost connection is nobody else's: whoever goes on is told of the loss.
      if (lease?.active !== false || lease.isLost) return undefined;
      return lease.endedError();
    }

    override release(): void {
      this.#lease?.release();
    }

    override destroy(): void {
      if (!this.#isOver) super.destroy();
    }

    override end(): Promise<void> {
      return this.#isOver ? this.Promise.resolve() : super.end();
    }

    /** Without a lease it was not taken through this API, and there is nothing to tell by. */
    get #isOver(): boolean {
      return this.#lease?.active === false;
    }
  }
  const prototype = PromisePoolConnection.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const method of GUARDED) {
    const run = prototype[method]!;
    const guarded = function (this: PromisePoolConnection, ...args: unknown[]): unknown {
      const refusal = PromisePoolConnection.refusal(this);
      return refusal === undefined ? Reflect.apply(run, this, args) : this.Promise.reject(refusal);
    };
    Object.defineProperty(prototype, method, { value: guarded, configurable: true, writable: true });
  }
  return PromisePoolConnection;
}
