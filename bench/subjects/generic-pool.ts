import { createPool } from 'generic-pool';
import { Resource } from './resource.js';
import { acquireTimeoutOf, openResource, type Subject, type SubjectOptions } from './subject.js';

export function genericPool(options: SubjectOptions): Subject {
  const factory = {
    create: () => openResource(() => new Resource(), options),
    destroy: () => Promise.resolve(),
  };
  const pool = createPool(factory, {
    min: options.min,
    max: options.max,
    acquireTimeoutMillis: acquireTimeoutOf(options),
  });
  const subject: Subject<Resource> = {
    acquire: () => Promise.resolve(pool.acquire()),
    // The promise is not awaited, which is the cheapest use: the resource is back in the pool when the call returns.
    release: (resource) => void pool.release(resource),
    resourceOf: (resource) => resource,
  };
  return subject;
}
