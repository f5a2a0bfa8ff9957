import { channels } from '../pool/channels.js';
import { OpenPools } from '../pool/open-pools.js';
import { openPools, shown, type AnyPool } from '../pool/index.js';

/**
 * Calls `attach` once for each pool: for the given ones or, if none are given, for those that are open now and for each
 * one created later. The function that `attach` returns is called when the pool has been closed or the watch is
 * stopped, whichever comes first. Pools are held weakly: `attach` should not keep them alive either.
 * @returns a function that stops the watch
 * @throws TypeError if one of `pools` is no pool; nothing is watched then
 */
export function watchPools(pools: readonly AnyPool[] | undefined, attach: (pool: AnyPool) => () => void): () => void {
  if (pools !== undefined) checkPools(pools);
  const attached = new OpenPools<AnyPool>();
  const detachers = new WeakMap<AnyPool, () => void>();
  const add = (pool: AnyPool): void => {
    if (pool.state === 'closed' || detachers.has(pool)) return;
    detachers.set(pool, attach(pool));
    attached.add(pool);
  };
  const remove = (pool: AnyPool): void => {
    const detach = detachers.get(pool);
    if (detach === undefined) return;
    detachers.delete(pool);
    attached.delete(pool);
    detach();
  };
  const opened = (message: unknown): void => add(poolOf(message));
  const closed = (message: unknown): void => remove(poolOf(message));

  for (const pool of pools ?? openPools()) add(pool);
  // A pool created in this tick is among the open ones and is announced later as well: `add` ignores the second time.
  if (pools === undefined) channels.poolOpened.subscribe(opened);
  // Listens to the channel: a listener on each pool would make every loan a little slower.
  channels.poolClosed.subscribe(closed);
  return () => {
    channels.poolOpened.unsubscribe(opened);
    channels.poolClosed.unsubscribe(closed);
    for (const pool of attached.list()) remove(pool);
  };
}

const poolOf = (message: unknown): AnyPool => (message as { readonly pool: AnyPool }).pool;

const METHODS = ['stats', 'on', 'off', 'borrowers'] as const;

const isPool = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  METHODS.every((method) => typeof (value as Partial<AnyPool>)[method] === 'function');

/** @throws TypeError when this is no list of pools */
export function checkPools(pools: unknown): void {
  if (!Array.isArray(pools)) {
    throw new TypeError(`pools: expected a list of pools, got ${isPool(pools) ? 'a single one' : describe(pools)}`);
  }
  pools.forEach((pool: unknown, index) => {
    if (!isPool(pool)) throw new TypeError(`pools[${index}]: expected a pool of node-mysqlpool, got ${describe(pool)}`);
  });
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return shown(value);
  // The pools with the interface of mysql2, Knex or Sequelize have the actual pool as this property.
  if (isPool((value as { readonly mysqlpool?: unknown }).mysqlpool)) return 'one that has it as its property mysqlpool';
  const { name } = value.constructor ?? {};
  return name === undefined || name === 'Object' ? 'an object that is none' : `an object of class ${name}`;
}
