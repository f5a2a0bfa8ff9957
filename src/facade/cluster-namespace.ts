import type { EventEmitter } from 'node:events';
import { isConnectFailure, type ClusterNode } from './cluster-node.js';
import type { ClusterNodes, Pattern } from './cluster-nodes.js';
import { makeSelect, type ClusterSelector, type Select } from './cluster-selectors.js';
import { facadeError } from './errors.js';
import type { Borrowed } from './lender.js';
import type { BasePoolConnection, ConnectionConfig, CoreModule, Query } from './mysql2-module.js';
import { runExecute, runQuery, type Source } from './pool-statements.js';

/** What a namespace needs of its cluster. */
export interface ClusterParts {
  readonly core: CoreModule;
  readonly nodes: ClusterNodes;
  readonly emitter: EventEmitter;
}

/** Some nodes of a cluster, which share the work. @since 0.1.0 */
export class PoolNamespace implements Source {
  readonly config: { readonly connectionConfig: ConnectionConfig } = { connectionConfig: {} };
  readonly #cluster: ClusterParts;
  readonly #pattern: Pattern;
  readonly #select: Select;

  constructor(cluster: ClusterParts, pattern: Pattern, selector: ClusterSelector) {
    this.#cluster = cluster;
    this.#pattern = pattern;
    this.#select = makeSelect(selector);
  }

  /** Whether one of the nodes wants the stacks of promises kept. */
  get trace(): boolean {
    const nodes = this.#cluster.nodes.find(this.#pattern);
    return nodes.length === 0 || nodes.some(({ pool }) => pool.config.connectionConfig.trace === true);
  }

  getConnection(done: (error: unknown, connection?: BasePoolConnection) => void): void {
    this.borrow((error, connection) => (error ? done(error) : done(null, connection)));
  }

  query(sql: unknown, values?: unknown, callback?: unknown): Query {
    return runQuery(this.#cluster.core, this, sql, values, callback);
  }

  execute(sql: unknown, values?: unknown, callback?: unknown): void {
    runExecute(this, sql, values, callback);
  }

  borrow(done: Borrowed): void {
    this.#borrow(new Set(), undefined, done);
  }

  /** Tries each node that is online once, at most. */
  #borrow(tried: Set<ClusterNode>, last: unknown, done: Borrowed): void {
    const { nodes, emitter } = this.#cluster;
    const all = nodes.find(this.#pattern);
    const online = all.filter((node) => node.isOnline && !tried.has(node));
    if (online.length === 0) {
      process.nextTick(done, last ?? facadeError(all.length === 0 ? 'POOL_NOEXIST' : 'POOL_NONEONLINE'));
      return;
    }
    const node = online.length === 1 ? online[0]! : this.#select(online);
    tried.add(node);
    node.borrow((error, connection, lease) => {
      if (!error) {
        Object.assign(connection!, { _clusterId: node.id });
        done(null, connection, lease);
        return;
      }
      const others = nodes.find(this.#pattern).some((other) => other.isOnline && !tried.has(other));
      if (!nodes.config.canRetry || !others || !isConnectFailure(error)) {
        done(error);
        return;
      }
      emitter.emit('warn', error);
      this.#borrow(tried, error, done);
    });
  }
}
