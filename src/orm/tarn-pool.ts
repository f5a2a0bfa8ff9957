import { EventEmitter } from 'node:events';
import type { MysqlConnection } from '../mysql/driver.js';
import { thrown } from '../pool/index.js';
import type { Lending } from './lending.js';

/** The interface of tarn's pool that Knex and its tools use, on top of one of our pools. */
export class TarnPool extends EventEmitter {
  readonly #lending: Lending;
  #requests = 0;
  /** tarn has this property. */
  destroyed = false;
  /** The latest error of `acquire`. */
  lastFailure: unknown;

  constructor(lending: Lending) {
    super();
    this.#lending = lending;
    lending.watch = {
      lent: (request, connection) => this.#tell('acquireSuccess', request, connection),
      failed: (request, error) => {
        this.lastFailure = error;
        this.#tell('acquireFail', request, error);
      },
    };
  }

  /** Our pool, for its statistics, events and methods. */
  get mysqlpool(): Lending['pool'] {
    return this.#lending.pool;
  }

  get min(): number {
    return this.mysqlpool.options.minIdle;
  }

  get max(): number {
    return this.mysqlpool.options.maxSize;
  }

  acquire(): { readonly promise: Promise<MysqlConnection> } {
    const request = ++this.#requests;
    this.#tell('acquireRequest', request);
    return { promise: this.#lending.acquire(request) };
  }

  /**
   * Emits an event. An error thrown by a listener becomes a warning, as in tarn: it must not keep a connection from its
   * borrower.
   */
  #tell(event: string, ...about: unknown[]): void {
    if (this.listenerCount(event) === 0) return;
    for (const listener of this.rawListeners(event)) {
      try {
        Reflect.apply(listener, this, about);
      } catch (error) {
        process.emitWarning(`a listener of "${event}" threw: ${thrown(error)}`, 'PoolListenerWarning');
      }
    }
  }

  /** Returns false if the connection was released before: Knex's streams release it twice. */
  release(connection: MysqlConnection & { readonly __knex__disposed?: unknown }): boolean {
    const isDisposed = connection.__knex__disposed !== undefined;
    const didRelease = isDisposed ? this.#lending.destroy(connection) : this.#lending.release(connection);
    if (didRelease) this.#tell('release', connection);
    return didRelease;
  }

  async destroy(): Promise<void> {
    this.destroyed = true;
    this.#tell('poolDestroyRequest', ++this.#requests);
    await this.mysqlpool.close();
    this.#tell('poolDestroySuccess', this.#requests);
  }

  isEmpty(): boolean {
    return this.mysqlpool.stats().size === 0;
  }

  numUsed(): number {
    return this.mysqlpool.stats().inUse;
  }

  numFree(): number {
    return this.mysqlpool.stats().idle;
  }

  numPendingAcquires(): number {
    return this.mysqlpool.stats().waiters;
  }

  numPendingValidations(): number {
    return 0;
  }

  numPendingCreates(): number {
    return this.mysqlpool.stats().connecting;
  }
}
