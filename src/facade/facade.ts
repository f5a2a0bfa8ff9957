import type { CoreModule, PromiseModule } from './mysql2-module.js';
import { poolClass, type FacadePool, type PoolClass } from './pool.js';
import { promiseClasses, type PromiseClasses } from './promise-pool.js';

/** mysql2's makers of pools, over one copy of it. */
export interface Facade {
  readonly Pool: PoolClass;
  readonly promises: () => PromiseClasses;
  createPool(options: unknown): FacadePool;
  createPoolPromise(options: unknown): object;
}

const facades = new WeakMap<object, Facade>();

/**
 * Our pools in the shape of a copy of mysql2, whose own classes they extend. Called again with the same copy it answers
 * the same.
 * @param core what `require('mysql2')` gives
 * @param promise gives what `require('mysql2/promise')` gives, when it is needed first
 */
export function facadeOf(core: CoreModule, promise: () => PromiseModule): Facade {
  let facade = facades.get(core.Pool);
  if (facade === undefined) {
    facade = makeFacade(core, promise);
    facades.set(core.Pool, facade);
  }
  return facade;
}

function makeFacade(core: CoreModule, promise: () => PromiseModule): Facade {
  const promises = (): PromiseClasses => promiseClasses(promise());
  const Pool = poolClass(core, promises);
  const createPool = (options: unknown): FacadePool => new Pool(options);
  return {
    Pool,
    promises,
    createPool,
    createPoolPromise: (options) => createPool(options).promise((options as { Promise?: PromiseConstructor }).Promise),
  };
}
