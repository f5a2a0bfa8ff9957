import { Pool } from 'lightning-pool';
import { Resource } from './resource.js';
import { acquireTimeoutOf, openResource, type Subject, type SubjectOptions } from './subject.js';

export function lightningPool(options: SubjectOptions): Subject {
  const factory = {
    create: () => openResource(() => new Resource(), options),
    destroy: () => undefined,
  };
  const pool = new Pool<Resource>(factory, {
    min: options.min,
    max: options.max,
    // It turns callers away at 1 000 in line unless told otherwise; the others do not.
    maxQueue: 1_000_000,
    acquireTimeoutMillis: acquireTimeoutOf(options),
  });
  const subject: Subject<Resource> = {
    acquire: () => pool.acquire(),
    release: (resource) => pool.release(resource),
    resourceOf: (resource) => resource,
  };
  return subject;
}
