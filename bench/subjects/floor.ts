import { Resource } from './resource.js';
import { openResource, type Subject, type SubjectOptions } from './subject.js';

/**
 * The minimal cost of a queue of promises: no time-outs, no leases, no order but first come, first served. It is no
 * pool; it shows what the language itself costs.
 */
export function floor(options: SubjectOptions): Subject {
  const idle: Resource[] = [];
  let line: ((resource: Resource) => void)[] = [];
  let head = 0;
  let size = 0;
  const acquire = (): Promise<Resource> => {
    const resource = idle.pop();
    if (resource !== undefined) return Promise.resolve(resource);
    if (size < options.max) {
      size++;
      return openResource(() => new Resource(), options);
    }
    return new Promise((resolve) => line.push(resolve));
  };
  const release = (resource: Resource): void => {
    if (head === line.length) {
      idle.push(resource);
      return;
    }
    line[head++]!(resource);
    if (head === line.length) {
      line = [];
      head = 0;
    }
  };
  const subject: Subject<Resource> = { acquire, release, resourceOf: (resource) => resource };
  return subject;
}
