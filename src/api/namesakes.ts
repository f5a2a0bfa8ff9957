import { openPools, warnOnce, type AnyPool } from '../pool/index.js';
import { fingerprint } from './fingerprint.js';

// Two equal pools may be intended, for example one for writing and one for reading.
const MEANT = 2;

/** The connection settings of each pool. */
const connections = new WeakMap<AnyPool, unknown>();

/**
 * Warns once when pools with the same name, options and connection settings accumulate. The usual cause is a module
 * that creates a pool and is reloaded, as development servers do after a change, while the pools of the earlier loads
 * are never closed.
 */
export function warnOfNamesakes(pool: AnyPool, connection: unknown): void {
  connections.set(pool, connection);
  const namesakes = openPools().filter(({ name, state }) => name === pool.name && state === 'open');
  if (namesakes.length <= MEANT) return;
  const key = (each: AnyPool): string => fingerprint([each.options, connections.get(each)]);
  const own = key(pool);
  const same = namesakes.filter((other) => key(other) === own).length;
  if (same <= MEANT) return;
  warnOnce(
    'MYSQLPOOL_NAMESAKES',
    `${same} pools called "${pool.name}" with the same options are open: keep one on globalThis if modules are reloaded`,
  );
}
