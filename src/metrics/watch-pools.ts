import { channels } from '../pool/channels.js';
import { OpenPools } from '../pool/open-pools.js';
import { openPools, shown, type AnyPool } from '../pool/index.js';

/**
 * Has `attach` called once for each pool: for the given ones, or, when none are given, for those that are open now and
 * for every one that is made from now on. What `attach` returns is called when the pool has been closed, or when the
 * watch is stopped, whatever comes first. Pools are held weakly: `attach` should not hold on to them either.
 * @returns a function that stops the watch
 * @throws TypeError for pools that are none, and nothing is watched
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
  // A pool that was made in this very tick is among the open ones, and announced later: it is added once.
  if (pools === undefined) channels.poolOpened.subscribe(opened);
  // By the channel, since a listener of each pool would cost each of their loans a little.
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
  // So it is with the pools in the shape of others: of mysql2, Knex, Sequelize.
  if (isPool((value as { readonly mysqlpool?: unknown }).mysqlpool)) return 'one that has it as its property mysqlpool';
  const { name } = value.constructor ?? {};
  return name === undefined || name === 'Object' ? 'an object that is none' : `an object of class ${name}`;
}
