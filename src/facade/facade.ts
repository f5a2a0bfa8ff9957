import { clusterClass, type ClusterClass, type FacadeCluster } from './cluster.js';
import type { CoreModule, PromiseModule } from './mysql2-module.js';
import { poolClass, type FacadePool, type PoolClass } from './pool.js';
import { PromisePoolCluster } from './promise-cluster.js';
import type { PromiseClasses } from './promise-classes.js';
import { promiseClasses } from './promise-pool.js';

/** mysql2's functions and classes for pools, built on one copy of mysql2. */
export interface Facade {
  readonly Pool: PoolClass;
  readonly PoolCluster: ClusterClass;
  readonly promises: () => PromiseClasses;
  createPool(options: unknown): FacadePool;
  createPoolCluster(options?: object): FacadeCluster;
  createPoolPromise(options: unknown): object;
  createPoolClusterPromise(options?: object): PromisePoolCluster;
}

const facades = new WeakMap<object, Facade>();

/**
 * Returns our pools with the interface of a copy of mysql2, whose own classes they extend. The result is cached per
 * copy.
 * @param core what `require('mysql2')` returns
 * @param promise returns what `require('mysql2/promise')` returns; called when that is first needed
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
  let classes: PromiseClasses | undefined;
  const promises = (): PromiseClasses => (classes ??= promiseClasses(promise()));
  const Pool = poolClass(core, promises);
  const PoolCluster = clusterClass(core, Pool);
  const createPool = (options: unknown): FacadePool => new Pool(options);
  const createPoolCluster = (options?: object): FacadeCluster => new PoolCluster(options);
  return {
    Pool,
    PoolCluster,
    promises,
    createPool,
    createPoolCluster,
    createPoolPromise: (options) => createPool(options).promise(implementationOf(options)),
    createPoolClusterPromise: (options) =>
      new PromisePoolCluster(createPoolCluster(options), implementationOf(options), promises()),
  };
}

const implementationOf = (options: unknown): PromiseConstructor | undefined =>
  (options as { readonly Promise?: PromiseConstructor } | undefined)?.Promise;
