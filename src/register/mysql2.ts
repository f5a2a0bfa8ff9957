import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { CoreModule, PromiseModule } from '../facade/mysql2-module.js';
import type * as FacadeModule from '../facade/facade.js';
import { nameOf, type Copy } from './copy.js';
import { limitedClass, type ConnectionClass } from './raw-connection.js';
import { withDefaults } from './options.js';
import { debug, explain } from './report.js';

type Create = (options?: unknown) => unknown;

const MAKERS = ['createPool', 'createPoolCluster'] as const;
type Maker = (typeof MAKERS)[number];

/** The exports of mysql2 that are replaced. */
type Makers = Partial<Record<Maker, Create>>;

const replaced = new WeakSet<Create>();

/** Patches `lib/connection.js`, or the base class it is built on. */
export function swapConnection(module: NodeJS.Module, copy: Copy): void {
  const theirs = module.exports as ConnectionClass;
  module.exports = limitedClass(theirs);
  if (module.exports !== theirs) debug(`connections of ${nameOf(copy)} count`);
}

/** Patches `lib/create_pool.js` and `lib/create_pool_cluster.js`. */
export function swapMaker(maker: Maker): (module: NodeJS.Module, copy: Copy) => void {
  return (module, copy) => {
    module.exports = replacing(maker, module.exports as Create, copy);
  };
}

/**
 * Patches `index.js` of a copy that is too old to have the files above; its `promise.js` uses the patched functions.
 */
export function swapIndex(module: NodeJS.Module, copy: Copy): void {
  const makers = module.exports as Makers;
  for (const maker of MAKERS) {
    const theirs = makers[maker];
    if (typeof theirs === 'function' && !replaced.has(theirs)) makers[maker] = replacing(maker, theirs, copy);
  }
}

/** Patches `promise.js`: its functions would wrap our pools in mysql2's own classes, which do not know about loans. */
export function swapPromise(module: NodeJS.Module, copy: Copy): void {
  const makers = module.exports as Makers;
  for (const maker of MAKERS) {
    const theirs = makers[maker];
    if (theirs !== undefined) makers[maker] = replacing(`${maker}Promise`, theirs, copy);
  }
}

function replacing(maker: Maker | `${Maker}Promise`, theirs: Create, copy: Copy): Create {
  const takesPoolOptions = maker.startsWith('createPool') && !maker.startsWith('createPoolCluster');
  const ours: Create = (options) => {
    const facade = facadeFor(copy);
    if (facade === undefined) return theirs(options);
    return (facade[maker] as Create)(takesPoolOptions ? withDefaults(options) : options);
  };
  replaced.add(ours);
  debug(`${maker} of ${nameOf(copy)} is ours`);
  return Object.defineProperty(ours, 'name', { value: theirs.name });
}

interface OldModule extends Omit<CoreModule, 'ConnectionConfig'> {
  readonly ConnectionConfig?: CoreModule['ConnectionConfig'];
}

/**
 * Our pools built on that copy's classes; undefined if it lacks them. Called when all modules of the copy have been
 * loaded.
 */
function facadeFor(copy: Copy): FacadeModule.Facade | undefined {
  const load = createRequire(join(copy.folder, 'index.js'));
  const { Pool, PoolConnection, PoolCluster, ConnectionConfig, createQuery } = load('./index.js') as OldModule;
  if (![Pool, PoolConnection, PoolCluster, createQuery].every((part) => typeof part === 'function')) {
    explain(`${nameOf(copy)} is too old for our pools and keeps its own; its connections are counted. Update mysql2`);
    return undefined;
  }
  // Version 2 does not export ConnectionConfig.
  const config = ConnectionConfig ?? (load('./lib/connection_config.js') as CoreModule['ConnectionConfig']);
  const { facadeOf } = require('../facade/facade.js') as typeof FacadeModule;
  const core = { Pool, PoolConnection, PoolCluster, ConnectionConfig: config, createQuery };
  return facadeOf(core, () => load('./promise.js') as PromiseModule);
}
