import type { EventEmitter } from 'node:events';
import { isConnectFailure, isFull, type ClusterNode } from './cluster-node.js';
import type { ClusterNodes, Pattern } from './cluster-nodes.js';
import { makeSelect, type ClusterSelector, type Select } from './cluster-selectors.js';
import { facadeError } from './errors.js';
import type { Borrowed } from './callback-pool.js';
import type { BasePoolConnection, ConnectionConfig, CoreModule, Query } from './mysql2-module.js';
import { runExecute, runQuery, type Source } from './pool-statements.js';

/** What a namespace needs from its cluster. */
export interface ClusterParts {
  readonly core: CoreModule;
  readonly nodes: ClusterNodes;
  readonly emitter: EventEmitter;
}

/** A subset of the nodes of a cluster, over which the load is distributed. @since 0.1.0 */
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

  /** Whether one of the nodes has mysql2's option `trace` on, so that promises capture the stack of their caller. */
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
    this.#borrow(new Map(), undefined, done);
  }

  /**
   * Tries every online node; with `canRetry`, again and again until a node has failed as often as it takes to remove
   * it.
   */
  #borrow(tries: Map<ClusterNode, number>, last: unknown, done: Borrowed): void {
    const { nodes, emitter } = this.#cluster;
    const next = this.#next(tries);
    if (next.length === 0) {
      const noNode = nodes.find(this.#pattern).length === 0 ? 'POOL_NOEXIST' : 'POOL_NONEONLINE';
      process.nextTick(done, last ?? facadeError(noNode));
      return;
    }
    const node = next.length === 1 ? next[0]! : this.#select(next);
    const before = tries.get(node) ?? 0;
    tries.set(node, before + 1);
    const { canRetry } = nodes.config;
    const isLast = !canRetry || !this.#next(tries).some((other) => !tries.has(other));
    const answered: Borrowed = (error, connection, lease) => {
      if (!error) {
        Object.assign(connection!, { _clusterId: node.id });
        done(null, connection, lease);
        return;
      }
      // The full server has already been waited for until the deadline.
      const isInVain = isLast && isFull(error);
      const mayRetry = canRetry && !isInVain && (node.isRemoved || isConnectFailure(error));
      if (!mayRetry || this.#next(tries).length === 0) {
        done(error);
        return;
      }
      emitter.emit('warn', error);
      this.#borrow(tries, error, done);
    };
    node.borrow(answered, { isAgain: before > 0, isLast });
  }

  /** The online nodes that were tried least often. */
  #next(tries: ReadonlyMap<ClusterNode, number>): ClusterNode[] {
    const { nodes } = this.#cluster;
    const timesOf = (node: ClusterNode): number => tries.get(node) ?? 0;
    const most = nodes.config.removeNodeErrorCount;
    const online = nodes.find(this.#pattern).filter((node) => node.isOnline && timesOf(node) < most);
    const fewest = Math.min(...online.map(timesOf));
    return online.filter((node) => timesOf(node) === fewest);
  }
}
