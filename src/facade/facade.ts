import { clusterClass, type ClusterClass, type FacadeCluster } from './cluster.js';
import type { CoreModule, PromiseModule } from './mysql2-module.js';
import { poolClass, type FacadePool, type PoolClass } from './pool.js';
import { PromisePoolCluster } from './promise-cluster.js';
import type { PromiseClasses } from './promise-classes.js';
import { promiseClasses } from './promise-pool.js';

/** mysql2's makers of pools, over one copy of it. */
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
