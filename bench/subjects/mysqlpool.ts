import { Pool, type Connector } from 'node-mysqlpool/pool';
import { Resource } from './resource.js';
import { acquireTimeoutOf, openResource, type Subject, type SubjectOptions } from './subject.js';

/** Our engine as it comes, every default on; only the limits are set. */
export function mysqlpool(options: SubjectOptions): Subject {
  const nothing = Promise.resolve();
  const connector: Connector<Resource> = {
    open: () => openResource(() => new Resource(), options),
    ping: () => nothing,
    clean: () => undefined,
    close: () => nothing,
    destroy: () => undefined,
  };
  const pool = new Pool(
    { connector },
    {
      maxSize: options.max,
      minIdle: options.min,
      acquireTimeout: acquireTimeoutOf(options),
    },
  );
  const subject: Subject<Awaited<ReturnType<typeof pool.acquire>>> = {
    acquire: () => pool.acquire(),
    release: (lease) => lease.release(),
    resourceOf: (lease) => lease.connection,
  };
  return subject;
}
