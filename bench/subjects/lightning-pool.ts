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
    // By default it rejects callers when 1 000 are in the queue; the other pools have no such limit.
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
