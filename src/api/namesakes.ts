import { openPools, warnOnce, type AnyPool } from '../pool/index.js';
import { fingerprint } from './fingerprint.js';

// Two may be meant, such as one to write and one to read with.
const MEANT = 2;

/** What the connections of a pool are made with. */
const connections = new WeakMap<AnyPool, unknown>();

/**
 * Says once that pools of one name, with the same options and the same connections, pile up: a module that makes a pool is
 * loaded again and again, as a development server does when a file has changed, and nobody has closed those that it made
 * before.
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
    `${same} pools called "${pool.name}" with the same options are open: keep one on globalThis where modules are loaded again`,
  );
}
