import { Pool } from 'tarn';
import { Resource } from './resource.js';
import { acquireTimeoutOf, openResource, type Subject, type SubjectOptions } from './subject.js';

/** tarn, the pool of Knex. */
export function tarn(options: SubjectOptions): Subject {
  const pool = new Pool<Resource>({
    min: options.min,
    max: options.max,
    acquireTimeoutMillis: acquireTimeoutOf(options),
    create: () => openResource(() => new Resource(), options),
    destroy: () => undefined,
  });
  const subject: Subject<Resource> = {
    acquire: () => pool.acquire().promise,
    release: (resource) => void pool.release(resource),
    resourceOf: (resource) => resource,
  };
  return subject;
}
