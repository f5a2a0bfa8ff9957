import { EventEmitter } from 'node:events';
import type { PoolNamespace } from './cluster-namespace.js';
import type { Pattern } from './cluster-nodes.js';
import type { FacadeCluster } from './cluster.js';
import type { BasePromisePoolConnection } from './mysql2-module.js';
import type { PromiseClasses } from './promise-classes.js';

const EVENTS = ['warn', 'remove', 'online', 'offline'] as const;

/** A subset of the nodes of a cluster, with the promise API. */
export class PromisePoolNamespace {
  readonly poolNamespace: PoolNamespace;
  readonly Promise: PromiseConstructor;
  readonly #Connection: PromiseClasses['PromisePoolConnection'];

  constructor(
    namespace: PoolNamespace,
    implementation: PromiseConstructor,
    Connection: PromiseClasses['PromisePoolConnection'],
  ) {
    this.poolNamespace = namespace;
    this.Promise = implementation;
    this.#Connection = Connection;
  }

  getConnection(): Promise<BasePromisePoolConnection> {
    return new this.Promise((resolve, reject) => {
      this.poolNamespace.borrow((error, connection, lease) => {
        if (error) reject(error as Error);
        else resolve(new this.#Connection(connection!, this.Promise, lease));
      });
    });
  }

  query(sql: unknown, values?: unknown): Promise<[unknown, unknown]> {
    return this.#answer(values, (done) => this.poolNamespace.query(sql, values, done));
  }

  execute(sql: unknown, values?: unknown): Promise<[unknown, unknown]> {
    return this.#answer(values, (done) => this.poolNamespace.execute(sql, values, done));
  }

  #answer(
    values: unknown,
    send: (done: (error: unknown, rows: unknown, fields: unknown) => void) => unknown,
  ): Promise<[unknown, unknown]> {
    if (typeof values === 'function') throw new Error('Callback function is not available with promise clients.');
    return new this.Promise((resolve, reject) => {
      send((error, rows, fields) => {
        if (error) reject(error as Error);
        else resolve([rows, fields]);
      });
    });
  }
}

/** A cluster with the promise API. */
export class PromisePoolCluster extends EventEmitter {
  readonly poolCluster: FacadeCluster;
  readonly Promise: PromiseConstructor;
  readonly #classes: PromiseClasses;

  constructor(cluster: FacadeCluster, implementation: PromiseConstructor | undefined, classes: PromiseClasses) {
    super();
    this.poolCluster = cluster;
    this.Promise = implementation ?? Promise;
    this.#classes = classes;
    for (const event of EVENTS) cluster.on(event, (about) => this.emit(event, about));
  }

  add(id: unknown, config?: unknown): void {
    this.poolCluster.add(id, config);
  }

  remove(pattern: Pattern): void {
    this.poolCluster.remove(pattern);
  }

  of(pattern?: Pattern, selector?: string): PromisePoolNamespace {
    const namespace = this.poolCluster.of(pattern, selector);
    return new PromisePoolNamespace(namespace, this.Promise, this.#classes.PromisePoolConnection);
  }

  getConnection(pattern?: Pattern, selector?: string): Promise<BasePromisePoolConnection> {
    return this.of(pattern, selector).getConnection();
  }

  query(sql: unknown, values?: unknown): Promise<[unknown, unknown]> {
    return this.of().query(sql, values);
  }

  execute(sql: unknown, values?: unknown): Promise<[unknown, unknown]> {
    return this.of().execute(sql, values);
  }

  end(): Promise<void> {
    return new this.Promise((resolve) => this.poolCluster.end(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}
