import { Pool } from 'sequelize-pool';
import { Resource } from './resource.js';
import { acquireTimeoutOf, openResource, type Subject, type SubjectOptions } from './subject.js';

/** sequelize-pool, the pool of Sequelize. */
export function sequelizePool(options: SubjectOptions): Subject {
  const pool = new Pool<Resource>({
    min: options.min,
    max: options.max,
    acquireTimeoutMillis: acquireTimeoutOf(options),
    create: () => openResource(() => new Resource(), options),
    destroy: () => undefined,
    validate: () => true,
  });
  const subject: Subject<Resource> = {
    acquire: () => pool.acquire(),
    release: (resource) => pool.release(resource),
    resourceOf: (resource) => resource,
  };
  return subject;
}
