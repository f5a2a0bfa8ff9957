import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { Resource } from './resource.js';
import { acquireTimeoutOf, openResource, type Subject, type SubjectOptions } from './subject.js';

interface PoolOptions<C> {
  readonly Client: new () => C;
  readonly max: number;
  readonly min: number;
  readonly connectionTimeoutMillis: number;
}

interface PoolOf<C> {
  connect(): Promise<C & { release(): void }>;
}

// The package has no types.
const Pool = createRequire(__filename)('pg-pool') as new <C>(options: PoolOptions<C>) => PoolOf<C>;

/** pg-pool, the pool of node-postgres, with a client that does nothing in place of PostgreSQL's. */
export function pgPool(options: SubjectOptions): Subject {
  class Client extends EventEmitter {
    resource!: Resource;
    _queryable = true;

    connect(connected: () => void): void {
      void this.#open(connected);
    }

    async #open(connected: () => void): Promise<void> {
      this.resource = await openResource(() => new Resource(), options);
      connected();
    }

    end(done?: () => void): void {
      done?.();
    }

    ref(): void {}
    unref(): void {}
  }

  const pool = new Pool<Client>({
    Client,
    max: options.max,
    min: options.min,
    connectionTimeoutMillis: acquireTimeoutOf(options),
  });
  const subject: Subject<Client & { release(): void }> = {
    acquire: () => pool.connect(),
    release: (client) => client.release(),
    resourceOf: (client) => client.resource,
  };
  return subject;
}
