import { checks, didYouMean, PoolOptionError } from '../pool/index.js';

/** How a cluster selects a node: in turn, at random, or always the first. @since 0.1.0 */
export const CLUSTER_SELECTORS = ['RR', 'RANDOM', 'ORDER'] as const;
export type ClusterSelector = (typeof CLUSTER_SELECTORS)[number];

/** Picks one item of a non-empty list. */
export type Select = <T>(from: readonly T[]) => T;

/** @throws PoolOptionError */
export function readSelector(option: string, name: unknown): ClusterSelector {
  const upper = String(name).toUpperCase();
  if (CLUSTER_SELECTORS.includes(upper as ClusterSelector)) return upper as ClusterSelector;
  const text = `option "${option}": expected ${checks.anyOf(CLUSTER_SELECTORS)}, got "${String(name)}"`;
  throw new PoolOptionError('createPoolCluster', option, `${text}${didYouMean(upper, CLUSTER_SELECTORS)}`);
}

export function makeSelect(selector: ClusterSelector): Select {
  let next = 0;
  switch (selector) {
    case 'RR':
      return (from) => from[next++ % from.length]!;
    case 'RANDOM':
      return (from) => from[Math.floor(Math.random() * from.length)]!;
    case 'ORDER':
      return (from) => from[0]!;
  }
}
