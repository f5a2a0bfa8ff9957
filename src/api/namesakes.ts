import { openPools, warnOnce, type AnyPool } from '../pool/index.js';

// Two may be meant, such as one to write and one to read with.
const MEANT = 2;

/**
 * Says once that pools of one name and with the same options pile up: a module that makes a pool is loaded again and again,
 * as a development server does when a file has changed, and nobody has closed those that it made before.
 */
export function warnOfNamesakes(pool: AnyPool): void {
  const namesakes = openPools().filter(({ name, state }) => name === pool.name && state === 'open');
  if (namesakes.length <= MEANT) return;
  const options = JSON.stringify(pool.options);
  const same = namesakes.filter((other) => JSON.stringify(other.options) === options).length;
  if (same <= MEANT) return;
  warnOnce(
    'MYSQLPOOL_NAMESAKES',
    `${same} pools called "${pool.name}" with the same options are open: keep one on globalThis where modules are loaded again`,
  );
}
