import { Pool, type Connector, type PoolOptions } from 'node-mysqlpool/pool';
import { Resource } from './resource.js';
import { acquireTimeoutOf, openResource, type Subject, type SubjectOptions } from './subject.js';

/** Our engine with default options; only the limits are set. */
export const mysqlpool = (options: SubjectOptions): Subject => poolOf(options, {});

/** Our engine with as many concurrent dials as there is room for, and without minIdle. */
export const eagerMysqlpool = (options: SubjectOptions): Subject =>
  poolOf({ ...options, min: 0 }, { maxConnecting: options.max });

function poolOf(options: SubjectOptions, more: PoolOptions): Subject {
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
      ...more,
    },
  );
  const subject: Subject<Awaited<ReturnType<typeof pool.acquire>>> = {
    acquire: () => pool.acquire(),
    release: (lease) => lease.release(),
    resourceOf: (lease) => lease.connection,
  };
  return subject;
}
