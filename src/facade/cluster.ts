import type { EventEmitter } from 'node:events';
import { callOut } from './call-out.js';
import { PoolNamespace } from './cluster-namespace.js';
import { ClusterNodes, readClusterConfig, type ClusterConfig, type Pattern } from './cluster-nodes.js';
import { readSelector } from './cluster-selectors.js';
import type { BasePoolConnection, CoreModule, Query } from './mysql2-module.js';
import type { FacadePool, PoolClass } from './pool.js';

type Done = (error: unknown, connection?: BasePoolConnection) => void;

/** Our cluster with the interface of mysql2's, as the rest of the facade uses it. */
export interface FacadeCluster extends EventEmitter {
  /** Called with each pool that is added. */
  onPool: ((pool: FacadePool) => void) | undefined;
  readonly _closed: boolean;
  add(id: unknown, config?: unknown): void;
  remove(pattern: Pattern): void;
  of(pattern?: Pattern, selector?: string): PoolNamespace;
  end(callback?: (error?: unknown) => void): void;
}

export type ClusterClass = new (options?: object) => FacadeCluster;

/**
 * Creates the cluster class for a copy of mysql2: a subclass of that copy's own, so that `instanceof` holds, whose
 * nodes are our pools.
 */
export function clusterClass(core: CoreModule, Pool: PoolClass): ClusterClass {
  return class PoolCluster extends core.PoolCluster {
    declare _closed: boolean;
    onPool: ((pool: FacadePool) => void) | undefined;
    readonly #nodes: ClusterNodes;
    readonly #namespaces = new Map<string, PoolNamespace>();

    constructor(options: object = {}) {
      super(options);
      this.#nodes = new ClusterNodes(this, readClusterConfig(options));
    }

    get config(): ClusterConfig {
      return this.#nodes.config;
    }

    add(id: unknown, config?: unknown): void {
      const isNamed = typeof id === 'string';
      this.#nodes.add(isNamed ? id : undefined, () => told(new Pool(isNamed ? config : id), this.onPool));
    }

    remove(pattern: Pattern): void {
      this.#nodes.remove(pattern);
    }

    of(pattern: Pattern = '*', selector: string = this.#nodes.config.defaultSelector): PoolNamespace {
      const select = readSelector('selector', selector);
      const key = `${String(pattern)} ${select}`;
      let namespace = this.#namespaces.get(key);
      if (namespace === undefined) {
        namespace = new PoolNamespace({ core, nodes: this.#nodes, emitter: this }, pattern || '*', select);
        this.#namespaces.set(key, namespace);
      }
      return namespace;
    }

    getConnection(pattern: Pattern | Done | undefined, selector?: string | Done, done?: Done): void {
      const callback = [pattern, selector, done].find((each) => typeof each === 'function') as Done;
      const nodes = typeof pattern === 'function' ? undefined : pattern;
      this.of(nodes, typeof selector === 'string' ? selector : undefined).getConnection(callback);
    }

    query(sql: unknown, values?: unknown, callback?: unknown): Query {
      return this.of().query(sql, values, callback);
    }

    execute(sql: unknown, values?: unknown, callback?: unknown): void {
      this.of().execute(sql, values, callback);
    }

    end(callback?: (error?: unknown) => void): void {
      this._closed = true;
      void this.#nodes.close().then(() => callOut(callback ?? (() => undefined)));
    }

    [Symbol.dispose](): void {
      this.end();
    }
  };
}

function told(pool: FacadePool, tell: FacadeCluster['onPool']): FacadePool {
  tell?.(pool);
  return pool;
}
