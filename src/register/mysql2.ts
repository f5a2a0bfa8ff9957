import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { CoreModule, PromiseModule } from '../facade/mysql2-module.js';
import type * as FacadeModule from '../facade/facade.js';
import { nameOf, type Copy } from './copy.js';
import { governedClass, type ConnectionClass } from './governed-connection.js';
import { withDefaults } from './options.js';
import { debug, explain } from './report.js';

type Create = (options?: unknown) => unknown;

/** What of mysql2's exports is replaced. */
interface Makers {
  createPool?: Create;
  createPoolCluster?: Create;
}

const replaced = new WeakSet<Create>();

/** `lib/connection.js`, or what it is built on. */
export function swapConnection(module: NodeJS.Module, copy: Copy): void {
  const theirs = module.exports as ConnectionClass;
  module.exports = governedClass(theirs);
  if (module.exports !== theirs) debug(`connections of ${nameOf(copy)} count`);
}

/** `lib/create_pool.js` and `lib/create_pool_cluster.js`. */
export function swapMaker(maker: keyof Makers): (module: NodeJS.Module, copy: Copy) => void {
  return (module, copy) => {
    module.exports = replacing(maker, module.exports as Create, copy);
  };
}

/** `index.js` of a copy that is too old to have files for its makers; `promise.js` goes through it there. */
export function swapIndex(module: NodeJS.Module, copy: Copy): void {
  const makers = module.exports as Makers;
  for (const maker of ['createPool', 'createPoolCluster'] as const) {
    const theirs = makers[maker];
    if (typeof theirs === 'function' && !replaced.has(theirs)) makers[maker] = replacing(maker, theirs, copy);
  }
}

function replacing(maker: keyof Makers, theirs: Create, copy: Copy): Create {
  const ours = {
    [maker]: (options?: unknown): unknown => {
      const make = facadeFor(copy)?.[maker as keyof FacadeModule.Facade] as Create | undefined;
      return make === undefined ? theirs(options) : make(withDefaults(options));
    },
  }[maker]!;
  replaced.add(ours);
  debug(`${maker} of ${nameOf(copy)} is ours`);
  return ours;
}

/** Our pools over that copy's own classes; undefined when it is too old for them. Its modules are all loaded by now. */
function facadeFor(copy: Copy): FacadeModule.Facade | undefined {
  const load = createRequire(join(copy.folder, 'index.js'));
  const core = load('./index.js') as CoreModule & { readonly Connection: { readonly prototype: object } };
  if (!('reset' in core.Connection.prototype)) {
    explain(
      `${nameOf(copy)} cannot reset a connection, so it keeps its own pools; its connections count all the same. Update mysql2 to 3.23.3 or later`,
    );
    return undefined;
  }
  const { facadeOf } = require('../facade/facade.js') as typeof FacadeModule;
  return facadeOf(core, () => load('./promise.js') as PromiseModule);
}
