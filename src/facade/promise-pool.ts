import type { MysqlLease } from '../api/index.js';
import type { BasePromisePoolConnection, PromiseModule } from './mysql2-module.js';
import { AT_ONCE } from './callback-pool.js';
import type { FacadePool } from './pool.js';
import type { Implementation, PromiseClasses, PromisePoolConnectionClass } from './promise-classes.js';

// Methods that are refused after the end of the loan: they would run on a connection that somebody else has borrowed by
// then.
const GUARDED = [
  'query', 'execute', 'prepare', 'beginTransaction', 'commit', 'rollback', 'ping', 'reset', 'changeUser',
] as const; // prettier-ignore

const NO_CALLBACK =
  'getConnection of a pool with promises takes no callback, await what it returns; ' +
  'for callbacks, as Kysely has them, give the pool of node-mysqlpool/mysql2, or this one as pool.pool';

const known = new WeakMap<object, PromiseClasses>();

/** Creates our promise classes for a copy of mysql2, as subclasses of its own. */
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
      // A caller that passes a callback, as Kysely does, would wait for it forever.
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

/** A connection object for one loan: it can be released once, and its methods are refused afterwards. */
function connectionClass(module: PromiseModule): PromisePoolConnectionClass {
  class PromisePoolConnection extends module.PromisePoolConnection {
    readonly #lease: MysqlLease | undefined;

    constructor(connection: object, implementation: Implementation, lease: MysqlLease | undefined) {
      super(connection, implementation);
      this.#lease = lease;
    }

    static refusal(connection: PromisePoolConnection): Error | undefined {
      const lease = connection.#lease;
      // A lost connection will not be lent to anybody else, so its methods need not be refused: they fail with the
      // loss.
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

    /** Without a lease the connection was not borrowed through this API, so the end of its loan is unknown. */
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
