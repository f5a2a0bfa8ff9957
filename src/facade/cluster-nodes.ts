import type { EventEmitter } from 'node:events';
import { didYouMean, PoolOptionError } from '../pool/index.js';
import { ClusterNode, type NodeHost } from './cluster-node.js';
import { readSelector, type ClusterSelector } from './cluster-selectors.js';
import { numberOf } from './options.js';
import type { FacadePool } from './pool.js';

/** Selects nodes: a name, a name with `*` as wildcard, or a regular expression. */
export type Pattern = string | RegExp;

export interface ClusterConfig {
  readonly canRetry: boolean;
  readonly removeNodeErrorCount: number;
  readonly restoreNodeTimeout: number;
  readonly defaultSelector: ClusterSelector;
}

const NAMES = ['canRetry', 'removeNodeErrorCount', 'restoreNodeTimeout', 'defaultSelector', 'Promise'] as const;

/** @throws PoolOptionError */
export function readClusterConfig(options: object = {}): ClusterConfig {
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if ((NAMES as readonly string[]).includes(name)) continue;
    const text = `unknown option "${name}"${didYouMean(name, NAMES)}`;
    throw new PoolOptionError('createPoolCluster', name, text);
  }
  return {
    canRetry: given['canRetry'] === undefined ? true : Boolean(given['canRetry']),
    removeNodeErrorCount: numberOf(given['removeNodeErrorCount']) || 5,
    restoreNodeTimeout: numberOf(given['restoreNodeTimeout']) ?? 0,
    defaultSelector: readSelector('defaultSelector', given['defaultSelector'] ?? 'RR'),
  };
}

/** The nodes of a cluster, with their online state. */
export class ClusterNodes implements NodeHost {
  readonly config: ClusterConfig;
  readonly #emitter: EventEmitter;
  readonly #nodes = new Map<string, ClusterNode>();
  #unnamed = 0;

  constructor(emitter: EventEmitter, config: ClusterConfig) {
    this.#emitter = emitter;
    this.config = config;
  }

  /** Adds a node; if the name exists already, its pool is kept. */
  add(id: string | undefined, makePool: () => FacadePool): void {
    const name = id ?? `CLUSTER::${++this.#unnamed}`;
    if (!this.#nodes.has(name)) this.#nodes.set(name, new ClusterNode(name, makePool(), this));
  }

  find(pattern: Pattern): ClusterNode[] {
    const expression = typeof pattern === 'string' ? expressionOf(pattern) : pattern;
    return [...this.#nodes.values()].filter(({ id }) => id.search(expression) >= 0);
  }

  remove(pattern: Pattern): void {
    for (const node of this.find(pattern)) this.#drop(node);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map(({ pool }) => pool.mysqlpool.close()));
  }

  failed(node: ClusterNode): void {
    const { removeNodeErrorCount, restoreNodeTimeout } = this.config;
    if (++node.errors < removeNodeErrorCount || this.#nodes.get(node.id) !== node) return;
    if (restoreNodeTimeout > 0) {
      node.offlineUntil = performance.now() + restoreNodeTimeout;
      this.#emitter.emit('offline', node.id);
      return;
    }
    this.#drop(node);
    this.#emitter.emit('remove', node.id);
  }

  succeeded(node: ClusterNode): void {
    node.errors = Math.max(0, Math.min(node.errors, this.config.removeNodeErrorCount) - 1);
    if (node.offlineUntil === 0) return;
    node.offlineUntil = 0;
    this.#emitter.emit('online', node.id);
  }

  #drop(node: ClusterNode): void {
    this.#nodes.delete(node.id);
    node.isRemoved = true;
    node.pool.end();
  }
}

const expressionOf = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.+?^=!:${}()|[\]/\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`);
