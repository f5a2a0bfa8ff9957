import type { Coordination, Coordinator } from './coordinator.js';

// Replaced by the real one.
export class MysqlCoordinator implements Coordinator {
  readonly kind = 'mysql';
  join(): Coordination {
    return { changed: () => undefined, close: () => Promise.resolve() };
  }
}
