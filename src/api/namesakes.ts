import { openPools, warnOnce, type AnyPool } from '../pool/index.js';

// Two may be meant, such as one to write and one to read with.
const MEANT = 2;

/** What tells two databases apart, of the options of a connection. */
export interface Whereto {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly socketPath?: unknown;
  readonly user?: unknown;
  readonly database?: unknown;
}

const wheretos = new WeakMap<AnyPool, string>();

/**
 * Says once that pools of one name, with the same options and to the same database, pile up: a module that makes a pool is
 * loaded again and again, as a development server does when a file has changed, and nobody has closed those that it made
 * before.
 */
export function warnOfNamesakes(pool: AnyPool, { host, port, socketPath, user, database }: Whereto = {}): void {
  wheretos.set(pool, JSON.stringify([host, port, socketPath, user, database]));
  const namesakes = openPools().filter(({ name, state }) => name === pool.name && state === 'open');
  if (namesakes.length <= MEANT) return;
  const key = (each: AnyPool): string => `${JSON.stringify(each.options)} ${wheretos.get(each)}`;
  const own = key(pool);
  const same = namesakes.filter((other) => key(other) === own).length;
  if (same <= MEANT) return;
  warnOnce(
    'MYSQLPOOL_NAMESAKES',
    `${same} pools called "${pool.name}" with the same options are open: keep one on globalThis where modules are loaded again`,
  );
}
